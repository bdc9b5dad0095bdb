"""Real functions of both kernels, edited as a tired author would, and as one who only writes it differently.

The edits are data over Debian's sources (breaking.tsv, keeping.tsv); no kernel code is kept here.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint import registry, runner
from anonlint.intake import Request
from anonlint.model.finding import Finding, Severity
from anonlint.model.snapshot import Image
from anonlint.model.source import Source
from anonlint.syntax.carve import carve

HERE = Path(__file__).parent
pytestmark = pytest.mark.kernel


class Breaking(NamedTuple):
    kernel: str
    file: str
    function: str
    occurrence: int
    code: str
    search: bytes
    replacement: bytes


class Keeping(NamedTuple):
    kernel: str
    file: str
    function: str
    before: bytes
    pairs: tuple[tuple[bytes, bytes], ...]


def plain(text: str) -> bytes:
    return text.replace("\\n", "\n").replace("\\t", "\t").encode()


def rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


BREAKING = [
    Breaking(kernel, file, function, int(nth), code, plain(search), plain(new))
    for kernels, file, function, nth, code, search, new, _why in rows("breaking.tsv")
    for kernel in kernels.split(",")
]
KEEPING = [
    Keeping(kernel, file, function, b"" if before == "-" else plain(before),
            tuple((plain(rest[i]), plain(rest[i + 1])) for i in range(0, len(rest), 2)))
    for kernels, file, function, before, *rest in rows("keeping.tsv")
    for kernel in kernels.split(",")
]  # fmt: skip


@lru_cache
def read(path: str) -> bytes:
    return Path(path).read_bytes()


def parts(data: bytes, function: str) -> tuple[bytes, bytes, bytes]:
    """Return the file before the function, the function, and the rest."""
    extent = next(e for e in carve(Image(Source("x.c", data))) if e.name == function)
    return data[: extent.span.start], data[extent.span.start : extent.span.end], data[extent.span.end :]


def check(tmp_path: Path, file: str, data: bytes) -> list[Finding]:
    path = tmp_path / Path(file).name
    path.write_bytes(data)
    report = runner.check(runner.Options(Request(inputs=(str(path),)), registry.rules(), workers=1), lambda: b"")
    assert report.errors == ()
    assert report.skipped == ()
    return [f for f in report.findings if f.severity >= Severity.WARNING]


def replaced(body: bytes, search: bytes, new: bytes, occurrence: int) -> bytes:
    at = -1
    for _ in range(occurrence):
        at = body.find(search, at + 1)
        assert at >= 0, f"{search!r} does not occur {occurrence} times"
    return body[:at] + new + body[at + len(search) :]


@pytest.mark.parametrize("edit", BREAKING, ids=lambda e: f"{e.kernel}-{e.function}-{e.code}")
def test_breaking(edit: Breaking, kernels: dict[str, str], tmp_path: Path) -> None:
    data = read(f"{kernels[edit.kernel]}/{edit.file}")
    before, body, after = parts(data, edit.function)
    edited = before + replaced(body, edit.search, edit.replacement, edit.occurrence) + after
    assert (edit.code, edit.function) in [(f.code, f.function) for f in check(tmp_path, edit.file, edited)]


@pytest.mark.parametrize("edit", KEEPING, ids=lambda e: f"{e.kernel}-{e.function}")
def test_keeping(edit: Keeping, kernels: dict[str, str], tmp_path: Path) -> None:
    data = read(f"{kernels[edit.kernel]}/{edit.file}")
    before, body, after = parts(data, edit.function)
    for search, new in edit.pairs:
        assert search in body
        body = body.replace(search, new)
    assert check(tmp_path, edit.file, before + edit.before + body + after) == []


@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_unedited(version: str, kernels: dict[str, str], tmp_path: Path) -> None:
    for file in sorted({edit.file for edit in (*BREAKING, *KEEPING)}):
        assert check(tmp_path, file, read(f"{kernels[version]}/{file}")) == []


@pytest.mark.parametrize("folder", ["mm", "fs", "kernel", "arch"])
@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_real_trees_are_clean(version: str, folder: str, kernels: dict[str, str]) -> None:
    """Nothing above a note in real kernels: the rules of this family know no true bug there."""
    request = Request(inputs=(f"{kernels[version]}/{folder}",))
    report = runner.check(runner.Options(request, registry.rules()), lambda: b"")
    assert [f for f in report.findings if f.severity >= Severity.WARNING] == []
    assert [s for s in report.skipped if "gave up" in s.reason] == []
    assert report.errors == ()


def test_enough_edits() -> None:
    for version in ("6.1", "6.12"):
        assert sum(e.kernel == version for e in BREAKING) >= 25
        assert sum(e.kernel == version for e in KEEPING) >= 15
