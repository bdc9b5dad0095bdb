"""An #if group of whole statements is a branch of one execution: what is found is what each configuration has."""

import re

import pytest

from anonlint.model.snapshot import Image
from anonlint.model.source import Source
from anonlint.syntax.index import FileIndex
from tests.harness import codes, lint

NARROW = """
static void narrow(struct vm_area_struct *vma, unsigned long addr, unsigned long end, pte_t *ptep)
{
	pte_t pte = *ptep, new;
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return;
	entry = pte_to_swp_entry(pte);
	if (!is_readable_migration_entry(entry))
		return;
	entry = make_readable_migration_entry(swp_offset(entry));
	new = swp_entry_to_pte(entry);
%s
	set_pte_at(vma->vm_mm, addr, ptep, new);
}
"""
LOOP = """
static void narrow_all(struct vm_area_struct *vma, unsigned long addr, unsigned long end, pte_t *ptep)
{
	pte_t pte, new;

	for (; addr != end; addr += PAGE_SIZE, ptep++) {
		pte = *ptep;
		if (pte_none(pte) || pte_present(pte) || !is_readable_migration_entry(pte_to_swp_entry(pte)))
			continue;
		new = swp_entry_to_pte(make_readable_migration_entry(swp_offset(pte_to_swp_entry(pte))));
%s
		set_pte_at(vma->vm_mm, addr, ptep, new);
	}
}
"""
SOFT = "	if (pte_swp_soft_dirty(pte))\n		new = pte_swp_mksoft_dirty(new);\n"
UFFD = "	if (pte_swp_uffd_wp(pte))\n		new = pte_swp_mkuffd_wp(new);\n"
WAS = UFFD.replace("(pte)", "(was)")
GROUPS = {
    "on": f"#ifdef OPTION\n{SOFT}{UFFD}#endif\n",
    "off": f"#ifndef OPTION\n{SOFT}#endif\n{UFFD}",
    "else": f"#ifdef OPTION\n{SOFT}#else\n{UFFD}#endif\n",
    "elif": f"#if defined(OPTION)\n{SOFT}{UFFD}#elif defined(CONFIG_B)\n{UFFD}#else\n{SOFT}#endif\n",
    "nested": f"#ifdef OPTION\n{SOFT}#ifdef CONFIG_B\n{UFFD}#else\n	note(vma);\n#endif\n#endif\n",
    "both": f"#if defined(OPTION) && !defined(CONFIG_B)\n{SOFT}#endif\n{UFFD}",
    "either": f"{SOFT}#if defined(CONFIG_B) || defined(OPTION)\n{UFFD}#endif\n",
    "nothing else": f"#ifdef OPTION\n#endif\n{SOFT}{UFFD}",
    "return": f"#ifdef OPTION\n	if (odd(vma))\n		return;\n#endif\n{SOFT}",
    "always returns": f"#ifdef OPTION\n	return;\n#endif\n{SOFT}",
    "goto": f"#ifdef OPTION\n	if (odd(vma))\n		goto out;\n#endif\n{SOFT}out:\n",
    "in a condition": f"	if (odd(vma)) {{\n#ifdef OPTION\n{SOFT}#endif\n{UFFD}	}}\n",
    "in a case": f"	switch (addr) {{\n	case 1:\n#ifdef OPTION\n{SOFT}#endif\n		break;\n	case 2:\n{UFFD}	}}\n",
    "twice": f"#ifdef OPTION\n{SOFT}#endif\n	note(vma);\n#ifdef OPTION\n{UFFD}#endif\n",
    "or and or not": f"#ifdef OPTION\n{SOFT}#endif\n	note(vma);\n#ifndef OPTION\n{UFFD}#endif\n",
}
OPTIONS = ("CONFIG_A", "CONFIG_MEM_SOFT_DIRTY", "CONFIG_HAVE_ARCH_USERFAULTFD_WP", "CONFIG_MIGRATION")
DECLARED = {
    "one": f"#ifdef CONFIG_A\n	pte_t was = pte;\n#endif\n{SOFT}#ifdef CONFIG_A\n{WAS}#endif\n",
    "both": f"#ifdef CONFIG_A\n	pte_t was = pte;\n#else\n	pte_t was = new;\n#endif\n{SOFT}{WAS}",
}
PLAIN = (
    (r"#ifdef (\w+)", r"	if (IS_ENABLED(\1)) {"),
    (r"#ifndef (\w+)", r"	if (!IS_ENABLED(\1)) {"),
    (r"#if (.*)", r"	if (\1) {"),
    (r"#elif (.*)", r"	} else if (\1) {"),
    (r"#else", r"	} else {"),
    (r"#endif", r"	}"),
    (r"\bdefined\(", r"IS_ENABLED("),
)


