"""All of mm/ as Debian ships it: what is found, what parses, how long it takes."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from tree_sitter import Query, QueryCursor

from anonlint.model.function import Function
from anonlint.model.snapshot import Fragment, Image
from anonlint.model.source import Source, Span
from anonlint.syntax.functions import find_in_file
from anonlint.syntax.grammar import parser
from anonlint.syntax.index import FileIndex
from anonlint.syntax.scan import mentions

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_VOCABULARY = re.compile(
    rb"migration_entry|device_(private|exclusive)_entry|anon_exclusive|AnonExclusive|pte_to_swp_entry"
    rb"|swp_entry_to_pte|pfn_swap_entry|RMAP_EXCLUSIVE|anon_rmap|mkwrite|uffd_wp|soft_dirty|swp_"
)
pytestmark = pytest.mark.kernel
Files = list[tuple[str, bytes]]


def read(kernel: str) -> Files:
    return [(p.name, p.read_bytes()) for p in sorted(Path(kernel, "mm").rglob("*.c"))]


def words_of(files: Files) -> frozenset[bytes]:
    return frozenset(w for _, data in files for w in set(_IDENTIFIER.findall(data)) if _VOCABULARY.search(w))


def all_functions(files: Files) -> list[Function]:
    found = []
    for name, data in files:
        index = FileIndex(Image(Source(name, data)))
        found += [index.parse(extent) for extent in index.extents]
    return found


def sound(functions: list[Function]) -> bool:
    """Look for ERROR and MISSING with a query of our own: the parser's own summary is not trusted here."""
    query = Query(parser().language, "[(ERROR) (MISSING)] @bad")
    return not any(QueryCursor(query).captures(v.node) for f in functions for v in f.variants)


@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_mm_parses(version: str, kernels: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    files = read(kernels[version])
    words = words_of(files)
    start = time.process_time()
    functions = all_functions(files)
    seconds = time.process_time() - start
    bad = [f"{f.source.path}: {f.name}: {f.damage}" for f in functions if f.damage]
    woken = [f for f in functions if mentions(f.source.data[f.span.start : f.span.end], words)]
    share = 1 - len(bad) / len(functions)
    with capsys.disabled():
        print(f"\nmm/ {version}: {len(functions)} functions, {100 * share:.2f} % parse, {seconds:.1f} s;", end=" ")
        print(f"{len(woken)} mention a vocabulary word, {sum(1 for f in woken if f.damage)} of them do not")
    assert sound(functions)
    assert share >= 0.995, bad
    assert len(woken) > 200
    assert not [f.name for f in woken if f.damage]
    assert seconds < 15


@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_no_definition_is_missed(version: str, kernels: dict[str, str]) -> None:
    """Compare with definitions found in two other ways: a parse of the whole file, and column 0."""
    for name, data in read(kernels[version]):
        extents = find_in_file(data)
        bodies = {data.find(b"{", e.span.start) for e in extents}
        spans = [e.span for e in extents]
        for node in parser().parse(data).root_node.named_children:
            if node.type == "function_definition":
                at = node.child_by_field_name("body").start_byte
                assert at in bodies or any(s.start < at < s.end for s in spans), (name, data[at - 80 : at])
        names = {e.name.encode() for e in extents}
        for match in re.finditer(rb"^(?:static |int |void |bool )[^\n;={}#()]*?\b(\w+)\([^;{}=()#]*\)\n\{", data, re.M):
            assert match[1] in names, (name, match[0])


def test_speed(kernels: dict[str, str]) -> None:
    files = read(kernels["6.12"])
    words = words_of(files)
    texts = [data for _, data in files]

    def best(run: Any) -> float:
        times = []
        for _ in range(5):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        return min(times)

    woken = [data for data in texts if mentions(data, words)]
    size = sum(map(len, woken)) / 1.5e6
    # measured 0.03 s and 0.05 s (for each 1.5 MB); the bounds leave room for a busy machine
    assert best(lambda: [mentions(data, words) for data in texts]) < 0.12
    assert best(lambda: [find_in_file(data) for data in woken]) / size < 0.24
    assert all(mentions(data, words) != words.isdisjoint(re.findall(rb"\w+", data)) for data in texts)


@pytest.mark.parametrize("flush", [False, True])
def test_hunks_of_mm(flush: bool, kernels: dict[str, str]) -> None:
    """Cut each file into windows as hunks would show them; nearly all must close into something that parses."""
    total = bad = lost = 0
    for name in ("memory.c", "mprotect.c", "hugetlb.c", "huge_memory.c", "migrate.c", "rmap.c", "ksm.c"):
        lines = Path(kernels["6.12"], "mm", name).read_bytes().split(b"\n")
        if flush:
            lines = [b" ".join(line.split()) for line in lines]
        for first in range(0, len(lines) - 20, 13):
            data = b"\n".join(lines[first : first + 17]) + b"\n"
            index = FileIndex(Image(Source(name, data), (Fragment(Span(0, len(data)), b"int f(int a)"),)))
            functions = [index.parse(extent) for extent in index.extents]
            total += len(functions)
            bad += sum(1 for f in functions if f.damage)
            shown = b"".join(v.node.text for f in functions for v in f.variants[:1])
            code = re.sub(rb"/\*.*?(\*/|\Z)|\A(.(?!/\*))*\*/", b"", data, flags=re.S)
            lost += any(word not in shown for word in re.findall(rb"\bif \(\w+\)(?=\n)", code))
    assert total > 800
    assert bad <= total * 0.005
    assert lost <= total * 0.02
