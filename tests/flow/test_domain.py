"""Laws of the abstract domain: joining of states, entry states as masks, the truth table of software bits."""

from collections.abc import Sequence
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonlint.domain.kinds import (
    ALL,
    ANON,
    ENTRY_STATES,
    EXCLUSIVE,
    FILE,
    NONE,
    NONPRESENT,
    PRESENT,
    VAGUE,
    existing,
    kinds_of,
    mask,
)
from anonlint.domain.notes import Debt, Paid, Pending, Stepped, Taken, Use, Uses
from anonlint.domain.pool import Pool
from anonlint.domain.softbits import (
    ANEW,
    AS_IT_WAS,
    BITS,
    anew,
    bare,
    bits_of,
    change,
    clear_in_old,
    set_in_old,
    stale,
    strip,
    with_bits,
)
from anonlint.domain.state import Answer, Proof, State
from anonlint.domain.values import Bit, Cell, KeptEntry, MadeEntry, PageOf, PresentEntry, Value, Var
from anonlint.kernel.era import Dating
from anonlint.model.source import Span

# -- joining

A, B = Var("a"), Var("b")
ATOMS_USED = (1, 2, 4, 8)  # the last stands for all that no mask below names
PROOFS: tuple[Proof, ...] = (Proof("anon", None), Proof("excl", PageOf(Cell(Var("ptep")))))
ASSIGNMENTS = tuple(product(ATOMS_USED, repeat=2))
Point = tuple[object, int, int, frozenset[Proof]]

masks = st.dictionaries(st.sampled_from((A, B)), st.integers(1, 7), max_size=2)
states = st.builds(
    lambda masks, proofs, marks: State({}, masks, {}, frozenset(proofs), frozenset(marks)),
    masks,
    st.sets(st.sampled_from(PROOFS)),
    st.sets(st.sampled_from(("shared",))),
)
groups = st.lists(states, max_size=6)


def points(found: Sequence[State]) -> frozenset[Point]:
    """Return the concrete situations that states stand for: an entry state each, and all that is in truth proven."""
    every = [frozenset(p for p, has in zip(PROOFS, bits, strict=True) if has) for bits in product((0, 1), repeat=2)]
    return frozenset(
        (s.marks, a, b, truth)
        for s in found
        for a, b in ASSIGNMENTS
        for truth in every
        if s.masks.get(A, ALL) & a and s.masks.get(B, ALL) & b and s.proofs <= truth
    )


def joined(found: Sequence[State]) -> list[State]:
    pool = Pool()
    for state in found:
        pool.add(state)
    return pool.take()


@given(groups)
def test_joining_loses_nothing_and_makes_nothing_up(found: list[State]) -> None:
    """A proof survives only where both have it: what is proven of one of two is not proven of what stands for both."""
    assert points(joined(found)) == points(found)


@given(groups, st.randoms(use_true_random=False))
def test_joining_is_commutative(found: list[State], dice: Random) -> None:
    other = list(found)
    dice.shuffle(other)
    assert points(joined(other)) == points(joined(found))


@given(groups, groups, groups)
def test_joining_is_associative(a: list[State], b: list[State], c: list[State]) -> None:
    left = joined([*joined([*a, *b]), *c])
    right = joined([*a, *joined([*b, *c])])
    assert points(left) == points(right)


@given(groups)
def test_joining_is_idempotent(found: list[State]) -> None:
    once = joined(found)
    assert points(joined([*once, *once])) == points(once)
    assert len(joined([*once, *once])) == len(once)


@given(groups, groups)
def test_joining_is_monotone(found: list[State], more: list[State]) -> None:
    assert points(joined(found)) <= points(joined([*found, *more]))


@given(groups, groups)
def test_what_was_taken_out_is_not_done_again(found: list[State], more: list[State]) -> None:
    pool = Pool()
    for state in found:
        pool.add(state)
    first = pool.take()
    assert not any(pool.add(state) for state in first)
    assert pool.take() == []
    for state in more:
        pool.add(state)
    assert points([*first, *pool.take()]) == points([*found, *more])


@given(groups)
def test_a_block_that_is_run_once_has_the_same_states(found: list[State]) -> None:
    pool = Pool(again=False)
    for state in found:
        pool.add(state)
    taken, known = pool.take(), joined(found)
    assert [(s.key(), s.masks, s.proofs) for s in taken] == [(s.key(), s.masks, s.proofs) for s in known]
    assert pool.take() == []


def test_the_one_that_proves_less_stands_for_both() -> None:
    more = State({}, {A: 1}, {}, frozenset(PROOFS))
    fewer = State({}, {A: 1}, {}, frozenset((Proof("anon", None),)))
    pool = Pool()
    assert pool.add(fewer)
    assert not pool.add(more)
    assert [s.proofs for s in pool.take()] == [fewer.proofs]


