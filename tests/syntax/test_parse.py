"""The parser traps of the kernel, in code of our own, and the places in the trees."""

import pytest

from anonlint.syntax.mask import loop_macro

from .shape import conditions, hunk, index, only, shape

TRAPS = {
    "comma in a loop tail": ("do { g(); } while (pte++, a += 1, a != end);", "do[g]"),
    "comma loop with continue": ("do { if (x) continue; g(); } while (p++, --n);", "do[if[continue] g]"),
    "label in an if": ("if (a) goto reuse;\nif (b) {\nreuse:\n\tg();\n}", "if[goto] if[label[g]]"),
    "label before an if chain": ("again:\nif (a) g();\nelse if (b) goto again;", "label[if[g else[if[goto]]]]"),
    "label at the end": ("if (a)\n\tgoto out;\n\nout:\n", "if[goto] label"),
    "label with a blank": ("g();\n unlock:\n\th();", "g label[h]"),
    "empty statements": ("if (a) { ; } else { /* pass */; }", "if[else]"),
    "return of a void call": ("return g(a);", "return"),
    "comment before else": ("if (a) {\n\tg();\n} /* no */ else if (b) {\n\th();\n}", "if[g else[if[h]]]"),
    "shadowing": ("swp_entry_t entry; if (a) { pte_t entry = *p; g(entry); }", "decl if[decl g]"),
    "variable named as a function": ("swp_entry_t swp_entry = pte_to_swp_entry(p);", "decl"),
    "one call on two lines": ("entry = make_readable_migration_entry(\n\t\tswp_offset(entry));", "assignment"),
    "iteration without braces": ("for_each_node(n)\n\tif (n)\n\t\tg(n);", "while[if[g]]"),
    "iteration after else": ("if (a) b(); else list_for_each(p, h) g(p);", "if[b else[while[g]]]"),
    "do and an iteration": ("do {\n\tg();\n} for_each_vma(vmi, vma);", "do[g]"),
    "a type to be inferred": ("auto entry = pte_val(pte);\ng(&entry);", "decl g"),
    "guards": ("guard(mutex)(&l);\nscoped_guard(rcu)\n\tg();", "guard(mutex) g"),
    "declaring macro": ("DEFINE_WALK(pvmw, folio, vma, addr, 0);", "DEFINE_WALK"),
    "static declaring macro": ("static DEFINE_RATELIMIT(rs, 5 * HZ, 10);\ng();", "DEFINE_RATELIMIT g"),
    "initialised macro": ("DECLARE_MAP(m, 3) = { 0 };\nDECLARE_MAP(n, 3) = { 0 };", "DECLARE_MAP DECLARE_MAP"),
    "type as argument": (
        "p = list_entry(a, struct page, lru); n = min_t(unsigned long, a, b);",
        "assignment assignment",
    ),
    "only a type as argument": ("kfree(container_of(p, struct page, lru));", "kfree"),
    "a size as argument": ("add(ROUND(n * sizeof(struct page), SIZE));", "add"),
    "statements as arguments": ("CHECK(a, g(b); h(c););", "CHECK"),
    "case range": ("switch (a) { case 1 ... 3: g(); break; default: h(); }", "switch[case[g break] case[h]]"),
    "statement expression": ("a = ({ int b = g(); b; });", "assignment[decl identifier]"),
    "assembly": ('asm volatile(ALT("a", "b", X)\n\t: "=r" (a) : "r" (b)); g();', "identifier g"),
    "macro inside": ("#define X(y) do {\t\\\n\tz(y);\t\\\n} while (0)\n\tX(a);\n#undef X", "X"),
    "macro statement": ("FIELDS()\n\treturn 0;", "FIELDS return"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    body, expected = TRAPS[name]
    function = only(f"static int f(int a)\n{{\n{body}\n}}\n")
    assert shape(function) == expected


HEADS = [
    "static always_fast\nbool f(int a)",
    "pte_t * __meminit f(int a)",
    "static vm_fault_t f(int a)\n\t__releases(a->ptl) __releases(b)",
    "SYSCALL_DEFINE1(f, int, a)",
    "static DEFINE_HANDLER(f)",
    "int\nf(int a)",
]


@pytest.mark.parametrize("head", HEADS)
def test_heads(head: str) -> None:
    function = only(f"{head}\n{{\n\tif (a)\n\t\tg();\n}}\n")
    assert function.name == "f"
    assert shape(function) == "if[g]"
    declarator = function.variants[0].node.child_by_field_name("declarator")
    while declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    assert declarator.child_by_field_name("declarator").text == b"f"


def test_places_are_those_of_the_source() -> None:
    text = "int x;\n/* \u00e9 */\nint f(void)\n{\n\tlist_for_each(p, h) {\n\t\tg(p);\n\t}\n\twhile (a) ;\n}\n"
    function = only(text)
    data = function.source.data
    (variant,) = function.variants
    first, second = variant.node.child_by_field_name("body").named_children
    assert loop_macro(data, first.start_byte + variant.base) == "list_for_each"
    assert loop_macro(data, second.start_byte + variant.base) == ""
    condition = first.child_by_field_name("condition")
    assert data[condition.start_byte + variant.base : condition.end_byte + variant.base] == b"(p, h)"


SPLIT = """int f(void)
{
#ifdef CONFIG_A
	if (a) {
		g();
	} else
#endif
	{
		h();
	}
#ifndef CONFIG_A
	i();
#endif
}
"""


def test_split_statement_has_one_tree_for_each_configuration() -> None:
    function = only(SPLIT)
    assert [v.conditions for v in function.variants] == [(("CONFIG_A", True),), (("CONFIG_A", False),)]
    assert shape(function, 0) == "if[g else[h]]"
    assert shape(function, 1) == "h i"


WHOLE = {
    "a statement": "	f();\n#ifdef A\n	g();\n#endif\n	h();",
    "some, and others": "#ifdef A\n	g();\n	if (a) {\n		h();\n	}\n#else\n	h();\n#endif",
    "three alternatives": "#if defined(A)\n	g();\n#elif !defined(B)\n	h();\n#else\n#endif",
    "a condition of some": "#if (defined(A) || B > 3) && !defined(C)\n	g();\n#endif",
    "nested": "#ifdef A\n	g();\n#ifdef B\n	h();\n#endif\n#endif",
    "in a block": "	if (a) {\n#ifdef A\n		g();\n#endif\n	}",
    "a loop": "#ifdef A\n	list_for_each(p, h)\n		g(p);\n#endif",
    "in a case": "	switch (a) {\n	case 1:\n#ifdef A\n		g();\n#endif\n	case 2:\n		h();\n	}",
    "a case and its switch": "#ifdef A\n	switch (a) {\n	case 1:\n		g();\n	default:\n		h();\n	}\n#endif",
    "a choice": "#ifdef A\n	b = a ? g() : h();\n#endif",
    "a declaration": "	int b;\n#ifdef A\n	int c = 1;\n#endif\n	g();",
    "declared alike": "#ifdef A\n	int c = 1;\n#else\n	int c = 2;\n#endif\n	g(c);",
    "nothing": "#ifdef A\n	/* nothing */\n#endif",
    "a definition": "#ifdef A\n#define G 1\n#endif",
}
APART = {
    "a dangling else": "#ifdef A\n	if (a)\n		g();\n	else\n#endif\n		h();",
    "an else": "	if (a)\n		g();\n#ifdef A\n	else\n		h();\n#endif",
    "before an else": "#ifdef A\n	if (a)\n		g();\n#else\n	if (b)\n		h();\n#endif\n	else\n		f();",
    "the body of a condition": "	if (a)\n#ifdef A\n		g();\n#else\n		h();\n#endif",
    "the head of a block": "#ifdef A\n	if (a) {\n#else\n	if (b) {\n#endif\n		h();\n	}",
    "part of an expression": "	g(a\n#ifdef A\n		+ 1\n#endif\n		);",
    "a label": "	goto out;\n#ifdef A\nout:\n	g();\n#else\nout:\n	h();\n#endif",
    "behind a label": "out:\n#ifdef A\n	g();\n#endif\n	h();",
    "a case": "	switch (a) {\n	case 1:\n		g();\n#ifdef A\n	case 2:\n		h();\n#endif\n	}",
    "a case behind a statement": "	switch (a) {\n	case 1:\n#ifdef A\n		g();\n	case 2:\n		h();\n#endif\n	}",
    "a member": "	struct {\n		int a;\n#ifdef A\n		int b;\n#endif\n	} s;",
    "declared otherwise": "#ifdef A\n	int c = 1;\n#else\n	long c = 2;\n#endif\n	g(c);",
    "declared as a pointer": "#ifdef A\n	int c;\n#else\n	int *c;\n#endif\n	g(c);",
    "no C in one of them": "#ifdef A\n	g(a b);\n	@ $;\n#else\n	h();\n#endif",
    "with one that is apart": "#ifdef A\n	if (a)\n		g();\n	else\n#endif\n	h();\n#ifdef A\n	f();\n#endif",
    "too many": "\n".join(f"#ifdef A{i}\n	g();\n#endif" for i in range(5)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_groups_of_whole_statements_are_in_one_tree(name: str) -> None:
    (variant,) = only(f"static int f(int a)\n{{\n{WHOLE[name]}\n}}\n").variants
    assert len(variant.groups) == WHOLE[name].count("#endif") and variant.conditions == ()


@pytest.mark.parametrize("name", APART)
def test_other_groups_make_a_tree_for_each_configuration(name: str) -> None:
    found = index(f"static int f(int a)\n{{\n{APART[name]}\n}}\n")
    function = found.parse(found.extents[0])
    assert function.damage or len(function.variants) > 1
    assert not any(variant.groups for variant in function.variants)


def test_a_group_apart_leaves_the_others_together() -> None:
    function = only(SPLIT.replace("#ifndef CONFIG_A", "#ifdef CONFIG_B"))
    assert [(v.conditions, len(v.groups)) for v in function.variants] == [
        ((("CONFIG_A", True),), 1),
        ((("CONFIG_A", False),), 1),
    ]


def test_a_hunk_has_a_tree_for_each_configuration() -> None:
    shown = hunk("int f(void)\n{\n#ifdef A\n	g();\n#endif\n	h();\n}\n")
    assert [len(v.groups) for v in shown.parse(shown.extents[0]).variants] == [0, 0]


def test_alternative_heads() -> None:
    function = only("#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n\tg();\n}\n")
    assert [shape(function, i) for i in range(len(function.variants))] == ["g", "g"]


def test_what_cannot_be_parsed_says_where() -> None:
    found = index("int f(void)\n{\n\tg();\n\ta b c @ 3;\n}\n")
    function = found.parse(found.extents[0])
    assert function.variants == ()
    assert function.damage == "syntax not understood at line 4"


def test_index_parses_once_and_finds_by_word() -> None:
    found = index("int f(void)\n{\n\tgo();\n}\nint g(void)\n{\n\tf();\n}\nint f(int a)\n{\n}\n")
    assert [e.name for e in found.mentioning(frozenset((b"go",)))] == ["f"]
    first = found.function("f")
    assert first is not None and first.span.start == 0
    assert found.function("f") is first
    assert found.function("h") is None and found.function("") is None
    assert conditions(first) == []
