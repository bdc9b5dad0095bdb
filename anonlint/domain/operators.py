"""Operators on abstract values: comparison, negation, named bits."""

from typing import TypeGuard

from anonlint.domain.kinds import ALL
from anonlint.domain.state import parts
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    Binary,
    Call,
    ClearBits,
    Cow,
    Enumerator,
    ErrorNumber,
    Flags,
    Kinds,
    KindTest,
    Not,
    OtherEnumerator,
    PageOf,
    PageTest,
    Site,
    TypeOf,
    Value,
    VmaAnon,
)

COW: Value = Cow()
# The errors that have the number of another one (asm-generic/errno.h).
_SAME_ERROR = {"EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK", "ENOTSUP": "EOPNOTSUPP"}
_ANSWERS = (KindTest, Cow, VmaAnon, PageTest, Not)


def equal(left: Value, right: Value) -> Value:
    """Return the value of ``left == right``."""
    if left == right and not isinstance(left, OtherEnumerator):
        return 1
    if isinstance(left, int):
        left, right = _turned(left, right)
    if isinstance(left, int) or _differ(left, right):
        return 0
    if right == 0:
        return negate(left)
    if right == 1 and isinstance(left, _ANSWERS):
        return left
    if isinstance(right, Term):
        if isinstance(right, TypeOf):
            left, right = _turned(left, right)
        if isinstance(left, TypeOf) and isinstance(right, Kinds):
            return KindTest(left.root, right.mask, ALL & ~right.mask)
        if isinstance(left, Kinds) and isinstance(right, Kinds):
            return 0
        left, right = sorted((left, right), key=repr)
    return Binary("==", left, right)


def _turned(left: Value, right: Value) -> tuple[Value, Value]:
    """Return two values the other way round; of a swap in place mypyc keeps the types that were narrowed."""
    return right, left


def _differ(left: Value, right: Value) -> bool:
    """Return whether two values are known to be different: errors have names of their own, pages no such numbers."""
    if isinstance(left, OtherEnumerator):
        left, right = _turned(left, right)
    if isinstance(right, OtherEnumerator):
        return isinstance(left, Enumerator) and left.enum == right.enum and left.name in right.compared
    if isinstance(left, Enumerator):
        return isinstance(right, Enumerator) and left.enum == right.enum and left != right
    if isinstance(left, ErrorNumber):
        return isinstance(right, (int, ErrorNumber))
    return isinstance(right, int) and right < 0 and isinstance(left, PageOf)


def bits(operator: str, left: Value, right: Value) -> Value:
    """Return ``left | right`` or ``left & right`` where named bits are known."""
    left, right = _as_flags(left), _as_flags(right)
    if left == 0 or right == 0:
        return (right if left == 0 else left) if operator == "|" else 0
    if isinstance(left, ClearBits):
        left, right = _turned(left, right)
    if isinstance(right, ClearBits) and operator == "&":
        base, known = _flags(left)
        return Flags(base, _merge(known, {n: 0 for n, _ in right.bits}))
    if operator == "|":
        if _plain(left) and not _plain(right):
            left, right = _turned(left, right)
        if _plain(right):
            base, known = _flags(left)
            return Flags(base, _merge(known, dict(right.bits)))
        return Binary("|", left, right)
    if _plain(left) and not _plain(right):
        left, right = _turned(left, right)
    if _plain(right) and len(right.bits) == 1:
        base, known = _flags(left)
        name = right.bits[0][0]
        if name in known:
            return known[name] and right
        return 0 if base is None else Binary("&", base, right)
    return Binary("&", left, right)


def known_bits(ored: set[str] | None, value: Value) -> Value:
    """Give a computed value 0 for ``ored``, the bits that the function itself ORs into the variable.

    ``mpfn = migrate_pfn(pfn) | FLAG`` says nothing of MIGRATE_PFN_WRITE; the function's own
    later ``mpfn |= MIGRATE_PFN_WRITE`` does.
    """
    if not ored or not isinstance(value, (Site, Call, Binary, Flags)):
        return value
    base, known = _flags(value)
    for bit in ored:
        if not mentions_bit(base, bit):
            known.setdefault(bit, 0)
    return Flags(base, tuple(sorted(known.items())))


def complement(operator: str, value: Value) -> Value:
    """Return the value of ``-value`` or ``~value``: an error's number, or the bits that are clear."""
    if type(value) is int:
        return -value if operator == "-" else Binary(operator, value, 0)
    if not _plain(value):
        return Binary(operator, value, 0)
    name = value.bits[0][0]
    error = operator == "-" and len(value.bits) == 1 and not name.isdigit()
    return ErrorNumber(_SAME_ERROR.get(name, name)) if error else ClearBits(value.bits)


def negate(value: Value) -> Value:
    """Return the value of ``!value``."""
    if isinstance(value, int):
        return int(not value)
    if isinstance(value, Not):
        return value.value
    if isinstance(value, KindTest):
        return KindTest(value.root, value.no, value.yes)
    return Not(value)


def _flags(value: Value) -> tuple[Value, dict[str, int]]:
    if isinstance(value, Flags):
        return value.base, dict(value.bits)
    return (None if value == 0 else value), {}


def mentions_bit(value: Value, bit: str) -> bool:
    """Return whether a value was computed with a named bit."""
    return any(isinstance(part, Flags) and bit in dict(part.bits) for part in parts(value))


def _as_flags(value: Value) -> Value:
    """Return a number other than 0 as the bits that it stands for."""
    return Flags(None, ((str(value), 1),)) if isinstance(value, int) and value else value


def _plain(value: Value) -> TypeGuard[Flags]:
    return isinstance(value, Flags) and value.base is None


def _merge(known: dict[str, int], more: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted({**known, **more}.items()))


def lacks_bit(value: Value, bit: str) -> bool:
    """Return whether a named bit is known to be clear."""
    if isinstance(value, Flags):
        known = dict(value.bits)
        return not known[bit] if bit in known else value.base is None or lacks_bit(value.base, bit)
    if isinstance(value, Binary) and value.operator == "&":
        return lacks_bit(value.left, bit) or lacks_bit(value.right, bit)
    return value == 0


def deeper(value: Value, limit: int) -> bool:
    """Return whether a value is made of others in more than ``limit`` steps."""
    return isinstance(value, Term) and value.depth > limit


def names_in(value: Value) -> set[str]:
    """Return the bits that are set in a constant of named bits."""
    return {name for name, on in value.bits if on} if _plain(value) else set()
