"""What is said of each walk of walks/ as it stands, and what single edits of it change: findings and their ways.

The list has what anonlint says today; a change of it is a change of verdicts, and to be read like one.
``python -m tests.rules.test_walks`` writes it anew.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.harness import analyse_text, lint
from tests.rules.walks import edits, functions

LIST = Path(__file__).with_name("walks.tsv")
FUNCTIONS = dict(functions())
# Nothing is wrong with them wherever they are called.
_HELPERS = {"fault:only_mine", "helpers:shut", "helpers:write_flag", "helpers:may_be_written", "helpers:is_tracked"}


def said(code: str) -> list[str]:
    """Return the findings on a text: rule, severity, line, the lines of the story, and what is said."""
    start = code.count("\n", 0, code.rindex("\nstatic ") + 1) if "\nstatic " in code else 0
    found = []
    for f in lint(code):
        way = " ".join(f"{note.line - start}" for note in (*f.because, *f.evidence))
        found.append(f"{f.code} {f.severity.name.lower()} {f.line - start} [{way}] {f.message}")
    return found


def tables(code: str) -> str:
    """Return the effect tables that siblings are compared by."""
    found = [member.data.table for _, member in analyse_text(code, rules="AL101").members]
    return "; ".join(
        f"{t.function} {t.role} {t.line} {'/'.join(t.columns)}: "
        + ", ".join(f"{row.kind}: {'/'.join(row.cells)}" for row in t.rows)
        for t in found
    )


def changed(code: str, before: list[str]) -> str:
    """Return what an edit brings (+) and takes away (-); of lines only those of the findings themselves count."""
    new, old = Counter(said(code)), Counter(before)
    signed = [(item, "+") for item in (new - old).elements()] + [(item, "-") for item in (old - new).elements()]
    return "; ".join(sign + (item if sign == "+" else item.partition("[")[0].strip()) for item, sign in sorted(signed))


def stated() -> dict[str, dict[str, str]]:
    """Return what the list says, by function and edit."""
    found: dict[str, dict[str, str]] = {name: {} for name in FUNCTIONS}
    for line in LIST.read_text().splitlines():
        if not line.startswith("#"):
            edit, _, expected = line.partition("\t")
            found[":".join(edit.split(":")[:2])][edit] = expected
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    code, rows = FUNCTIONS[name], stated()[name]
    tried = {edit.name: edit.code for edit in edits(name, code)}
    before = said(code)
    assert "; ".join(before) == rows.pop(f"{name}:")
    assert tables(code) == rows.pop(f"{name}:table")
    assert rows.keys() <= tried.keys()
    wrong = {edit: got for edit, expected in rows.items() if (got := changed(tried[edit], before)) != expected}
    assert not wrong


def test_every_function_but_a_helper_is_wrong_after_some_edit() -> None:
    edited = {name: [found for edit, found in rows.items() if edit.count(":") > 2] for name, rows in stated().items()}
    assert {name for name, found in edited.items() if not any(found)} == _HELPERS


def _write() -> None:
    """Write the list: of edits that give the same the first, and every sixth of the others."""
    lines = ["# What is said of an edit: function, line and kind of the edit, findings"]
    for name, code in FUNCTIONS.items():
        seen: set[str] = set()
        before = said(code)
        lines.append(f"{name}:\t{'; '.join(before)}")
        lines.append(f"{name}:table\t{tables(code)}")
        for i, edit in enumerate(edits(name, code)):
            got = changed(edit.code, before)
            kinds = " ".join(sorted(re.findall(r"[+-]AL\d+|\(.*?\)", got)))
            if kinds not in seen or i % 6 == 0:
                lines.append(f"{edit.name}\t{got}")
            seen.add(kinds)
    LIST.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    _write()
