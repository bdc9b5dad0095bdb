"""Patches of three lines of context, with no tree: what brings a bug is seen, what mends one or changes nothing is not.

The patches are the edits of tests/edits: applied, a breaking edit is a bug and its reverse the fix; a keeping one is
neutral both ways. Which are tried is chosen by their names.
"""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from anonlint.intake import Request
from anonlint.model.finding import Finding, Severity
from anonlint.rule import registry
from anonlint.run.runner import Options, check
from tests.edits.edits import DoesNotApply, Edit, apply, edits

pytestmark = pytest.mark.kernel
BUGS, LEAST, NEUTRAL = 60, 30, 200


def patch(path: str, before: str, after: str, context: int = 3) -> str:
    """Return a unified diff as git writes it, the function's first line behind each hunk's header."""
    lines = before.splitlines(keepends=True)
    made = []
    for line in difflib.unified_diff(lines, after.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=context):
        match = re.match(r"@@ -(\d+)", line)
        heads = lines[: int(match[1]) - 1] if match else []
        head = next((text for text in reversed(heads) if re.match(r"[A-Za-z_](?!\w*:)", text)), "")
        made.append(f"{line.rstrip()} {head[:60].rstrip()}\n" if match else line)
    return "".join(made)


def found(text: str, folder: Path) -> list[Finding]:
    """Return what a patch is said to bring at warning or above."""
    file = folder / "one.patch"
    file.write_text(text, "latin-1")
    report = check(Options(Request(inputs=(str(file),)), registry.rules(), workers=1), lambda: b"")
    assert not report.errors
    return [finding for finding in report.findings if finding.severity >= Severity.WARNING]


def chosen(kernels: dict[str, str], salt: str, wanted: list[Edit]) -> Iterator[tuple[Edit, str, str]]:
    """Yield edits that apply, with the file before and after, in an order that their names and ``salt`` give."""
    for edit in sorted(wanted, key=lambda edit: crc32(f"{salt}{edit.name}{edit.kernel}".encode())):
        code = Path(kernels[edit.kernel], edit.file).read_bytes().decode("latin-1")
        try:
            yield edit, code, apply(edit, code)
        except DoesNotApply:
            continue


def test_half_of_the_bugs_are_seen(kernels: dict[str, str], tmp_path: Path) -> None:
    seen = []
    bugs = chosen(kernels, "bugs", [edit for edit in edits() if edit.code])
    for edit, before, after in (next(bugs) for _ in range(BUGS)):
        seen += [edit.name] if found(patch(edit.file, before, after), tmp_path) else []
    assert len(seen) >= LEAST


@pytest.mark.parametrize("part", range(4))
def test_no_fix_and_nothing_neutral_is_called_a_bug(kernels: dict[str, str], tmp_path: Path, part: int) -> None:
    fixes = chosen(kernels, "fixes", [edit for edit in edits() if edit.code])
    same = chosen(kernels, "same", [edit for edit in edits() if not edit.code])
    patches = []
    for turn in range(NEUTRAL // 2):
        edit, before, after = next(fixes)
        patches.append((edit, patch(edit.file, after, before)))
        edit, before, after = next(same)
        patches.append((edit, patch(edit.file, before, after) if turn % 2 else patch(edit.file, after, before)))
    assert len(patches) == NEUTRAL
    wrong = {edit.name: got for edit, text in patches[part::4] if (got := found(text, tmp_path))}
    assert not wrong
