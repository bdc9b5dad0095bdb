"""What holds for every rule: its page, its sections, the form of its messages (tests/rules runs its examples)."""

import re
import textwrap
from pathlib import Path
from statistics import median

import pytest

from anonlint.dev import gen_docs
from anonlint.intake import Request
from anonlint.model.finding import Finding
from anonlint.rule import page as rule_page
from anonlint.rule.examples import page
from anonlint.rule.plugin import Rule
from anonlint.rule.registry import rules
from anonlint.run import runner

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"(Bad|Good) \((?:(\d+)\.(\d+))?-(?:(\d+)\.(\d+))?\)")
RULES = tuple(rule for rule in rules() if rule.code != "AL001")  # tests/runner/test_suppression.py


def examples(rule: Rule, word: str) -> list[tuple[str, tuple[int, int] | None, str]]:
    """Return (title, kernel, code) of the rule's Bad or Good examples."""
    found = []
    for section in rule_page.sections(page(rule)):
        match = EXAMPLE.fullmatch(section.title)
        if match is not None and match[1] == word:
            assert section.code, f"{rule.code}: {section.title} needs '::'"
            kernel = (int(match[2]), int(match[3])) if match[2] else None
            found.append((section.title, kernel, section.body))
    return found


def check(code: str, kernel: tuple[int, int] | None, directory: Path) -> tuple[Finding, ...]:
    path = directory / ("example.patch" if code.lstrip().startswith("--- ") else "example.c")
    path.write_text(textwrap.dedent(code) + "\n")
    report = runner.check(runner.Options(Request(inputs=(str(path),)), RULES, kernel, workers=1), lambda: b"")
    assert not report.errors
    return report.findings


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_describes_itself(rule: Rule) -> None:
    assert rule.summary.endswith(".") and rule.summary[0].isupper()
    titles = [section.title for section in rule_page.sections(page(rule))]
    assert "Why" in titles and "Misses" in titles
    assert (ROOT / "docs" / "rules" / f"{rule.code}.md").exists()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_messages_start_low_and_have_no_final_period(rule: Rule, tmp_path: Path) -> None:
    found = [f for _, kernel, code in examples(rule, "Bad") for f in check(code, kernel, tmp_path)]
    texts = [f.message for f in found] + [item.message for f in found for item in f.evidence]
    assert texts
    for text in texts:
        assert not text.endswith((".", "!")), text
        word = text.split()[0]
        assert not text[0].isupper() or not word.isalpha() or word.isupper(), text
        assert "\n" not in text


def test_pages_are_what_the_rules_say() -> None:
    directory = ROOT / "docs" / "rules"
    written = {path.name: path.read_text() for path in directory.glob("*.md")}
    assert written == gen_docs.pages(), "stale: run ./run docs"


def test_a_rule_file_is_what_a_rule_is() -> None:
    files = [p for p in (ROOT / "rules" / "anonlint_rules").glob("*/*.py") if p.name != "__init__.py"]
    assert median(p.read_bytes().count(b"\n") for p in files) < 60
    for rule in RULES:  # the page is the module's docstring, and stands nowhere else
        assert not rule.check.__doc__
