import json
import random
from pathlib import Path

import pytest

from anonlint.cli.doctor import as_json, as_text
from anonlint.errors import InputError
from anonlint.kernel.doctor import Diagnosis, diagnose, render
from anonlint.kernel.vocabulary import Vocabulary
from tests.kernel.trees import CLASSIC, LEAF, OLD, RAW, SWAP_H, write

VOCABULARY = Vocabulary.load()
NONPRESENT = "true=W,RX,R,DW,DR,S,H,M"


def _classic(root: Path, old: str = "", new: str = "") -> Diagnosis:
    """Diagnose the tree of 6.12's style after one edit."""
    assert old in CLASSIC
    return diagnose(write(root, (6, 12), swap=SWAP_H, swapops=RAW + CLASSIC.replace(old, new, 1)), VOCABULARY)


def _disagreements(diagnosis: Diagnosis) -> list[tuple[str, str, str]]:
    return [(d.name, d.vocabulary, d.tree) for d in diagnosis.disagree]


def test_a_tree_that_agrees(tmp_path: Path) -> None:
    diagnosis = _classic(tmp_path)
    assert diagnosis.agree == (
        "is_hwpoison_entry", "is_migration_entry", "is_pte_marker", "is_readable_migration_entry", "is_swap_pte",
        "is_writable_migration_entry", "make_hwpoison_entry", "make_readable_migration_entry", "non_swap_entry",
        "pte_to_swp_entry", "swp_entry", "swp_offset", "swp_type",
    )  # fmt: skip
    assert (diagnosis.disagree, diagnosis.new) == ((), ())


def test_every_word_of_the_release_is_in_one_list(tmp_path: Path) -> None:
    d = _classic(tmp_path)
    listed = [*d.agree, *(x.name for x in d.disagree), *d.gone, *(n for n, _ in d.unevaluated), *d.presence]
    undated = {n for n, w in VOCABULARY.at((6, 12)).items() if "undated" in w.meaning}
    assert sorted(n for n in listed if n not in undated) == sorted(VOCABULARY.at((6, 12)).keys() - undated)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "swp_type(e) == SWP_MIGRATION_READ;",
            "swp_type(e) != SWP_MIGRATION_WRITE && is_migration_entry(e);",
            ("is_readable_migration_entry", "true=R", "true=RX,R"),
        ),
        (
            "return swp_entry(SWP_MIGRATION_READ, where);",
            "return swp_entry(SWP_MIGRATION_WRITE, where);",
            ("make_readable_migration_entry", "from=0 kind=R", "from=0 kind=W"),
        ),
        (
            "return swp_entry(SWP_MIGRATION_READ, where);",
            "return swp_entry(SWP_MIGRATION_READ, where + 1);",
            ("make_readable_migration_entry", "from=0 kind=R", "kind=R"),
        ),
        (
            "	if (pte_swp_exclusive(pte))\n		pte = pte_swp_clear_exclusive(pte);\n",
            "",
            ("pte_to_swp_entry", "strips=exclusive,soft-dirty,uffd-wp to=entry", "strips=soft-dirty,uffd-wp to=entry"),
        ),
        (
            ">= MAX_SWAPFILES",
            "> MAX_SWAPFILES",
            ("non_swap_entry", "true=W,RX,R,DW,DR,H,M", "true=W,RX,R,DW,DR,M"),
        ),
        ("return !pte_none(pte) &&", "return", ("is_swap_pte", NONPRESENT, f"true=none,{NONPRESENT[5:]}")),
        (
            "== SWP_PTE_MARKER;",
            "== SWP_PTE_MARKER && swp_offset(pte_to_swp_entry(pte)) & PTE_MARKER_UFFD_WP;",
            ("is_pte_marker", "true=M", "maybe=M true=M"),
        ),
        (
            "is_hwpoison_entry(swp_entry_t e)",
            "is_hwpoison_entry(swp_entry_t e, int strict)",
            ("is_hwpoison_entry", "1 arguments", "2 arguments"),
        ),
    ],
)  # fmt: skip
def test_changed_definitions_disagree(tmp_path: Path, old: str, new: str, found: tuple[str, str, str]) -> None:
    assert found in _disagreements(_classic(tmp_path, old, new))


def test_the_place_of_a_disagreement(tmp_path: Path) -> None:
    diagnosis = _classic(tmp_path, "swp_type(e) == SWP_MIGRATION_READ;", "0;")
    lines = (tmp_path / "include/linux/swapops.h").read_text().split("\n")
    line = next(i for i, text in enumerate(lines, 1) if "bool is_readable_migration_entry" in text)
    assert diagnosis.disagree[0].place == f"include/linux/swapops.h:{line}"