def test_the_one_that_proves_less_takes_the_place_of_who_came_before() -> None:
    more = State({}, {A: 1}, {}, frozenset(PROOFS))
    fewer = State({}, {A: 3}, {}, frozenset((Proof("anon", None),)))
    assert [(s.proofs, s.masks) for s in joined([more, fewer])] == [(fewer.proofs, {A: 3})]


def test_what_is_held_against_a_function_is_kept() -> None:
    shared = State({}, {A: 1}, {}, frozenset((Proof("vma-shared", None),)))
    assert len(joined([shared, State({}, {A: 1}, {})])) == 2
    asked = State({}, {A: 1}, {B: Answer(True, "b")}, shared.proofs)
    assert len(joined([State({}, {A: 1}, {}), asked])) == 2


def test_the_one_that_has_asked_less_stands_for_both() -> None:
    open_, yes = State({}, {A: 1}, {}), State({}, {A: 1}, {B: Answer(True, "b")})
    assert [s.cons for s in joined([open_, yes])] == [s.cons for s in joined([yes, open_])] == [{}]


def test_a_question_that_came_out_either_way_is_open() -> None:
    yes, no = (State({}, {A: 1}, {A: Answer(True, "a"), B: Answer(said, "b")}) for said in (True, False))
    assert [s.cons for s in joined([yes, no])] == [{A: Answer(True, "a")}]
    other = State({}, {A: 1}, {A: Answer(False, "a"), B: Answer(False, "b")})
    assert len(joined([yes, other])) == 2, "they differ in two"
    assert len(joined([yes, State({}, {A: 2}, no.cons)])) == 2, "and in an entry"


def test_an_answer_that_is_told_is_kept() -> None:
    pool = Pool(lambda cons: {cond: got for cond, got in cons.items() if cond is B})
    for said in (True, False):
        pool.add(State({}, {A: 1}, {A: Answer(said, "a"), B: Answer(said, "b")}))
    assert [s.cons for s in pool.take()] == [{A: Answer(said, "a"), B: Answer(said, "b")} for said in (True, False)]


def test_of_however_many_none_is_done_again() -> None:
    many = [State({}, {A: 1}, {Var(f"v{i}"): Answer(True, "v")}) for i in range(300)]
    pool = Pool()
    assert all(pool.add(state) for state in many)
    assert len(pool.take()) == len(many)
    assert not any(pool.add(state) for state in many)


OWES = Debt("oooooo", A)
USE, OTHER_USE = (Use(Span(at, at + 1), Span(at, at + 1), 1, PRESENT, "pte_pfn") for at in (10, 20))


@pytest.mark.parametrize(
    ("more", "less", "left"),
    [
        ({Taken(A): OWES}, {Taken(A): Debt("ohvooo", A)}, 1),
        ({Taken(A): Debt("hooooo", A)}, {Taken(A): Debt("ohoooo", A)}, 2),
        ({Taken(A): OWES}, {Taken(A): Debt("oooooh", A)}, 2),  # its page was given up: what is owed is lost
        ({Taken(A): OWES}, {Taken(A): Debt("hhhhho", B)}, 2),
        ({Taken(A): OWES}, {}, 2),
        ({}, {Paid("dirty", None): 1}, 1),
        ({}, {Paid("rmap", None): 1}, 2),
        ({Pending(A): Uses((USE, OTHER_USE))}, {Pending(A): Uses((OTHER_USE,))}, 1),
        ({Pending(A): Uses((USE,))}, {}, 1),
        ({Pending(A): Uses((USE,))}, {Pending(A): Uses((OTHER_USE,))}, 2),
        ({Stepped(A): 1}, {Stepped(A): 0}, 1),
        ({Stepped(A): 1}, {}, 2),
    ],
)
def test_the_one_that_owes_more_stands_for_both(more: dict[Value, Value], less: dict[Value, Value], left: int) -> None:
    states = [State(mem, {A: 1}, {}) for mem in (more, less)]
    assert len(joined(states)) == len(joined(states[::-1])) == left
    assert joined(states)[0].mem == more


def test_what_differs_in_one_entry_becomes_one() -> None:
    taken = joined([State({}, {A: 1, B: 1}, {}), State({}, {A: 2, B: 1}, {})])
    assert [s.masks for s in taken] == [{A: 3, B: 1}]
    assert len(joined([State({}, {A: 1, B: 1}, {}), State({}, {A: 2, B: 2}, {})])) == 2


# -- entry states


def test_every_entry_is_none_present_or_neither() -> None:
    assert NONE | PRESENT | NONPRESENT == ALL
    assert not (NONE & PRESENT or NONE & NONPRESENT or PRESENT & NONPRESENT or ANON & FILE or VAGUE & ALL)
    assert not EXCLUSIVE & FILE, "only anonymous pages are exclusive"
    assert len(set(ENTRY_STATES)) == len(ENTRY_STATES)


KINDS = (
    "none",
    "Pw",
    "Pr",
    "W",
    "RX",
    "R",
    "DW",
    "DR",
    "XW",
    "XR",
    "S",
    "H",
    "M",
    "present",
    "migration",
    "nonpresent",
)
kind_lists = st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)


