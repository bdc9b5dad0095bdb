"""Where the time of a run goes: seconds by what they were spent on, kept with --timings only."""

from time import perf_counter

shares: dict[str, float] | None = None  # by a rule's code, or "execution"


def spent(what: str, start: float) -> None:
    """Note the time since ``start`` (of perf_counter)."""
    if shares is not None:
        shares[what] = shares.get(what, 0.0) + perf_counter() - start