def test_new_and_gone(tmp_path: Path) -> None:
    extra = """
static inline bool is_exclusive_migration_entry(const swp_entry_t e)
{
	return is_migration_entry(e) && !is_readable_migration_entry(e);
}
static inline bool softleaf_is_migration(softleaf_t e) { return is_migration_entry(e); }
static inline swp_entry_t make_poisoned_marker(void) { return swp_entry(SWP_PTE_MARKER, PTE_MARKER_POISONED); }
static inline int pte_is_nothing(pte_t pte) { return 0; }
static inline int is_swap_pte(pte_t pte)"""
    d = _classic(tmp_path, "\nstatic inline int is_swap_pte(pte_t pte)", extra)
    assert [(n.name, n.cls, n.meaning, n.elsewhere) for n in d.new] == [
        ("is_exclusive_migration_entry", "predicate", "true=W,RX", ""),
        ("make_poisoned_marker", "constructor", "kind=M", ""),
        ("softleaf_is_migration", "predicate", "true=W,RX,R", "known in 6.19-"),
    ]
    assert "is_writable_device_private_entry" in d.gone
    assert "is_swap_pte" not in d.gone


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{ return arch_says(e); }", "arch_says() is not defined in the headers read"),
        ("{ asm(\"\" : : \"r\"(e)); return 1; }", "not understood"),
        ("{ while (e.val) e.val >>= 1; return 1; }", "uses While, which is not run"),
        ("{ return is_hwpoison_entry(e); }", "is_hwpoison_entry() calls itself too often"),
        ("{ return e.flags; }", "looks at .flags"),
        ("{ return *(int *)page_to_pfn(e); }", "takes the pfn of what is no page"),
        ("{ return 1 << e.val; }", "shifts by more than a word"),
    ],
)  # fmt: skip
def test_what_is_not_evaluated_says_why(tmp_path: Path, body: str, reason: str) -> None:
    old = CLASSIC[CLASSIC.index("{\n\tint kind") : CLASSIC.index("static inline int non_swap_entry")]
    diagnosis = _classic(tmp_path, old, body + "\n")
    assert dict(diagnosis.unevaluated)["is_hwpoison_entry"].startswith(reason)
    assert "is_hwpoison_entry" not in diagnosis.agree


def test_the_style_of_5_11(tmp_path: Path) -> None:
    swap = SWAP_H.replace("#define SWP_MIGRATION_READ_EXCLUSIVE (MAX_SWAPFILES + 2)\n", "")
    d = diagnose(write(tmp_path, (5, 11), swap=swap, swapops=RAW + OLD), VOCABULARY)
    assert {"make_migration_entry", "make_migration_entry_read", "is_write_migration_entry"} <= set(d.agree)
    swapped = OLD.replace("write ? SWP_MIGRATION_WRITE : SWP_MIGRATION_READ", "write ? SWP_MIGRATION_READ : SWP_MIGRATION_WRITE")  # fmt: skip # noqa: E501
    d = diagnose(write(tmp_path, (5, 11), swap=swap, swapops=RAW + swapped), VOCABULARY)
    assert _disagreements(d) == [
        ("make_migration_entry", "else=R from=0 kind=W select=1", "else=W from=0 kind=R select=1")
    ]


def test_the_style_of_6_19(tmp_path: Path) -> None:
    d = diagnose(write(tmp_path, (6, 19), swap=SWAP_H, swapops=RAW, leafops=LEAF), VOCABULARY)
    assert set(d.agree) >= {
        "softleaf_mk_none", "softleaf_is_none", "softleaf_type", "softleaf_from_pte", "softleaf_is_poison_marker",
        "softleaf_is_migration_write", "SOFTLEAF_NONE", "SOFTLEAF_SWAP", "SOFTLEAF_MIGRATION_READ_EXCLUSIVE",
    }  # fmt: skip
    assert d.disagree == ()
    total = "	if (pte_present(pte) || pte_none(pte))\n		return softleaf_mk_none();\n"
    d = diagnose(write(tmp_path, (6, 19), swap=SWAP_H, swapops=RAW, leafops=LEAF.replace(total, "")), VOCABULARY)
    assert [x.name for x in d.disagree] == ["softleaf_from_pte"]


def test_rendering(tmp_path: Path) -> None:
    lines = render(_classic(tmp_path, "swp_type(e) == SWP_MIGRATION_READ;", "0;"))
    assert lines[0] == f"{tmp_path}: Linux 6.12 (by Makefile)"
    assert lines[1].startswith("disagree is_readable_migration_entry: - at include/linux/swapops.h:")
    assert "not evaluated pte_present: given: the architecture defines it" in lines
    assert lines[-1].startswith("12 agree, 1 disagree, 0 new, ")


@pytest.mark.parametrize("swap", [SWAP_H.replace("((1 << MAX", "((1 << MAXI"), SWAP_H.replace("- 7)", "- ")])
def test_types_that_cannot_be_computed(tmp_path: Path, swap: str) -> None:
    with pytest.raises(InputError, match="the swap types"):
        diagnose(write(tmp_path, (6, 12), swap=swap, swapops=RAW), VOCABULARY)


