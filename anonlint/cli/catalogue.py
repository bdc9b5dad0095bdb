"""``anonlint rules`` and ``anonlint explain``: what the rules say of themselves."""

from typing import TYPE_CHECKING, Any

from anonlint.cli import inputs, output
from anonlint.cli.options import Parsed
from anonlint.rule import registry

if TYPE_CHECKING:
    from anonlint.rule.plugin import Rule


def rules(parsed: Parsed) -> int:
    """Print the list of rules."""
    known = registry.rules(inputs.settings(parsed).plugins)
    if parsed.last("format") == "json":
        import json

        document = {"schema": 1, "rules": [_values(rule) for rule in known]}
        output.write(json.dumps(document, ensure_ascii=True, indent=1) + "\n")
        return 0
    width = max((len(rule.name) for rule in known), default=0)
    output.write(
        "".join(
            f"{rule.code}  {rule.severity.word:<8}{rule.status:<8}  {rule.name:<{width}}  {rule.summary}\n"
            for rule in known
        )
    )
    return 0


def explain(parsed: Parsed) -> int:
    """Print the documentation of each rule named."""
    plugins = inputs.settings(parsed).plugins
    output.write("\n".join(_page(registry.rule(word, plugins)) for word in parsed.operands))
    return 0


def _page(rule: "Rule") -> str:
    from anonlint.rule.examples import page

    lines = [
        f"{rule.code} {rule.name}",
        f"severity: {rule.severity.word}; status: {rule.status}; confidence: {rule.confidence}; since {rule.since}",
        "",
        page(rule),
    ]
    for title, text in (("Breaks:", rule.breaks), ("Help:", rule.help)):
        if text:
            lines += ["", title, f"    {text}"]
    for title, items in (("Fixed in the kernel by:", rule.fixes), ("References:", rule.references)):
        if items:
            lines += ["", title, *(f"    {item}" for item in items)]
    return "\n".join(lines) + "\n"


def _values(rule: "Rule") -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.word,
        "status": rule.status,
        "confidence": rule.confidence,
        "since": rule.since,
        "summary": rule.summary,
        "fixes": list(rule.fixes),
        "references": list(rule.references),
    }