@given(kind_lists, kind_lists)
def test_a_list_of_kinds_is_the_union_of_its_kinds(some: list[str], others: list[str]) -> None:
    assert mask(",".join(some + others)) == mask(",".join(some)) | mask(",".join(others))
    assert mask(",".join(some)) & ~ALL == 0
    assert set(kinds_of(mask(",".join(some)))) <= set(kinds_of(mask(",".join(some + others))))


@pytest.mark.parametrize(
    ("release", "there", "not_there"),
    [
        ((5, 13), "W,R,DW,DR,S,H", "RX,XW,XR,M"),
        ((5, 18), "W,R,DW,XW", "RX,M"),
        ((5, 19), "RX,M,XW", ""),
        ((6, 15), "RX,M,XR", "XW"),
    ],
)
def test_which_entries_there_are(release: tuple[int, int], there: str, not_there: str) -> None:
    found = existing(Dating(release, release))
    assert mask(there) & ~mask("DR,XR,S,Mg") & ~found["pte"] == 0  # guard markers came in 6.13
    assert not not_there or found["pte"] & mask(not_there) & ~mask("DR,XR,S") == 0
    assert found["pmd"] & ~found["pte"] == 0
    assert found["huge"] & ~found["pte"] == 0
    assert bool(found["pmd"] & mask("DW")) == (release >= (6, 19))


def test_a_pmd_is_device_private_from_6_19_on() -> None:
    assert existing(Dating((6, 19), (6, 19)))["pmd"] & mask("DW")
    assert not existing(Dating((6, 18), (6, 18)))["pmd"] & mask("DW")


# -- software bits

ROOT = Cell(Var("ptep"))
OUTCOMES = (None, True, False)
VALUES = (ROOT, KeptEntry(ROOT, "lskct"), MadeEntry("R", ROOT, ANEW), PresentEntry(1, ROOT, AS_IT_WAS, None))
letters = st.text("kscl", min_size=5, max_size=5)


def asked(outcome: bool | None, name: str) -> State:
    state = State({}, {}, {})
    return state if outcome is None else state.assume(Bit(ROOT, name), outcome, "")


@given(st.sampled_from(VALUES), letters)
def test_bits_are_put_and_read_back(value: Value, text: str) -> None:
    changed = with_bits(value, text)
    assert bits_of(changed) == text
    assert bits_of(with_bits(changed, bits_of(value))) == bits_of(value)
    assert bare(with_bits(ROOT, text)) == ROOT


@pytest.mark.parametrize("name", BITS)
@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_what_setting_and_clearing_say(value: Value, name: str) -> None:
    """A bit that is known to be set and is set, or known to be clear and is cleared, is as it was."""
    at = BITS.index(name)
    table = {
        (None, "s"): "s", (True, "s"): "k", (False, "s"): "s",
        (None, "c"): "c", (True, "c"): "c", (False, "c"): "k",
    }  # fmt: skip
    for (outcome, status), letter in table.items():
        after = bits_of(change(asked(outcome, name), value, name, status))
        before = bits_of(value)
        assert after == before[:at] + letter + before[at + 1 :], (outcome, status)


@pytest.mark.parametrize("name", BITS)
def test_what_a_new_entry_and_a_conversion_lose(name: str) -> None:
    """Nothing can lose a bit that is known to be clear."""
    at = BITS.index(name)
    for outcome in OUTCOMES:
        state = asked(outcome, name)
        assert anew(state, ROOT)[at] == ("k" if outcome is False else "l")
        assert anew(state, ROOT, name)[at] == "k"
        assert bits_of(strip(state, ROOT, name))[at] == ("k" if outcome is False else "l")
        others = bits_of(strip(state, ROOT, name))
        assert others[:at] + others[at + 1 :] == "kkkk"


@given(letters, st.sampled_from(BITS))
def test_what_a_late_question_says_of_values_at_hand(text: str, name: str) -> None:
    at = BITS.index(name)
    state = State({Var("new"): MadeEntry("R", ROOT, text), Var("other"): MadeEntry("R", Var("x"), text)}, {}, {})
    for ask, gone in ((clear_in_old, "ltc"), (set_in_old, "s")):
        after = ask(state, ROOT, name)
        letter = "k" if text[at] in gone else text[at]
        assert bits_of(after.mem[Var("new")]) == text[:at] + letter + text[at + 1 :]
        assert after.mem[Var("other")] == state.mem[Var("other")]


def test_what_was_read_before_a_slot_is_cleared_is_stale() -> None:
    key, other = Var("pte"), Cell(Var("dst"))
    state = State({key: ROOT, other: ROOT, Var("x"): Var("y")}, {}, {})
    after = stale(state, ROOT)
    assert bits_of(after.mem[key]) == "kkttk"
    assert after.mem[other] == ROOT
    assert after.mem[Var("x")] == Var("y")
    once = stale(after, ROOT)
    assert once.mem == after.mem