def test_no_kernel_tree(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kernel tree"):
        diagnose(str(tmp_path), VOCABULARY)


def test_damaged_headers_are_no_crash(tmp_path: Path) -> None:
    """Cut a stretch out of the headers, or put nonsense in: there is a diagnosis or an InputError."""
    chance = random.Random(5)
    text = SWAP_H + RAW + CLASSIC + OLD + LEAF
    for _ in range(30):
        at, length = chance.randrange(len(text)), chance.randrange(1, 40)
        inserted = chance.choice(("", "", "{", "}", "(", "#else\n", "return", "pte", "SWP_MIGRATION_READ", "0x", "*"))
        damaged = text[:at] + inserted + text[at + length :]
        try:
            diagnosis = diagnose(write(tmp_path, (6, 12), swapops=damaged), VOCABULARY)
        except InputError:
            continue
        assert len(diagnosis.agree) + len(diagnosis.unevaluated) > 0


@pytest.mark.parametrize("release", [(4, 14), (4, 17)])
def test_a_tree_older_than_the_vocabulary_is_compared_with_its_oldest_release(
    tmp_path: Path, release: tuple[int, int]
) -> None:
    swap = SWAP_H.replace("#define SWP_MIGRATION_READ_EXCLUSIVE (MAX_SWAPFILES + 2)\n", "")
    d = diagnose(write(tmp_path, release, swap=swap, swapops=RAW + OLD), VOCABULARY)
    assert {"make_migration_entry", "is_write_migration_entry"} <= set(d.agree)
    said = f"Linux {release[0]}.{release[1]} (by Makefile), compared with 4.18, the oldest release"
    assert said in render(d)[0]
    assert f"of {release[0]}.{release[1]}, compared with 4.18" in as_text(d).splitlines()[0]
    assert json.loads(as_json(d))["compared"] == "4.18"


GETTERS = """
static __always_inline pte_t vendor_entry(struct mm_struct *mm, unsigned long at, pte_t *slot)
{
	pte_t e = READ_ONCE(*slot);

	return e;
}
static inline pmd_t vendor_pmd(pmd_t *slot) { return *slot; }
static inline pte_t vendor_take(pte_t *slot)
{
	pte_t e = vendor_entry(0, 0, slot);

	*slot = __pte(0);
	return e;
}
static inline pte_t vendor_old(pte_t *slot) { return pte_mkold(*slot); }
static inline pte_t vendor_nothing(pte_t *slot) { return __pte(0); }
static inline pte_t vendor_two(pte_t *slot, pte_t *other) { return *slot; }
static inline pte_t vendor_cast(pmd_t *slot) { return *(pte_t *)slot; }
"""


def test_getters_of_entries_are_proposed_as_rows(tmp_path: Path) -> None:
    d = _classic(tmp_path, "static inline int is_swap_pte", GETTERS + "static inline int is_swap_pte")
    rows = {n.name: n.row for n in d.new}
    assert rows == {
        "vendor_entry": "vendor_entry  read  6.12-  ptr=2  "
        "pte_t vendor_entry(struct mm_struct *mm, unsigned long at, pte_t *slot)",
        "vendor_pmd": "vendor_pmd  read  6.12-  ptr=0  pmd_t vendor_pmd(pmd_t *slot)",
        "vendor_take": "vendor_take  take  6.12-  ptr=0  pte_t vendor_take(pte_t *slot)",
    }
    assert [line for line in as_text(d).splitlines() if line[2:] in rows.values()] == [f"  {r}" for r in rows.values()]
    known = VOCABULARY.extend(rows.values(), "anonlint.toml").words
    assert {name: known[name][0].cls for name in rows} == {n: rows[n].split()[1] for n in rows}
    assert diagnose(str(tmp_path), VOCABULARY.extend(rows.values(), "anonlint.toml")).new == ()


def test_rows_of_what_is_derived_are_rows_that_load(tmp_path: Path) -> None:
    extra = """
static inline bool is_exclusive_migration_entry(const swp_entry_t e)
{
	return is_migration_entry(e) && !is_readable_migration_entry(e);
}
static inline swp_entry_t make_poisoned_marker(void) { return swp_entry(SWP_PTE_MARKER, PTE_MARKER_POISONED); }
static inline int is_swap_pte(pte_t pte)"""
    d = _classic(tmp_path, "\nstatic inline int is_swap_pte(pte_t pte)", extra)
    rows = [n.row for n in d.new]
    assert len(rows) == 2
    words = VOCABULARY.extend(rows, "anonlint.toml").words
    assert words["is_exclusive_migration_entry"][0].meaning == {"arg": "0", "true": "W,RX"}
    assert words["make_poisoned_marker"][0].meaning == {"kind": "M"}
