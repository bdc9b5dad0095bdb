"""What is in structures and behind pointers that nothing reads any more (see words/members.py)."""

from collections.abc import Set

from anonlint.domain.state import State, parts
from anonlint.domain.values import Cell, Field, Value, Var
from anonlint.graph.ir import SLOTS
from anonlint.words.body import Body
from anonlint.words.machine import Machine
from anonlint.words.members import BEHIND, EVERY

_CONTENTS = frozenset((Field, Cell))
_ALL_OF_IT = frozenset((EVERY,))


def unread(m: Machine, state: State, here: tuple[Body, int]) -> State:
    """Drop what is in structures and behind pointers that nothing reads any more, unless it is of an entry."""
    places = [key for key in state.mem if type(key) in _CONTENTS]
    read = read_from(m, here) if places and not m.thorough else _ALL_OF_IT
    if EVERY in read:
        return state
    gone = [
        key
        for key in places
        if key not in state.masks
        and (names := _names_of(m, key))
        and read.isdisjoint(names)
        and state.masks.keys().isdisjoint(parts(state.mem[key]))
    ]
    return state.but(mem={key: value for key, value in state.mem.items() if key not in gone}) if gone else state


def _names_of(m: Machine, key: Value) -> tuple[str, ...]:
    """Return by which names a place is read (see words/members.py), none where that is not known."""
    if isinstance(key, Field):
        return (key.member,)
    pointer = key.pointer if isinstance(key, Cell) else None
    ctype = m.type_of(pointer.name) if isinstance(pointer, Var) else ""
    return (BEHIND, BEHIND + ctype) if ctype and ctype not in SLOTS else ()


def read_from(m: Machine, here: tuple[Body, int]) -> Set[str]:
    """Return what may still be read of structures, and behind pointers, at a block and behind the calls at hand."""
    (body, index), *inner = (*m.behind, here)
    read: Set[str] = body.members(index, m.dictionary, m.helpers)
    for body, index in inner:  # a body that others run, too, is the same for all of them
        read = read | body.members(index, m.dictionary, m.helpers.plain)
    return read


def is_beyond(m: Machine, root: Value, here: tuple[Body, int]) -> bool:
    """Return whether a member of a structure leads to a root, or is it, that nothing reads any more."""
    members = m.members.get(root)
    if members is None:
        of_pointers = (part for part in parts(root) if isinstance(part, Field) and isinstance(part.base, Var))
        members = m.members[root] = frozenset(part.member for part in of_pointers)
    if not members:
        return False
    read = read_from(m, here)
    return EVERY not in read and not members <= read
