"""What a path has proven of the page and mapping at hand, and what has been done on it.

Which proofs and marks there are says domain/proofs.py, what the vocabulary's words prove their rows; ?WHAT 0|1 is the
answer that a page or a flag has given.
"""

from anonlint.domain.debts import pay
from anonlint.domain.kinds import ALL, ANON, VAGUE, WRITABLE
from anonlint.domain.notes import Grabbed
from anonlint.domain.operators import lacks_bit, names_in
from anonlint.domain.proofs import Fact
from anonlint.domain.softbits import bare, clear_in_old, set_in_old
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.subjects import OF_MAPPING, alike, base, mapping, may_write
from anonlint.domain.values import (
    Binary,
    Bit,
    Call,
    Count,
    ErrorNumber,
    MappingFact,
    NewPage,
    PageFact,
    PageOf,
    PageTest,
    Part,
    PresentEntry,
    Result,
    Site,
    Value,
    Var,
    VmaAnon,
)
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import Op
from anonlint.words.machine import Machine, Results, answers
from anonlint.words.pages import answered

_PAGE: dict[tuple[str, bool], tuple[Fact, ...]] = {
    ("anon", True): ("anon",),
    ("exclusive", True): ("anon", "excl"),
    ("anon-not-ksm", True): ("anon", "notksm"),
    ("ksm", False): ("notksm",),
    ("large", False): ("small",),
    ("hugetlb", True): ("hugetlb",),
    ("locked", True): ("locked",),
    ("device-private", True): ("device-private",),
}
_MAPPING: dict[tuple[str, bool], tuple[Fact, ...]] = {
    ("uffd-wp-entry", False): ("no-uffd",),
    ("uffd-wp", False): ("no-uffd", "no-uffd-vma"),
    ("uffd-wp", True): ("uffd-wanted",),
    ("uffd-armed", False): ("no-uffd", "no-uffd-vma"),
    ("soft-dirty-entry", False): ("no-soft-dirty",),
    ("soft-dirty", False): ("no-soft-dirty", "no-soft-dirty-vma"),
    ("anonymous", True): ("vma-anon",),
}
_SMALLER = {("==", True), ("<", True), ("<=", True), (">", False), (">=", False)}
FLAGS = frozenset(("bool", "_Bool", "int", "unsigned int", "unsigned"))
_LARGE_DEVICE_FOLIOS = (6, 19)
_PAGES = ("struct page*", "struct folio*")
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def learn(m: Machine, state: State, value: Value, outcome: bool) -> State:
    """Return the state with what an answer proves."""
    match value:
        case Binary():
            return of_operation(m, state, value, outcome)
        case PageTest() | PageFact():
            return of_page(m, state, value, outcome)
        case MappingFact():
            return of_mapping(m, state, value, outcome)
        case Bit():
            return of_bit(state, value, outcome)
        case Result():
            return of_result(m, state, value, outcome)
        case Call():
            return of_call(m, state, value, outcome)
        case VmaAnon():
            return of_vma(m, state, outcome)
        case Var():
            return of_variable(m, state, value, outcome)
    return state


TELLING = frozenset((Binary, PageTest, PageFact, MappingFact, Bit, Result, Call, VmaAnon, Var))


def settled(m: Machine, state: State, value: Value) -> bool | None:
    """Return the answer to a question about the fault or the mapping that the path has had, None if it has not."""
    if not isinstance(value, Binary) or value.operator != "&":
        return None
    names = names_in(value.right)
    word = m.dictionary.op(next(iter(names)), 0) if len(names) == 1 else None
    if word is None:
        return None
    if m.dictionary.linked(word.name):
        return answered_flag(m, state, word.name, value.left)
    if word.says("marks") & state.marks:
        return True
    return False if word.says("not") & state.marks else None


def answered_flag(m: Machine, state: State, flag: str, flags: Value) -> bool | None:
    """Return what was answered about a flag, or about one that implies it or that it implies."""
    for other, outcome in ((name, on) for name in m.dictionary.linked(flag) for on in (True, False)):
        implying, implied = (other, flag) if outcome else (flag, other)
        op = m.dictionary.op(implying, 0)
        follows = flag == other or (op is not None and op.meaning.get("comes-with") == implied)
        if follows and state.holds(f"?{other} {int(outcome)}", flags):
            return outcome
    return None


def of_page(m: Machine, state: State, value: PageTest | PageFact, outcome: bool) -> State:
    what, page = value.what, base(value.page)
    if what == "dirty" and not outcome:
        for root in state.masks:
            state = clear_in_old(state, root, "dirty", owed=False)
    if what == "hugetlb" and outcome:
        for root, entry_states in state.masks.items():
            left = entry_states & (m.dictionary.existing["huge"] | VAGUE)
            state = state.refine(root, left) if left & ALL else state
    if page is not None:
        state = answered(state, what, page, outcome)
    if what in ("dirty", "referenced") and outcome:
        state = pay(state, "dirty" if what == "dirty" else "young", m.page_root(page))  # it has been told
    if what == "zone-device" and outcome and m.dictionary.dating.before(_LARGE_DEVICE_FOLIOS):
        state = state.proven("small", of=page)
    return state.proven(*_PAGE.get((what, outcome), ()), of=page)


