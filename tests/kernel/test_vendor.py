"""A vendor's tree, from zero to no false finding: what docs/vendor-trees.md tells, executed."""

from collections import Counter
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.kernel.propose import propose
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.rule import registry
from anonlint.run.runner import Options, check
from tests.kernel import vendor
from tests.kernel.trees import CLASSIC, RAW, SWAP_H, write

FILES = ("mm/mprotect.c", "mm/mremap.c", "mm/hmm.c", "mm/mincore.c", "mm/rmap.c")
WRAPPERS = """
static inline pte_t acme_mk(struct vm_area_struct *vma, pte_t it) { return pte_mkwrite(it, vma); }
static inline pte_t acme_mk_of(struct thing *t) { return pte_mkwrite(t->pte, t->vma); }
static inline pte_t acme_mk_twice(pte_t it) { pte_mkdirty(it); return pte_mkdirty(it); }
static inline int is_swap_pte"""


def test_wrappers_are_proposed_with_their_arguments_in_place(tmp_path: Path) -> None:
    swapops = RAW + CLASSIC.replace("static inline int is_swap_pte", WRAPPERS.lstrip(), 1)
    tree = write(tmp_path, (6, 12), swap=SWAP_H, swapops=swapops)
    found = {p.row.split()[0]: p for p in propose(str(tree), Vocabulary.load()).rows}
    assert "acme_mk_of" not in found and "acme_mk_twice" not in found
    row = found["acme_mk"].row
    assert "arg=1" in row and "vma=0" in row and "bit-set" in row
    assert found["acme_mk"].sure and "pte_mkwrite()" in found["acme_mk"].why


def test_a_helper_that_is_on_no_entry_is_found_by_its_name(tmp_path: Path) -> None:
    tree = write(tmp_path, (6, 12), swap=SWAP_H, swapops=RAW + CLASSIC)
    rmap = Path(tree) / "include" / "linux" / "rmap.h"
    rmap.write_text(
        "static inline int acme_folio_try_share_anon_rmap_pte(struct folio *folio, struct page *page);\n"
        "static inline int acme_folio_try_share_anon_rmap_pmd(struct folio *folio);\n"  # takes something else
    )
    found = {p.row.split()[0]: p for p in propose(str(tree), Vocabulary.load()).rows}
    assert "rmap-share" in found["acme_folio_try_share_anon_rmap_pte"].row
    assert not found["acme_folio_try_share_anon_rmap_pte"].sure
    assert "acme_folio_try_share_anon_rmap_pmd" not in found


@pytest.mark.kernel
def test_from_zero_to_no_false_finding(
    tmp_path: Path, kernels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = vendor.make(Path(kernels["6.12"]), tmp_path / "tree")

    def findings(root: Path, files: tuple[str, ...], rows: tuple[str, ...] = ()) -> Counter[tuple[str, str, str]]:
        monkeypatch.chdir(root)
        options = Options(Request(files, tree=str(root)), registry.rules(), (6, 12), 1, rows, "anonlint.toml")
        report = check(options, lambda: b"")
        assert not report.errors
        return Counter((f.path.removeprefix(f"{root}/"), f.function, f.code) for f in report.findings)

    wanted = findings(Path(kernels["6.12"]), FILES)
    assert findings(theirs, (*FILES, "mm/acme.c")) != wanted  # without a word of it
    proposals = propose(str(theirs), Vocabulary.load())
    rows = tuple(p.row for p in proposals.rows)
    names = {row.split()[0] for row in rows}
    new = {"acme_ptep_read", "acme_mkwrite", "SWP_ACME_FROZEN", "is_acme_frozen_entry", "make_acme_frozen_entry"}
    assert {*vendor.RENAMED.values(), *new} <= names
    assert findings(theirs, (*FILES, "mm/acme.c"), rows) == wanted
    broken = theirs / "mm" / "acme.c"
    broken.write_text(broken.read_text() + vendor.BUG)
    assert ("mm/acme.c", "acme_narrow_pte", "AL104") in findings(theirs, (*FILES, "mm/acme.c"), rows)
