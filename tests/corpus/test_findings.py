"""What anonlint finds in both kernels, held against findings.tsv: each with the reason of somebody who read the code.

A change of the engine or of a rule that finds more, or less, is a change of that file, to be reviewed like any other.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint.intake import Request
from anonlint.model.finding import Finding
from anonlint.rule import registry
from anonlint.run.runner import Options, check

LIST = Path(__file__).with_name("findings.tsv")
PARTS = ("mm", "fs", "kernel", "arch", "include")
# Functions that cost more than a file may: page tables of the kernel itself, five levels deep in one function.
_REASON = re.compile(r"(bug|gap|harmless|false): \S.{20,}")


class Known(NamedTuple):
    """A finding as the list has it; lines and messages move, so it has none."""

    kernel: str
    path: str
    function: str
    code: str
    severity: str


def rows() -> list[list[str]]:
    return [line.split("\t") for line in LIST.read_text().splitlines() if not line.startswith("#")]


def reviewed() -> set[str]:
    """Return the point releases that the list was written for."""
    match = re.search(r"^# read: (.*)$", LIST.read_text(), re.M)
    assert match is not None
    return set(match[1].split())


def point_release(root: Path) -> str:
    head = (root / "Makefile").read_text()
    return ".".join(re.findall(r"^(?:VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", head, re.M))


def difference(kernel: str, findings: tuple[Finding, ...], point: str = "") -> list[str]:
    """Return a line for each finding that is new, and each that is gone; ``point`` is the point release."""
    places: dict[Known, list[Finding]] = {}
    for f in findings:
        places.setdefault(Known(kernel, f.path, f.function, f.code, f.severity.name.lower()), []).append(f)
    found = Counter({known: len(these) for known, these in places.items()})
    stated = Counter(Known(kernel, *row[1:5]) for row in rows() if row[0] in (kernel, point))
    new = [
        f"new ({count}): {' '.join(known)}: " + "; ".join(f"line {f.line}: {f.message}" for f in places[known])
        for known, count in sorted((found - stated).items())
    ]
    return new + [f"gone ({count}): {' '.join(known)}" for known, count in sorted((stated - found).items())]


def test_the_list_is_sorted_and_every_finding_has_a_reason() -> None:
    assert rows() == sorted(rows())
    for row in rows():
        assert len(row) == 6, row
        assert _REASON.match(row[5]), row


@pytest.mark.kernel
@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_what_is_found_is_what_is_listed(kernel: str, kernels: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(kernels[kernel])
    monkeypatch.chdir(root)
    report = check(Options(Request(inputs=PARTS), registry.rules(), workers=1), lambda: b"")
    assert not report.errors
    assert not report.skipped
    release = point_release(root)
    lines = difference(kernel, report.findings, release)
    if lines and release not in reviewed():
        pytest.skip(f"{release} is not what the list was written for, and differs:\n" + "\n".join(lines))
    assert not lines, f"\n{LIST.name} says otherwise:\n" + "\n".join(lines)


def test_the_difference_names_what_is_new_and_what_is_gone() -> None:
    lines = difference("6.1", ())
    assert len(lines) == len({tuple(row[:5]) for row in rows() if row[0] == "6.1"})
    assert all(line.startswith("gone (") for line in lines)
