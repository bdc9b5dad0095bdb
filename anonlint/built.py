"""Which build this is: the rooms that execute functions may have been compiled (hatch_build.py)."""


def how() -> str:
    """Return "compiled" or "pure Python": what is loaded, whatever else lies beside it."""
    from anonlint.graph import ir

    return "pure Python" if (ir.__file__ or "").endswith(".py") else "compiled"
