"""A rule's page in Markdown, made of its docstring and its examples."""

import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from anonlint.model.page import RulePage
from anonlint.rule.examples import page
from anonlint.rule.plugin import Rule

_HEADING = re.compile(r"^(?P<title>[A-Z][a-z]+(?: \([^)]*\))?)(?P<mark>::?)(?: +(?P<rest>.*))?$")


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


def markdown(rule: Rule) -> str:
    """Return a rule's page as Markdown."""
    facts = f"{rule.severity.word} · {rule.status} · confidence {rule.confidence} · since {rule.since}"
    parts = [f"# {rule.code} {rule.name}", facts]
    for section in sections(page(rule)):
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


def of(rule: Rule) -> RulePage:
    """Return what a report may print of a rule."""
    why = next((section.body for section in sections(rule.doc) if section.title == "Why"), rule.summary)
    return RulePage(
        rule.code,
        rule.name,
        rule.severity.word,
        rule.status,
        rule.confidence,
        rule.summary,
        " ".join(why.split()),
        rule.help,
        markdown(rule),
        rule.references,
    )


def _section(title: str, body: list[str], code: bool) -> Section:
    text = textwrap.dedent("\n".join(body)).strip("\n")
    return Section(title, text if code else _capital(text.strip()), code)


def _capital(text: str) -> str:
    """Return the text with a capital at its start, unless it starts with a name from the code."""
    word = text.split(maxsplit=1)[0] if text else ""
    return text[:1].upper() + text[1:] if word.isalpha() else text