def of_mapping(m: Machine, state: State, value: MappingFact, outcome: bool) -> State:
    what, asked = value.what, bare(value.operands[-1]) if value.operands else None
    if what == "uffd-wp" and not outcome:
        for root in state.masks:
            state = clear_in_old(state, root, "uffd-wp")  # nothing there is write-protected
    if what == "uffd-wp-entry" and not outcome and is_root(asked):
        state = clear_in_old(state, asked, "uffd-wp")
    if what == "uffd-wp-entry" and outcome and state.masks.get(asked, 0) & ~WRITABLE:
        state = state.refine(asked, state.masks[asked] & ~WRITABLE)
    return state.proven(*_MAPPING.get((what, outcome), ()), of=m.mapping_of(list(value.operands)))


def of_bit(state: State, value: Bit, outcome: bool) -> State:
    root, name = value.root, value.name
    if name == "uffd-wp" and not outcome:
        state = state.proven("no-uffd").proven("no-uffd-entry", of=PageOf(root))
    elif name == "uffd-wp" and state.masks.get(root, 0) & ~WRITABLE:
        state = state.refine(root, state.masks[root] & ~WRITABLE)  # write-protected, so not writable
    if name == "soft-dirty" and outcome:
        state = state.proven("no-soft-dirty")  # who tracks writes has been told
    return set_in_old(state, root, name) if outcome else clear_in_old(state, root, name)


def of_vma(m: Machine, state: State, outcome: bool) -> State:
    if outcome:
        return state.proven("vma-anon")
    for root, entry_states in state.masks.items():  # what is copied on write is mapped by PTEs
        if m.is_pmd(state, root) and entry_states & ~ANON:
            state = state.refine(root, entry_states & ~ANON)
    return state.proven("vma-file")


def of_variable(m: Machine, state: State, value: Var, outcome: bool) -> State:
    """A flag that was handed in: what it stands for is the caller's to know."""
    handed = outcome and value in m.handed and m.type_of(value.name) in FLAGS
    return state.proven("caller") if handed else state


def of_result(m: Machine, state: State, value: Result, outcome: bool) -> State:
    """``outcome`` is whether the result is not zero."""
    what = value.what
    m.decides(value)
    if what in ("share", "dup"):
        done = "shared" if what == "share" else "dup"
        if not outcome:
            return state
        if "failed" in state.marks:
            return state.unmark(done)  # asked again: what was taken since is not owed
        owed = [held.replace("held", "owed") for held in state.marks if held.startswith("held")]
        return state.unmark(done).mark("failed", f"failed@{value.place.place}", *owed)
    if outcome == (value.failure == "nonzero"):
        return state.without(Grabbed(value.of)) if what == "grab" else state.unmark(what)
    return state.proven("locked", of=value.of) if what == "held-lock" else state


def of_operation(m: Machine, state: State, value: Binary, outcome: bool) -> State:
    operator, left, right = value.operator, value.left, value.right
    if operator == "&":
        return of_flags(m, state, names_in(right), left, outcome)
    if operator == "==" and outcome:
        state = of_equals(m, state, left, right)
    if operator == "==" and not outcome and two_pages(m, left, right):
        return state.proven("new")  # not the page that was looked up: a copy of it
    if isinstance(left, Result) and operator == "<" and right == 0:
        return of_result(m, state, left, outcome)
    for result, other in ((left, right), (right, left)):
        if isinstance(result, Result) and isinstance(other, (int, ErrorNumber)) and operator == "==" and outcome:
            return of_result(m, state, result, outcome=True)  # a certain error
    for count, other in ((left, right), (right, left)):
        if isinstance(count, Count):
            mirrored = operator if count is left else _MIRRORED.get(operator, operator)
            return of_count(state, count, mirrored, other, outcome)
    return state


def of_equals(m: Machine, state: State, left: Value, right: Value) -> State:
    """Two mappings that have equal access flags may be written to, both or none."""
    if not (isinstance(left, Binary) and isinstance(right, Binary) and left.operator == right.operator == "&"):
        return state
    if left.right != right.right or "vm-write" not in access(m, left.right):
        return state
    one, other = mapping(left.left, m.scopes[""]), mapping(right.left, m.scopes[""])
    if one is None or other is None:
        return state
    return alike(state, one, other)


