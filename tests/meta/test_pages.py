"""Pages that tell what there is tell all of it: laws and rules, the signs of a finding, what commands print."""

import re
from pathlib import Path

from anonlint.dev import gen_readme
from anonlint.domain.kinds import SHORT, WORDS
from anonlint.model.finding import Severity
from anonlint.rule.registry import rules
from anonlint.trace.effects import Role

DOCS = Path(__file__).resolve().parents[2] / "docs"
FINDING = (DOCS / "reading-a-finding.md").read_text()


def test_each_rule_applies_a_law() -> None:
    named = set(re.findall(r"AL\d{3}", (DOCS / "laws.md").read_text()))
    assert named == {rule.code for rule in rules()}


def test_each_sign_of_a_finding_is_in_the_legend() -> None:
    kinds = FINDING.partition("## Kinds of entries")[2].partition("## Tables")[0]
    for word in {*WORDS.values(), *SHORT.values()}:
        assert re.search(rf"(?:^|[|,;] ){re.escape(word)}(?=[,;]| \|)", kinds, re.M), word
    for sign in ("(kept)", "-", "cleared", "mapped", "mapped writable", "mapped (?)"):
        assert f"`{sign}`" in FINDING, sign
    for role in Role:
        assert not role or f"| `{role}` |" in FINDING, role
    for severity in Severity:
        assert f"| `{severity.word}` |" in FINDING
    for label in ("because:", "note:", "breaks:", "help:", "like:"):
        assert f"`{label}`" in FINDING


def test_the_commands_of_the_page_print_what_it_shows() -> None:
    assert gen_readme.filled(FINDING, gen_readme.run) == FINDING, "stale: see what ./run docs changes"
