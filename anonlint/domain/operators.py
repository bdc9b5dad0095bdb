"""Operators on abstract values: comparison, negation, named bits."""

from anonlint.domain.kinds import ALL
from anonlint.domain.state import Value

COW: Value = ("COW",)
_COW_BITS = frozenset(("VM_SHARED", "VM_MAYWRITE"))
# The errors that have the number of another one (asm-generic/errno.h).
_SAME_ERROR = {"EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK", "ENOTSUP": "EOPNOTSUPP"}
_ANSWERS = ("test", "COW", "VMA_ANON", "pagetest", "not")


def equal(left: Value, right: Value) -> Value:
    """Return the value of ``left == right``."""
    if left == right:
        return 1
    if isinstance(left, int):
        left, right = right, left
    if isinstance(left, int) or _differ(left, right):
        return 0
    if right == 0:
        return negate(left)
    if right == 1 and left[0] in _ANSWERS:
        return left
    if isinstance(right, tuple):
        if right[0] == "type":
            left, right = right, left
        if left[0] == "type" and right[0] == "kinds":
            return ("test", left[1], right[1], ALL & ~right[1])
        if left[0] == "kinds" and right[0] == "kinds":
            return 0
        if right[0] == "flags" and _is_cow_test(left, right):
            return COW
        left, right = sorted((left, right), key=repr)
    return ("op", "==", left, right)


def _differ(left: Value, right: Value) -> bool:
    """Return whether two values are known to be different: errors have names of their own, pages no such numbers."""
    if left[0] == "error":
        return isinstance(right, int) or right[0] == "error"
    return isinstance(right, int) and right < 0 and left[0] == "page"


def bits(operator: str, left: Value, right: Value) -> Value:
    """Return ``left | right`` or ``left & right`` where named bits are known."""
    left, right = _as_flags(left), _as_flags(right)
    if left == 0 or right == 0:
        return (right if left == 0 else left) if operator == "|" else 0
    if type(left) is tuple and left[0] == "clear":
        left, right = right, left
    if type(right) is tuple and right[0] == "clear" and operator == "&":
        base, known = _flags(left)
        return ("flags", base, _merge(known, {n: 0 for n, _ in right[1]}))
    if operator == "|":
        if _plain(left) and not _plain(right):
            left, right = right, left
        if _plain(right):
            base, known = _flags(left)
            return ("flags", base, _merge(known, dict(right[2])))
        return ("op", "|", left, right)
    if _plain(left) and not _plain(right):
        left, right = right, left
    if _plain(right) and len(right[2]) == 1:
        base, known = _flags(left)
        name = right[2][0][0]
        if name in known:
            return known[name] and right
        return 0 if base is None else ("op", "&", base, right)
    return ("op", "&", left, right)


def known_bits(ored: set[str] | None, value: Value) -> Value:
    """Give a computed value 0 for ``ored``, the bits that the function itself ORs into the variable.

    ``mpfn = migrate_pfn(pfn) | FLAG`` says nothing of MIGRATE_PFN_WRITE; the function's own
    later ``mpfn |= MIGRATE_PFN_WRITE`` does.
    """
    if not ored or type(value) is not tuple or value[0] not in ("site", "call", "op", "flags"):
        return value
    base, known = _flags(value)
    for bit in ored:
        if not mentions_bit(base, bit):
            known.setdefault(bit, 0)
    return ("flags", base, tuple(sorted(known.items())))


def complement(operator: str, value: Value) -> Value:
    """Return the value of ``-value`` or ``~value``: an error's number, or the bits that are clear."""
    if type(value) is int:
        return -value if operator == "-" else ("op", operator, value, 0)
    if not _plain(value):
        return ("op", operator, value, 0)
    name = value[2][0][0]
    error = operator == "-" and len(value[2]) == 1 and not name.isdigit()
    return ("error", _SAME_ERROR.get(name, name)) if error else ("clear", value[2])


def negate(value: Value) -> Value:
    """Return the value of ``!value``."""
    if isinstance(value, int):
        return int(not value)
    if value[0] == "not":
        return value[1]
    if value[0] == "test":
        return ("test", value[1], value[3], value[2])
    return ("not", value)


def _flags(value: Value) -> tuple[Value, dict[str, int]]:
    if type(value) is tuple and value[0] == "flags":
        return value[1], dict(value[2])
    return (None if value == 0 else value), {}


def mentions_bit(value: Value, bit: str) -> bool:
    """Return whether a value was computed with a named bit."""
    return type(value) is tuple and any(
        (item == bit) if type(item) is str else mentions_bit(item, bit) for item in value
    )


def _as_flags(value: Value) -> Value:
    """Return a number other than 0 as the bits that it stands for."""
    return ("flags", None, ((str(value), 1),)) if isinstance(value, int) and value else value


def _plain(value: Value) -> bool:
    return type(value) is tuple and value[0] == "flags" and value[1] is None


def _merge(known: dict[str, int], more: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted({**known, **more}.items()))


def deeper(value: Value, limit: int) -> bool:
    """Return whether a value is made of others in more than ``limit`` steps."""
    if type(value) is not tuple:
        return False
    return limit == 0 or any(deeper(part, limit - 1) for part in value)


def names_in(value: Value) -> set[str]:
    """Return the bits that are set in a constant of named bits."""
    return {name for name, on in value[2] if on} if _plain(value) else set()


def _is_cow_test(left: Value, right: Value) -> bool:
    """Recognise (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE, is_cow_mapping()'s body."""
    return left[:2] == ("op", "&") and names_in(left[3]) == _COW_BITS and names_in(right) == {"VM_MAYWRITE"}