def access(m: Machine, flags: Value) -> set[str]:
    """Return what the flags that a mask of flags of a mapping has in it prove."""
    words = [word for name in names_in(flags) if (word := m.dictionary.op(name, 0)) is not None]
    held = [op for word in words for name in word.says("holds") if (op := m.dictionary.op(name, 0)) is not None]
    return {fact for word in (*words, *held) for fact in word.says("proves")}


def of_flags(m: Machine, state: State, names: set[str], flags: Value, outcome: bool) -> State:
    """Learn what the vocabulary says of named bits: of several that were tested at once what holds for each of them."""
    words = [word for name in names if (word := m.dictionary.op(name, 0)) is not None]
    if not words or (outcome and len(words) < len(names)):
        return state
    vma = mapping(flags, m.scopes[""])
    if len(words) == 1 and m.dictionary.linked(words[0].name):
        state = state.noted(f"?{words[0].name} {int(outcome)}", of=flags)
    if not outcome:
        facts = frozenset().union(*(word.says("clear") for word in words))
        marks = frozenset().union(*(word.says("unmarked") for word in words))
    else:
        facts = frozenset.intersection(*(word.says("proves") for word in words))
        marks = frozenset.intersection(*(word.says("marks") for word in words))
        if all(word.meaning.get("drops") == "uffd-wp" for word in words):
            return pay(state, "uffd-wp", None)  # who hands that in knows what he does
    state = may_write(state, vma) if "vm-write" in facts and vma is not None else state
    for fact in sorted(facts):
        state = state.noted(fact, of=vma if fact in OF_MAPPING else None)
    return state.mark(*marks) if marks else state


def of_count(state: State, count: Count, operator: str, other: Value, outcome: bool) -> State:
    """A count that is at most 1 is that of a sole owner."""
    if (operator, outcome) not in _SMALLER or (isinstance(other, int) and other > 1 + (operator in ("<", ">="))):
        return state
    page = count.page
    if isinstance(other, Count) and other.what != count.what:
        return state.proven("sole", of=page)  # every reference is a mapping
    if count.what == "mapcount":
        return state.proven("sole-mapped", of=page)
    if not isinstance(other, int):
        return state.proven("few", of=page)  # the function itself knows of all that hold one: the swap cache, say
    return state.proven("sole" if count.locked else "sole-unlocked", of=page)


def kept_promise(m: Machine, expr: Expr, state: State, value: Value) -> Results:
    """Return the answers of a function that stands for a proof; where it falls short is said there, once."""
    yes, no = m.split(state, value, "")
    answer = Call(expr.name, (0,) * len(expr.args))
    return answers([of_call(m, s, answer, outcome=True) for s in yes], no)


def of_call(m: Machine, state: State, value: Call, outcome: bool) -> State:
    """Words whose answer stands for a whole proof, where their body is not in sight."""
    operands = value.operands
    op = m.dictionary.op(value.name, len(operands))
    if op is None or op.last >= len(operands):
        return state  # code that is being written calls words with too few of them
    asked = operands[0] if operands else 0
    if op.cls == "predicate" and outcome and isinstance(asked, PresentEntry) and asked.write == 2:
        return state.proven("vm-write", "excl", "no-uffd", "no-soft-dirty")  # vm_page_prot says so
    if op.meaning.get("proves") == "writable" and outcome:
        return state.proven("vm-write", "excl", "no-uffd", "no-soft-dirty")
    if op.cls == "write-test" and outcome:
        root = root_of(operands[op.at("arg")])
        state = state.proven("excl", of=PageOf(root) if root is not None and is_root(root) else None)
        return state.proven("vm-write", "no-uffd", "no-soft-dirty")
    if op.cls == "reuse" and outcome and "proves" in op.meaning:
        return state.proven("excl", "sole", "notksm", "locked")
    if op.cls == "must-unshare" and not outcome and not unasked(op, operands):
        return state.proven("pin-ok", of=base(operands[op.at("page")]))
    if op.cls == "pin-test" and not outcome:
        return state.proven("unpinned", of=base(operands[op.at("page")]))
    if op.cls == "fault" and outcome:
        return state.proven("excl")
    return state


def unasked(op: Op, operands: tuple[Value, ...]) -> bool:
    """Return whether a word is handed flags without the one for which it asks anything."""
    flag = op.meaning.get("for")
    return flag is not None and lacks_bit(operands[op.at("flags")], flag)


def two_pages(m: Machine, left: Value, right: Value) -> bool:
    """Return whether two values are a page and another one (of which nothing may be known any more)."""
    pages = [is_page(m, side) for side in (left, right)]
    return any(pages) and all(
        page or (isinstance(side, Site) and side.place == -1) for page, side in zip(pages, (left, right), strict=True)
    )


def is_page(m: Machine, value: Value) -> bool:
    """Return whether a value is known to be a page or folio."""
    if isinstance(value, Var):
        return m.type_of(value.name) in _PAGES
    return isinstance(value, (PageOf, NewPage, Part))
