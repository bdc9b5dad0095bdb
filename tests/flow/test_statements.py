"""Every statement and operator of C leads where C says: on the way to a use, presence is proven or it is not."""

import re

import pytest

from tests.harness import codes

CODE = """
static void look(struct vm_area_struct *vma, pmd_t *pmd, pmd_t *next, unsigned long addr,
		 struct state *state, int mode)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t *beside = pte_offset_map(next, addr);
	pte_t pte = ptep_get(ptep), other = ptep_get(beside);
	bool yes, told[2];
	int i, n = 0;

	%s
	pte_unmap_unlock(ptep, ptl);
}
"""
USE = "note_page(vma, pte_page(pte));"
# P is the question, Q its opposite; USE the use.
PROVEN = {
    "if": "if (P) USE",
    "if, else": "if (Q) n++; else USE",
    "else if": "if (mode) n++; else if (P) USE",
    "block": "if (P) { n++; USE }",
    "while": "while (P) { USE break; }",
    "while, at its end": "while (Q) { n++; if (n > mode) goto out; pte = ptep_get(ptep); } USE out:;",
    "endless while": "while (1) { if (Q) break; USE }",
    "for": "for (i = 0; P && i < 2; i++) USE",
    "for, without a condition": "for (;;) { if (Q) break; USE break; }",
    "for, declared": "for (pte_t e = pte; pte_present(e); n++) { note_page(vma, pte_page(e)); break; }",
    "do": "do { if (Q) break; USE } while (mode);",
    "do, continued": "do { if (Q) continue; USE } while (0);",
    "do, at its end": "do { n++; pte = ptep_get(ptep); } while (Q); USE",
    "goto over": "if (Q) goto out; USE out:;",
    "goto back": "again: if (Q) { pte = ptep_get(ptep); goto again; } USE",
    "goto into": "if (P) goto use; goto out; use: USE out:;",
    "return": "if (Q) return; USE",
    "return in a block": "if (Q) { n++; { return; } } USE",
    "switch": "switch (P) { case 0: break; default: USE }",
    "switch, by value": "switch (P) { case true: USE break; case false: break; }",
    "switch, falling": "switch (P) { case 0: break; case 1: n++; default: USE }",
    "switch, left": "switch (mode) { case 1: if (Q) return; break; default: return; } USE",
    "switch without default": "switch (P) { case 0: return; } USE",
    "and": "if (P && mode) USE",
    "and, behind": "if (mode && P) USE",
    "or": "if (Q || mode) return; USE",
    "not": "if (!(Q)) USE",
    "not twice": "if (!!(P)) USE",
    "ternary": "if (mode ? P : P) USE",
    "ternary, one way": "if (mode ? P : 0) USE",
    "ternary, used": "n = P ? page_to_nid(pte_page(pte)) : 0;",
    "GNU's ternary": "if (P ?: 0) USE",
    "and, used": "n = P && PageDirty(pte_page(pte));",
    "or, used": "n = Q || PageDirty(pte_page(pte));",
    "comma": "if (n++, P) USE",
    "cast": "if ((bool)(P)) USE",
    "equals": "if ((P) == 1) USE",
    "equals, mirrored": "if (true == (P)) USE",
    "differs": "if ((P) != 0) USE",
    "not equal to false": "if (!((P) == false)) USE",
    "hexadecimal": "if ((P) != 0x0) USE",
    "likely": "if (likely(P)) USE",
    "unlikely": "if (unlikely(Q)) return; USE",
    "a local": "yes = P; if (yes) USE",
    "a local, declared": "bool here = P; if (here) USE",
    "a local, if": "if (P) yes = true; else yes = false; if (yes) USE",
    "a number": "n = P ? 3 : 0; if (n) USE",
    "a member": "state->yes = P; if (state->yes) USE",
    "a structure": "struct state s; s.yes = P; if (s.yes) USE",
    "a pointer": "bool *to = &yes; *to = P; if (yes) USE",
    "an assignment": "if ((yes = P)) USE",
    "an assignment and a test": "if ((yes = P) && mode) USE",
    "copied": "pte_t e = pte; if (P) note_page(vma, pte_page(e));",
    "shadowed": "if (P) { bool yes = mode; if (yes) USE }",
    "parenthesised call": "if ((pte_present)(pte)) USE",
    "an assertion": "VM_BUG_ON(Q); USE",
    "a warning that is asked": "if (WARN_ON_ONCE(Q)) return; USE",
    "no return": 'if (Q) panic("none"); USE',
    "label before a block": "if (Q) goto out; { USE } out: n++;",
}
NOT_PROVEN = {
    "nothing": "USE",
    "if, behind": "if (P) n++; USE",
    "else": "if (P) n++; else USE",
    "or": "if (P || mode) USE",
    "and, denied": "if (!(P && mode)) USE",
    "while, behind": "while (P) { n++; break; } USE",
    "do, its first turn": "do USE while (P);",
    "for, at its end": "for (i = 0; i < 4; i++) if (P) break; USE",
    "goto": "if (P) goto use; n++; use: USE",
    "switch": "switch (mode) { case 1: if (Q) return; break; default: n++; } USE",
    "switch, falling": "switch (P) { case 1: break; case 0: n++; default: USE }",
    "ternary": "if (mode ? P : 1) USE",
    "of another": "if (pte_present(other)) USE",
    "read again": "if (P) { pte = ptep_get(beside); USE }",
    "a local, changed": "yes = P; yes = mode; if (yes) USE",
    "a local, of another": "yes = pte_present(other); if (yes) USE",
    "a member, of another structure": "state->yes = P; if (state->next->yes) USE",
    "shadowed": "yes = P; if (mode) { bool yes = true; if (yes) USE }",
    "copied, the other way": "pte_t e = other; if (P) note_page(vma, pte_page(e)); if (pte_present(e)) n++;",
    "or, used": "n = P || PageDirty(pte_page(pte));",
    "comma": "if (P, mode) USE",
    "equals": "if ((P) == mode) USE",
    "differs": "if ((P) != 1) USE",
    "a warning": "if (WARN_ON_ONCE(Q)) n++; USE",
}


def found(body: str) -> list[tuple[str, str]]:
    body = re.sub(r"\bP\b", "pte_present(pte)", re.sub(r"\bQ\b", "!pte_present(pte)", body))
    return codes(CODE % body.replace("USE", USE), rules="AL211")


@pytest.mark.parametrize("how", PROVEN)
def test_proven(how: str) -> None:
    assert found(PROVEN[how]) == []


@pytest.mark.parametrize("how", NOT_PROVEN)
def test_not_proven(how: str) -> None:
    assert found(NOT_PROVEN[how]) == [("AL211", "look")]
