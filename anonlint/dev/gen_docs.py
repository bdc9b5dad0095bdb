"""Writes docs/rules/ from what the rules say of themselves: ``./run docs``."""

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from anonlint.rule.examples import page as text_of
from anonlint.rule.plugin import Rule
from anonlint.rule.registry import rules

_HEADING = re.compile(r"^(?P<title>[A-Z][a-z]+(?: \([^)]*\))?)(?P<mark>::?)(?: +(?P<rest>.*))?$")
_ORIGIN = "<!-- Written by anonlint/dev/gen_docs.py from the rule's docstring and fixtures: change them there. -->"


class Section(NamedTuple):
    """A part of a rule's documentation: ``code`` says that ``body`` is C and not text."""

    title: str
    body: str
    code: bool


def sections(doc: str) -> Iterator[Section]:
    """Yield the sections of a rule's docstring; what stands before the first heading has no title."""
    title, code = "", False
    body: list[str] = []
    for line in doc.splitlines():
        match = _HEADING.match(line)
        if match is None or line.startswith(" "):
            body.append(line)
            continue
        yield _section(title, body, code)
        title, code = match["title"], match["mark"] == "::"
        body = [match["rest"]] if match["rest"] else []
    yield _section(title, body, code)


def page(rule: Rule) -> str:
    """Return a rule's page as Markdown."""
    facts = f"{rule.severity.word} · {rule.status} · confidence {rule.confidence} · since {rule.since}"
    parts = [_ORIGIN, f"# {rule.code} {rule.name}", facts]
    for section in sections(text_of(rule)):
        if section.title:
            parts.append(f"## {section.title}")
        parts.append(f"```c\n{section.body}\n```" if section.code else section.body)
    for title, text in (("Breaks", rule.breaks), ("Help", rule.help)):
        if text:
            parts += [f"## {title}", f"{text[0].upper()}{text[1:]}."]
    fixes = rule.fixes or ("(no commit is known that fixed such a bug)",)
    for title, items in (("Fixed in the kernel by", fixes), ("References", rule.references)):
        if items:
            parts += [f"## {title}", "\n".join(f"- {item}" for item in items)]
    return "\n\n".join(part for part in parts if part) + "\n"


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


def _section(title: str, body: list[str], code: bool) -> Section:
    text = textwrap.dedent("\n".join(body)).strip("\n")
    return Section(title, text if code else _capital(text.strip()), code)


def _capital(text: str) -> str:
    """Return the text with a capital at its start, unless it starts with a name from the code."""
    word = text.split(maxsplit=1)[0] if text else ""
    return text[:1].upper() + text[1:] if word.isalpha() else text


if __name__ == "__main__":
    main(sys.argv[1:])
