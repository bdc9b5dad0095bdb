"""Function definitions are found by their braces, and named rightly."""

import pytest

from anonlint.syntax.functions import find_in_file

CASES = {
    "two lines of return type": ("static\nunsigned long\nf(int a)\n{\n}\n", ["f"]),
    "one line": ("static inline int f(void) { return 0; }\nint g(void) {}\n", ["f", "g"]),
    "sparse annotation": ("static vm_fault_t f(struct vm_fault *vmf)\n\t__releases(vmf->ptl)\n{\n}\n", ["f"]),
    "two annotations": ("void f(int a)\n__releases(&a->x)\n\t__acquires(&b)\n{\n}\n", ["f"]),
    "unknown annotation": ("void f(int a) __will_hold(a)\n{\n}\n", ["f"]),
    "attribute first": ("__printf(1, 2)\nvoid f(const char *s, ...)\n{\n}\n", ["f"]),
    "attribute between": ("static __printf(3, 4) void f(char *s)\n{\n}\n", ["f"]),
    "name with underscores": ("int __f(int a)\n{\n}\n", ["__f"]),
    "returns a function": ("void (*f(int a))(int)\n{\n}\n", ["f"]),
    "system call": ("SYSCALL_DEFINE3(mprotect, unsigned long, start, size_t, len, int, p)\n{\n}\n", ["mprotect"]),
    "generated": ("static DEFINE_HANDLER(do_it)\n{\n}\n", ["do_it"]),
    "macro without semicolon": ("PAGEFLAG(Foo, foo, PF_ANY)\nEXPORT_X(y)\n\nint f(void)\n{\n}\n", ["f"]),
    "macro before a struct": ("PAGEFLAG(Foo, foo)\nstruct x {\n\tint a;\n};\n", []),
    "initialiser": ("static const struct ops o = {\n\t.f = f,\n};\nint a[] = { 1, 2 };\n", []),
    "struct with attribute": ("struct __packed x {\n\tint a;\n} __aligned(8);\nenum e { A };\n", []),
    "extern C": ('extern "C" {\nint f(void)\n{\n}\n}\nint g(void)\n{\n}\n', ["f", "g"]),
    "braces in texts": ("int f(void)\n{\n\tg(\"}\", '}'); /* } */ // }\n}\nint h(void)\n{\n}\n", ["f", "h"]),
    "macro body": ("#define M(x) do {\t\\\n\tg(x);\t\\\n}\nint f(void)\n{\n}\n", ["f"]),
    "apostrophe in a directive": ("#error don't do {\nint f(void)\n{\n}\n", ["f"]),
    "unbalanced macro use": ("int f(void)\n{\n\tBEGIN {\n}\n\nint g(void)\n{\n}\n", ["f", "g"]),
    "form feed": ("\f\n#ifdef A\nint f(void)\n{\n}\n#endif\n", ["f"]),
    "CRLF": ("int f(void)\r\n{\r\n}\r\n", ["f"]),
}


@pytest.mark.parametrize("name", CASES)
def test_names(name: str) -> None:
    text, expected = CASES[name]
    assert [e.name for e in find_in_file(text.encode())] == expected


def test_span_runs_from_the_first_token_to_the_brace() -> None:
    text = b"int x;\n\n/* about f */\n#ifdef A\nstatic int\nf(void)\n{\n\tif (x) {\n\t}\n}\nint y;\n"
    (extent,) = find_in_file(text)
    assert text[extent.span.start : extent.span.end] == b"static int\nf(void)\n{\n\tif (x) {\n\t}\n}"


def test_two_definitions_of_one_name() -> None:
    text = b"#ifdef A\nint f(void)\n{\n\ta();\n}\n#else\nint f(void)\n{\n}\n#endif\n"
    assert [(e.name, text[e.span.start : e.span.start + 3]) for e in find_in_file(text)] == [("f", b"int")] * 2


HEADS = [
    "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n\tg();\n}",
    "#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n\tg();\n}",
    "int f(void)\n{\n#ifdef A\n\tif (x) {\n#else\n\tif (y) {\n#endif\n\t\tg();\n\t}\n}",
]


@pytest.mark.parametrize("text", HEADS)
def test_alternatives_count_their_braces_once(text: str) -> None:
    whole = f"int before(void)\n{{\n}}\n\n{text}\nint after(void)\n{{\n}}\n".encode()
    before, middle, after = find_in_file(whole)
    assert (before.name, middle.name, after.name) == ("before", "f", "after")
    assert whole[middle.span.start : middle.span.end].decode() == text
