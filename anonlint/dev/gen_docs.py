"""Writes docs/rules/ from what the rules say of themselves: ``./run docs``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from anonlint.rule.page import markdown
from anonlint.rule.plugin import Rule
from anonlint.rule.registry import rules

_ORIGIN = "<!-- Written by anonlint/dev/gen_docs.py from the rule's docstring and fixtures: change them there. -->"


def page(rule: Rule) -> str:
    """Return the file of a rule."""
    return f"{_ORIGIN}\n\n{markdown(rule)}"


def index(known: Sequence[Rule]) -> str:
    """Return the overview of all rules as Markdown."""
    lines = ["| code | name | severity | status | what it finds |", "|---|---|---|---|---|"]
    for rule in known:
        link = f"[{rule.code}]({rule.code}.md)"
        lines.append(f"| {link} | {rule.name} | {rule.severity.word} | {rule.status} | {rule.summary} |")
    origin = _ORIGIN.replace("rule's docstring and fixtures", "rules' docstrings")
    return "\n".join([origin, "", "# Rules", "", *lines]) + "\n"


def pages() -> dict[str, str]:
    """Return the text of every file of docs/rules/ by its name."""
    known = rules()
    return {"README.md": index(known), **{f"{rule.code}.md": page(rule) for rule in known}}


def main(arguments: Sequence[str]) -> None:
    """Write the pages into a directory (default: docs/rules) and remove those of rules that are gone."""
    directory = Path(arguments[0] if arguments else "docs/rules")
    directory.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in directory.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (directory / name).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
