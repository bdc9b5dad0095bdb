"""What words do to the software bits of an entry, and to its write bit."""

from anonlint.domain.kinds import ALL, NONPRESENT, PRESENT, VAGUE, WRITABLE, mask
from anonlint.domain.softbits import BITS, bare, bits_of, change, with_bits
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.subjects import may_write
from anonlint.domain.terms import Term
from anonlint.domain.values import Bit, KeptEntry, KindTest, MadeEntry, PresentEntry, Value
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import Op
from anonlint.words.domains import require
from anonlint.words.machine import Machine, Results
from anonlint.words.slots import record_store

_SWAP_EXCLUSIVE = mask("Se")
_SWAP_SHARED = mask("S") & ~_SWAP_EXCLUSIVE


def set_bit(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("inplace") == "1" and op.at("ptr") >= 0:
        key = m.pointee(args[op.at("ptr")])
        state = require(m, op, expr, state, state.mem.get(key, key))
        changed = with_bit(op, state.mem.get(key, key))
        changed = with_bits(changed, written(op, bits_of(changed)))
        state = needed(m, op, args, state)
        record_store(m, expr, state, key, changed, op.level, m.mapping_of(args))
        return [(state.write(key, changed), 0)]
    value = args[op.at("arg")]
    state = require(m, op, expr, state, value)
    if op.meaning.get("bit") != "write":
        return [(state, change_bits(m, op, value, state))]
    return [(needed(m, op, args, state), with_bit(op, value))]


def needed(m: Machine, op: Op, args: list[Value], state: State) -> State:
    """Learn that the mapping is writable: the word makes an entry writable only if it is."""
    return may_write(state, m.mapping_of(args)) if op.meaning.get("needs") == "vm-write" else state


def with_bit(op: Op, value: Value) -> Value:
    if op.meaning.get("bit") != "write" or not isinstance(value, Term):
        return value
    if isinstance(value, (PresentEntry, KeptEntry)) or is_root(value):
        page = value.page if isinstance(value, PresentEntry) else None
        return PresentEntry(int(op.cls == "bit-set"), root_of(value), bits_of(value), page)
    return value


def written(op: Op, bits: str) -> str:
    """Return the letters of an entry that a word makes writable: it may make it dirty, too."""
    if op.meaning.get("dirties") != "1":
        return bits
    return ("d" if bits[0] == "l" else bits[0]) + bits[1:3] + "s" + bits[4:]


def bit_test(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    value = args[op.at("arg")]
    bit = op.meaning["bit"]
    m.facts.questions.add((f"{bit} of {op.meaning['where']}", m.stack[-1]))
    root = bare(value)
    if not is_root(root):
        state = require(m, op, expr, state, value)
        letter = bits_of(value)[BITS.index(bit)] if isinstance(value, Term) and bit in BITS else "k"
        if letter in "sdlcn":
            return [(state, int(letter in "sd"))]  # as the function itself has made it
        known = root_of(value) is not None
        return [(state, Bit(root_of(value), bit))] if known else [m.fresh(expr, state)]
    state = m.known(state, root, op.level)
    state = require(m, op, expr, state, root)
    m.facts.read_bits.add(root)
    if bit == "soft-dirty":
        m.facts.soft_read.add(root)
    state = taken_for(op, state, root)
    if bit == "uffd-wp" and not state.masks[root] & ~WRITABLE:
        return [(state, 0)]  # writable, so not write-protected
    if bit == "exclusive":
        test = KindTest(root, ALL & ~_SWAP_SHARED, ALL & ~_SWAP_EXCLUSIVE)
        return [(state, test)]
    return [(state, Bit(root, bit))]


def taken_for(op: Op, state: State, root: Value) -> State:
    """Return the state after a helper for entries that are not present: the function takes it for one."""
    entry_states = state.masks.get(root, 0)
    if op.meaning.get("where") != "swap" or not entry_states & NONPRESENT:
        return state
    return state.refine(root, entry_states & (NONPRESENT | VAGUE))


def change_bits(m: Machine, op: Op, value: Value, state: State) -> Value:
    """Return an entry value with a software bit set or cleared."""
    status = "s" if op.cls == "bit-set" else "c"
    if status == "c":
        where = op.meaning.get("where", "")
        if state.masks.get(root_of(value), ALL) & (NONPRESENT if where == "swap" else PRESENT):
            m.facts.cleared.add((op.meaning["bit"], where))
    names = op.meaning["bit"]
    value = change(state, value, names, status)
    # A made migration or swap entry is no mapped one, whatever is done to it.
    mapped = isinstance(value, Term) and not isinstance(value, MadeEntry)
    if names == "uffd-wp" and status == "s" and op.meaning.get("where") == "present" and mapped:
        page = value.page if isinstance(value, PresentEntry) else None
        value = PresentEntry(0, root_of(value), bits_of(value), page)  # pte_mkuffd_wp() write-protects
    if names == "dirty" and status == "s" and mapped:
        value = _also_soft_dirty(value)  # pte_mkdirty() sets soft-dirty on x86 and s390
    return value


def _also_soft_dirty(value: Value) -> Value:
    letters = bits_of(value)
    return with_bits(value, "d" + letters[1:]) if letters[0] in "ln" else value
