"""What is said of each walk of walks/ as it stands and of parts of it, and what single edits of it change.

The list has what anonlint says today; a change of it is a change of verdicts, and to be read like one.
``python -m tests.rules.test_walks`` writes it anew.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from anonlint.intake import Request
from anonlint.rule import registry
from anonlint.run.runner import Options, check
from tests.harness import analyse_text, lint
from tests.rules.walks import edits, functions

LIST = Path(__file__).with_name("walks.tsv")
FUNCTIONS = dict(functions())
_MOST = 9  # edits of a function that are listed because they change something
# No edit of them is said to be wrong.
_IDLE = {
    "copies:fill_huge",
    "copies:may_be_made_writable",
    "fault:only_mine",
    "helpers:shut",
    "helpers:write_flag",
    "helpers:may_be_written",
    "helpers:is_tracked",
}


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


def windows(code: str) -> Iterator[tuple[str, str]]:
    """Yield parts of a long function, each as a patch that brings it, by the lines that are in sight."""
    lines = code[code.rindex("\nstatic ") + 1 if "\nstatic " in code else 0 :].splitlines()
    quarter = len(lines) // 4
    if quarter >= 5:
        for first, last in ((0, 2 * quarter), (quarter, 3 * quarter), (2 * quarter, 4 * quarter)):
            shown = lines[first:last]
            text = "".join(f"{' ' if i in (0, len(shown) - 1) else '+'}{line}\n" for i, line in enumerate(shown))
            ranges = f"-{first + 1},2 +{first + 1},{len(shown)}"
            yield f"{first}-{last}", f"--- a/mm/walk.c\n+++ b/mm/walk.c\n@@ {ranges} @@\n{text}"


def said_of_patch(patch: str, folder: Path) -> str:
    """Return the findings on a patch that no tree is there for."""
    path = folder / "walk.patch"
    path.write_text(patch)
    report = check(Options(Request((str(path),)), registry.rules(), workers=1), lambda: b"")
    return "; ".join(f"{f.code} {f.severity.name.lower()} {f.line - 1} {f.message}" for f in report.findings)


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
def test_function(name: str, tmp_path: Path) -> None:
    code, rows = FUNCTIONS[name], stated()[name]
    tried = {edit.name: edit.code for edit in edits(name, code)}
    before = said(code)
    assert "; ".join(before) == rows.pop(f"{name}:")
    assert tables(code) == rows.pop(f"{name}:table")
    for lines, patch in windows(code):
        assert said_of_patch(patch, tmp_path) == rows.pop(f"{name}:window {lines}"), lines
    assert rows.keys() <= tried.keys()
    wrong = {edit: got for edit, expected in rows.items() if (got := changed(tried[edit], before)) != expected}
    assert not wrong


def test_every_function_but_a_helper_is_wrong_after_some_edit() -> None:
    edited = {name: [found for edit, found in rows.items() if edit.count(":") > 2] for name, rows in stated().items()}
    assert {name for name, found in edited.items() if not any(found)} == _IDLE


def _write() -> None:
    """Write the list: of each function up to so many edits that give different things, and one that changes nothing."""
    lines = ["# What is said of an edit: function, line and kind of the edit, findings"]
    for name, code in FUNCTIONS.items():
        before = said(code)
        lines.append(f"{name}:\t{'; '.join(before)}")
        lines.append(f"{name}:table\t{tables(code)}")
        with TemporaryDirectory() as folder:
            lines += [f"{name}:window {at}\t{said_of_patch(patch, Path(folder))}" for at, patch in windows(code)]
        idle: list[str] = []
        telling: dict[str, str] = {}
        for edit in edits(name, code):
            row = changed(edit.code, before)
            if row:
                telling.setdefault(" ".join(sorted(re.findall(r"[+-]AL\d+|\(.*?\)", row))), f"{edit.name}\t{row}")
            else:
                idle.append(f"{edit.name}\t")
        rows, most = list(telling.values()), min(_MOST, len(telling))
        lines += [*(rows[i * len(rows) // most] for i in range(most)), *idle[:1]]
    LIST.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    _write()
