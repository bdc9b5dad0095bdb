"""Masking keeps the length and leaves plain C."""

import pytest

from anonlint.syntax.lex import tidy
from anonlint.syntax.mask import loop_macro, mask

CASES = [
    ("void f(int __user *p) { }", "void f(int        *p) { }"),
    ("f() { list_for_each_entry(a, b, c) { g(); } }", "f() { while              (a, b, c) { g(); } }"),
    ("f() { for_each_node(n) g(n); }", "f() { while        (n) g(n); }"),
    ("f() { for_each_node(n) if (n) g(n); }", "f() { while        (n) if (n) g(n); }"),
    ("f() { if (a) my_walk(n) { g(n); } }", "f() { if (a) while  (n) { g(n); } }"),
    ("f() { scoped_guard(mutex, &l) { g(); } }", "f() {                         { g(); } }"),
    ("f() { bus_for_each_dev(b, fn); }", "f() { bus_for_each_dev(b, fn); }"),
    ("f() { guard(mutex)(&l); }", "f() { guard(mutex)(&l); }"),
    ("f() { DEFINE_WALK(pvmw, a, b, 0); }", "f() { DEFINE_WALK(pvmw, a, b, 0); }"),
    ("f() { typeof(*p) q = *p; }", "f() { typeof     q = *p; }"),
    ("f() { void *p __free(kfree) = g(); }", "f() { void *p               = g(); }"),
    ("f() { switch (a) { case A ... B: g(); } }", "f() { switch (a) { case A ||  B: g(); } }"),
    ("SYSCALL_DEFINE2(f, int, a, char *, b)\n{ }", "long            f( int  a, char *  b)\n{ }"),
    ("SYSCALL_DEFINE0(f)\n{ }", "long           f()\n{ }"),
    ('f() { /* list */ g("/* x */"); }', 'f() {            g("/* x */"); }'),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_masks(text: str, expected: str) -> None:
    code, clean = tidy(text.encode())
    masked, outline = mask(code, clean)
    assert len(masked) == len(outline) == len(text)
    assert masked.decode().split() == expected.split()
    for word in ("g", "p", "q", "a", "b"):  # what stays, stays where it was
        assert masked.find(word.encode() + b"(") == expected.find(word + "(")


def test_loop_macro_names_what_the_source_says() -> None:
    data = b"x; list_for_each_entry(a, b) while (c)"
    assert loop_macro(data, 3) == "list_for_each_entry"
    assert loop_macro(data, 29) == ""


def test_a_name_that_starts_with_do_is_no_loop() -> None:
    code = b"static int do_some_thing(struct a *b)\n{\n\treturn 0;\n}\n"
    assert mask(code, code)[0] == code
