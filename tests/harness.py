"""Runs rules over C text: what most tests need."""

from collections.abc import Iterator
from typing import NamedTuple

from anonlint.intake import Request
from anonlint.kit.lint import analysed, kernel_words, said
from anonlint.model.finding import Finding, Severity
from anonlint.rule import registry
from anonlint.rule.examples import examples as of_rule
from anonlint.rule.plugin import Rule
from anonlint.run.result import ImageResult
from anonlint.run.runner import Options, check


def family(prefix: str) -> tuple[Rule, ...]:
    """Return the rules whose codes start with ``prefix``."""
    return tuple(rule for rule in registry.rules() if rule.code.startswith(prefix))


def analyse_text(code: str, path: str = "mm/test.c", rules: str = "AL") -> ImageResult:
    """Analyse C text as a whole file of the release that its words date it to, with a family of rules."""
    return analysed(code, family(rules), path)


def lint(code: str, path: str = "mm/test.c", rules: str = "AL") -> list[Finding]:
    """Return the findings of a family of rules on C text, or on a patch, comparisons included."""
    if code.startswith("--- "):
        report = check(Options(Request(inputs=("-",)), family(rules), workers=1), code.encode)
        return sorted(report.findings, key=lambda f: (f.line, f.column, f.code))
    result = analyse_text(code, path, rules)
    assert not result.skipped, result.skipped
    return said(result, family(rules), path)


def codes(code: str, rules: str = "AL") -> list[tuple[str, str]]:
    """Return (code, function) of every finding at warning or above."""
    return [(f.code, f.function) for f in lint(code, rules=rules) if f.severity >= Severity.WARNING]


class Example(NamedTuple):
    """An example of a rule's, with its notes."""

    rule: Rule
    bad: bool
    kernels: str
    code: str


def examples() -> Iterator[Example]:
    """Yield the examples of all rules."""
    for rule in registry.rules():
        for example in of_rule(rule):
            yield Example(rule, example.bad, example.kernels, example.code)


__all__ = ["Example", "analyse_text", "codes", "examples", "family", "kernel_words", "lint"]