def plain(text: str) -> str:
    """Return a text with its #if groups written as conditions."""
    for old, new in PLAIN:
        text = re.sub(old, new, text)
    return text


def found(text: str) -> list[tuple[str, int, str]]:
    return [(f.code, f.line, f.message) for f in lint(text)]


def configurations(text: str) -> int:
    index = FileIndex(Image(Source("mm/x.c", text.encode())))
    return len(index.parse(index.extents[0]).variants)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("around", [NARROW, LOOP])
@pytest.mark.parametrize("name", GROUPS)
def test_one_execution_finds_what_all_configurations_do(
    around: str, name: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = around % GROUPS[name].replace("OPTION", option)
    together, conditions = found(text), found(plain(text))
    assert configurations(text) == 1
    monkeypatch.setattr("anonlint.syntax.parse.groups", lambda *_: [])
    assert configurations(text) > 1
    assert together == found(text)
    assert together == conditions


@pytest.mark.parametrize("around", [NARROW, LOOP])
@pytest.mark.parametrize("name", DECLARED)
def test_what_a_group_declares_stays(around: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = around % DECLARED[name]
    together = found(text)
    assert together and configurations(text) == 1
    monkeypatch.setattr("anonlint.syntax.parse.groups", lambda *_: [])
    assert together == found(text)


AGREE = {
    "in a row": "%s%s",
    "before a loop": "%s	do {\n		note(vma);\n%s	} while (odd(vma));\n",
    "around a loop": "%s	while (odd(vma))\n		note(vma);\n%s",
    "in a loop": "	do {\n%s		note(vma);\n%s	} while (odd(vma));\n",
}


@pytest.mark.parametrize("second", ["#ifdef CONFIG_A", "#if defined(CONFIG_A) && 1", "	if (IS_ENABLED(CONFIG_A)) {"])
@pytest.mark.parametrize("name", AGREE)
def test_groups_of_one_option_agree(name: str, second: str) -> None:
    last = "	}\n" if second.startswith("\t") else "#endif\n"
    first = "#ifdef CONFIG_A\n	new = pte;\n#endif\n"
    text = NARROW % (AGREE[name] % (first, f"{second}\n	return;\n{last}"))
    assert codes(text, rules="AL401") == [("AL401", "narrow")]
    lost = first.replace("new = pte;", f"new = swp_entry_to_pte(entry);\n#else\n{SOFT}{UFFD}")
    assert ("AL401", "narrow") not in codes(NARROW % (AGREE[name] % (lost, f"{second}\n	return;\n{last}")))


def test_a_helper_has_all_its_configurations() -> None:
    helper = f"static pte_t keep(pte_t pte, pte_t new)\n{{\n#ifdef CONFIG_A\n{SOFT}#endif\n	return new;\n}}\n"
    text = helper + NARROW % (UFFD + "	new = keep(pte, new);")
    assert ("AL401", "narrow") in codes(text)
    assert ("AL401", "narrow") not in codes(text.replace("CONFIG_A", "CONFIG_MEM_SOFT_DIRTY"))


READ = """
static void look(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte = ptep_get(ptep);

%s
	if (!pte_none(pte))
		note_page(pte_page(pte));
	pte_unmap_unlock(ptep, ptl);
}
"""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("#ifdef CONFIG_A\n	if (!pte_present(pte))\n		return;\n#endif", True),
        ("#ifndef CONFIG_A\n	if (!pte_present(pte))\n		return;\n#endif", False),
        ("#ifdef CONFIG_A\n	if (slow())\n		note_slow(&pte);\n#endif", False),
    ],
)
def test_only_what_is_so_without_an_option_alone_is_told_so(lines: str, told: bool) -> None:
    (one,) = lint(READ % lines, rules="AL211")
    assert [step.line for step in one.because if step.message == "without CONFIG_A"] == ([8] if told else [])
