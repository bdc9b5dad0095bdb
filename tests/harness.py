"""Runs rules over C text: what most tests need."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from anonlint.intake import Request
from anonlint.kernel.era import date
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.model.finding import Finding, Severity
from anonlint.model.snapshot import Image, Origin
from anonlint.model.source import Source
from anonlint.rule import registry
from anonlint.rule.plugin import Rule
from anonlint.run.result import ImageResult
from anonlint.run.runner import Options, check
from anonlint.run.story import comparison
from anonlint.run.verdict import analyse
from anonlint.run.wake import Wake, wake_words
from anonlint.syntax.lex import words
from anonlint.words.dictionary import Dictionary


@lru_cache
def kernel_words() -> tuple[Vocabulary, Wake]:
    vocabulary = Vocabulary.load()
    return vocabulary, wake_words(vocabulary)


def family(prefix: str) -> tuple[Rule, ...]:
    """Return the rules whose codes start with ``prefix``."""
    return tuple(rule for rule in registry.rules() if rule.code.startswith(prefix))


def analyse_text(code: str, path: str = "mm/test.c", rules: str = "AL") -> ImageResult:
    """Analyse C text as a whole file of the release that its words date it to, with a family of rules."""
    vocabulary, wake = kernel_words()
    data = code.encode()
    names = {word.decode() for word in words(data)} & vocabulary.words.keys()
    dating = date(names, vocabulary)
    return analyse(
        Image(Source(path, data)),
        family(rules),
        Dictionary(vocabulary, dating),
        wake,
        Origin(path),
    )


def lint(code: str, path: str = "mm/test.c", rules: str = "AL") -> list[Finding]:
    """Return the findings of a family of rules on C text, or on a patch, comparisons included."""
    if code.startswith("--- "):
        report = check(Options(Request(inputs=("-",)), family(rules), workers=1), code.encode)
        return sorted(report.findings, key=lambda f: (f.line, f.column, f.code))
    result = analyse_text(code, path, rules)
    assert not result.skipped, result.skipped
    found = list(result.findings)
    for rule in family(rules):
        members = [member for of, member in result.members if of == rule.code]
        found += comparison(rule, members, Origin(path))
    return sorted(found, key=lambda f: (f.line, f.column, f.code))


def codes(code: str, rules: str = "AL") -> list[tuple[str, str]]:
    """Return (code, function) of every finding at warning or above."""
    return [(f.code, f.function) for f in lint(code, rules=rules) if f.severity >= Severity.WARNING]


class Example(NamedTuple):
    """A code block of a rule's documentation."""

    rule: Rule
    bad: bool
    era: str
    code: str


def examples() -> Iterator[Example]:
    """Yield the examples of all rules' documentation."""
    for rule in registry.rules():
        for match in re.finditer(r"^(Bad|Good) \(([^)]*)\)::\n\n((?:    .*\n|\n)+)", rule.doc + "\n", re.M):
            code = "\n".join(line[4:] for line in match[3].splitlines())
            yield Example(rule, match[1] == "Bad", match[2], code)
