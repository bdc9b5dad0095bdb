"""What hunks show is closed into functions, without inventing what was not seen."""

import pytest

from anonlint.model.function import Function

from .shape import conditions, hunk, shape


def pieces(text: str, context: str = "", partial: bool = True) -> list[Function]:
    found = hunk(text, context, partial)
    return [found.parse(extent) for extent in found.extents]


def piece(text: str, context: str = "") -> Function:
    (function,) = pieces(text, context)
    assert not function.damage, function.damage
    return function


U = "(__anonlint_unseen)"

# text, statements, conditions
CLOSED = {
    "orphan else if": ("pages++;\n} else if (c) {\ng();\n", "if[update else[if[g]]]", [U, "(c)"]),
    "starts with else": ("else if (c) {\ng();\n", "if[else[if[g]]]", [U, "(c)"]),
    "starts inside a condition": ("is_b(entry))) {\ng();\n", "if[g]", [U]),
    "condition of one statement": ("&& b)\ng();\nh();\n", "if[g] h", [U]),
    "starts inside a call": ("swp_offset(entry));\ng();\n", "g", []),
    "starts inside a for": ("i < n; i++) {\ng();\n}\n", "if[g]", [U]),
    "starts inside a comment": ("* not { code\n* at all\n*/\nif (a)\ng();\n", "if[g]", ["(a)"]),
    "wholly inside a comment": ("* not { code\n* at all\n", "", []),
    "ends inside a comment": ("g();\nif (a) {\n/*\n* COW { mappings\n", "g if", ["(a)"]),
    "ends inside a call": ("g();\nentry = make(\n", "g", []),
    "ends inside a condition": ("g();\nif (a &&\n", "g", []),
    "ends behind a condition": ("g();\nif (a)\n", "g if", ["(a)"]),
    "ends behind else": ("if (a)\ng();\nelse\n", "if[g else]", ["(a)"]),
    "ends inside a statement": ("g();\nif (a)\nb = c +\n", "g if", ["(a)"]),
    "ends inside do": ("do {\ng();\n", "do[g]", [U]),
    "only the end of a do": ("g();\n} while (a);\nh();\n", "do[g] h", ["(a)"]),
    "case labels": ("g();\nbreak;\ncase A:\nh();\n", "do[switch[case[g break] case[h]]]", [U, "(0)"]),
    "case labels, then the end": ("case A:\nh();\n}\ni();\n", "switch[case case[h]] i", [U]),
    "continue without a loop": ("if (a)\ncontinue;\ng();\n", "do[if[continue] g]", ["(a)", "(0)"]),
    "label at the end": ("g();\nout:\n", "g label", []),
    "iteration first": ("list_for_each(p, h) {\ng();\n", "while[g]", ["(p, h)"]),
    "ends inside an initialiser": ("g();\nstruct x y = {\n.a = 1,\n", "g", []),
    "starts inside an initialiser": (".a = 1,\n};\ng();\n", "g", []),
    "lost line in a call": ("g();\nentry = make_it_readable_now(\nh();\n", "g __anonlint_unseen", []),
    "else of an ifdef": ("g();\n#else\nh();\n#endif\n", "g h", []),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closing(name: str) -> None:
    text, statements, tests = CLOSED[name]
    if not statements and not tests:
        assert pieces(text) == []
        return
    function = piece(text)
    assert shape(function) == statements
    assert sorted(conditions(function)) == sorted(tests)
    assert not function.whole


def test_places_survive_closing() -> None:
    text = "pages++;\n} else if (c) {\nlist_for_each(p, h)\ng(q);\n"
    function = piece(text)
    (variant,) = function.variants
    todo = [variant.node]
    calls = []
    while todo:
        node = todo.pop()
        if node.type == "call_expression":
            calls.append(function.source.data[node.start_byte + variant.base : node.end_byte + variant.base])
        todo += node.children
    assert calls == [b"g(q)"]


TWO = """set(vma, haddr, ptep);
return 0;
}

static int g(struct mm_struct *mm,
int a)
{
if (a) {
h();
}
return 1;
}
EXPORT_SYMBOL(g);

void i(void)
__releases(x)
{
for (;;) {
j();
"""


@pytest.mark.parametrize("indent", ["", "\t"])
def test_functions_of_one_hunk(indent: str) -> None:
    lines = TWO.splitlines()
    inside = [n for n, line in enumerate(lines) if line.startswith(("set", "return", "if", "h(", "for", "j("))]
    text = "\n".join(indent + line if n in inside else line for n, line in enumerate(lines)) + "\n"
    found = pieces(text, "static int before(struct mm_struct *mm,", partial=False)
    assert [(f.name, f.whole, shape(f)) for f in found] == [
        ("before", False, "if[set return]"),
        ("g", True, "if[h] return"),
        ("i", False, "for[j]"),
    ]


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ("static unsigned long change_pte_range(struct vm_area_struct *vma, pmd_t *pmd,", "change_pte_range"),
        ("SYSCALL_DEFINE3(mprotect, unsigned long, start,", "mprotect"),
        ("static __printf(1, 2) void f(", "f"),
        ("struct vm_fault {", ""),
        ("static const struct x y(z) = {", "y"),
        ("", ""),
    ],
)
def test_name_comes_from_the_context(context: str, name: str) -> None:
    assert piece("g();\n", context).name == name


REPLY = """bool is_special(entry))) {
swp_entry_t here = pte_to_swp_entry(entry);

 if (!is_readable_migration_entry(here) && cow) {
/*
* both sides have to
"""


def test_reply_without_white_space() -> None:
    function = piece(REPLY, "int copy_range(struct mm_struct *dst, struct mm_struct *src,")
    assert shape(function) == "if[decl if]"
    assert conditions(function) == [U, "(!is_readable_migration_entry(here) && cow)"]


def test_garbage_is_dropped_from_the_end_it_is_at() -> None:
    assert shape(piece("this is @ not code $\ng();\nif (a)\nh();\ni();\n")) == "g if[h] i"
    assert shape(piece("g();\nif (a)\nh();\ni();\nthis is @ not code $;\n")) == "g if[h] i"
