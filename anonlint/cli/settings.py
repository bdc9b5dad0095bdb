"""``anonlint settings``: each setting, its value, and where that comes from."""

from anonlint.cli import inputs, output
from anonlint.cli.options import Parsed


def run(_parsed: Parsed) -> int:
    """Print one line for each setting."""
    settings = inputs.settings()
    rows = [
        ("kernel", settings.kernel, "what the input's words tell"),
        ("fail-level", settings.fail_level, "warning"),
        ("format", settings.format, "text"),
        ("baseline", settings.baseline, "none"),
        ("select", ", ".join(settings.select), "all rules but those in preview"),
        ("vocabulary", f"{len(settings.vocabulary)} rows" if settings.vocabulary else "", "the built-in one"),
        *((f"rules {' '.join(place.paths)}", ", ".join(place.selections), "") for place in settings.places),
    ]
    width = max(len(name) for name, _, _ in rows)
    for name, value, default in rows:
        origin = settings.path if value else "default"
        output.write(f"{name:<{width}}  {value or default}  ({origin})\n")
    return 0
