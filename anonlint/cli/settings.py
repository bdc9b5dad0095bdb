"""``anonlint settings``: each setting, its value, and where that comes from."""

from anonlint.cli import inputs, output
from anonlint.cli.options import Parsed
from anonlint.intake import ground as grounds
from anonlint.policy import settings as policy


def run(parsed: Parsed) -> int:
    """Print one line for each setting, or the schema of the file."""
    if parsed.flag("schema"):
        import json

        from anonlint.policy.schema import schema

        output.write(json.dumps(schema(), indent=1) + "\n")
        return 0
    from anonlint.report.safe import safe

    settings = inputs.settings()
    rows = [
        ("kernel", settings.kernel, "what the input's words tell"),
        ("fail-level", settings.fail_level, "warning"),
        ("format", settings.format, "text"),
        ("strict", "true" if settings.strict else "", "false"),
        ("tree", safe(grounds.tree() or ""), "none: patches are judged on their hunks alone"),
        ("baseline", settings.baseline, "none"),
        ("select", ", ".join(settings.select), "all rules but those in preview"),
        ("plugins", safe(", ".join(settings.plugins)), "no rules but the built-in ones"),
        ("vocabulary", f"{len(settings.vocabulary)} rows" if settings.vocabulary else "", "the built-in one"),
        *((f"rules {' '.join(place.paths)}", ", ".join(place.selections), "") for place in settings.places),
    ]
    width = max(len(name) for name, _, _ in rows)
    for name, value, default in rows:
        path = policy.own_path() if name == "plugins" else settings.path
        origin = "default" if not value else "where you stand" if name == "tree" else safe(path)
        output.write(f"{name:<{width}}  {value or default}  ({origin})\n")
    for remark in settings.remarks:
        output.complain(remark)
    return 0
