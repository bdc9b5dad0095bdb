"""Nothing crashes, hangs or moves an offset, whatever the bytes."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlint.model.snapshot import Fragment, Image
from anonlint.model.source import Source, Span
from anonlint.syntax.enums import enumerators
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import outline, tidy
from anonlint.syntax.macros import macros
from anonlint.syntax.mask import mask
from anonlint.syntax.repair import repair

_WORDS = (
    b"{ } ( ) ; , : ? \" ' /* */ // # #if #ifdef #else #endif \\ \n \n \t = * & if else do while for switch case"
    b" default break goto static int struct f g x list_for_each scoped_guard typeof asm __user __releases ... @ 1"
    b" SYSCALL_DEFINE1 DEFINE_X offsetof \x00 \xe9 \r\n"
).split(b" ")
texts = st.lists(st.sampled_from(_WORDS), max_size=60).map(b" ".join)


@given(texts)
@settings(max_examples=300, deadline=None)
def test_any_text(data: bytes) -> None:
    code, clean = tidy(data)
    assert len(outline(data)) == len(code) == len(clean) == len(data)
    masked, again = mask(code, clean)
    assert len(masked) == len(again) == len(data)
    assert len(repair(masked, again, "f")[0]) == len(data)
    for fragments in (None, (Fragment(Span(0, len(data)), b"int f(int a)"),)):
        index = FileIndex(Image(Source("x.c", data), fragments))
        for extent in index.extents:
            assert 0 <= extent.span.start < extent.span.end <= len(data)
            function = index.parse(extent)
            assert bool(function.variants) != bool(function.damage)


HUGE = {
    "open braces": b"{" * 500_000,
    "close braces": b"}" * 500_000,
    "parentheses": b"int f(void) {" + b"(" * 50_000 + b")" * 50_000 + b";}",
    "open calls": b"int f(void) {" + b"; f(" * 50_000 + b"}",
    "one word": b"a" * 1_000_000 + b"{}",
    "spaces": b"int f(void) {" + b" " * 250_000 + b"@}",
    "lines": b"int f(void) {" + b"\n" * 250_000 + b"@}",
    "quotes": b"'\"" * 500_000,
    "comments": b"/*" * 500_000,
    "directives": b"#if A\n" * 50_000 + b"int f(void) {}",
    "directives inside": b"int f(void) {\n" + b"#if A\n" * 40_000 + b"}",
    "conditions": b"int f(void) {\n#if " + b"A && " * 50_000 + b"A\n#endif\n}",
    "deep blocks": b"int f(void) {" + b"if (x) {" * 20_000 + b"}" * 20_000 + b"}",
    "deep else": b"int f(void) {" + b"if (x) a(); else " * 15_000 + b";}",
    "macros": b"foo MACRO(x) " * 50_000 + b"{}",
    "cases": b"int f(void) {" + b"case a " * 40_000 + b"}",
    "operands": b"int f(void) { x = " + b"1 + " * 60_000 + b"1; }",
    "carriage returns": b"int f(void)\r{\r x();\r}\r" * 20_000,
    "enums": b"enum x { A, B" * 50_000 + b"};" + b"/* " * 200_000 + b"return A" * 50_000,
    "definitions": b"#define f(a) \\\n" * 50_000 + b"#define f(a" * 50_000,
    "table": b"u8 x[] = {" + b"0x12, " * 300_000 + b"};",
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("whole", [True, False])
def test_huge(name: str, whole: bool) -> None:
    data = HUGE[name]
    start = time.process_time()
    index = FileIndex(Image(Source("x.c", data), None if whole else (Fragment(Span(0, len(data))),)))
    for extent in index.extents[:1000]:
        index.parse(extent)
    assert macros(index.image.source).keys() | enumerators(index.image.source).of.keys() <= {"f", "A", "B"}
    assert time.process_time() - start < 5
