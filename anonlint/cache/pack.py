"""Results as bytes and back: named tuples and enums of our own over plain values, written by marshal.

Nothing that is read is executed: a name stands only for a named tuple or an enum that one of our modules defines.
"""

import marshal
from enum import Enum
from importlib import import_module
from typing import Any

_ROOMS = ("anonlint.", "anonlint_rules.")
_ENUM = -1


class Unpackable(Exception):
    """A value of a kind that is not kept."""


def pack(value: Any) -> bytes:
    """Return a value as bytes; raise Unpackable where it holds what is neither plain nor ours."""
    names: dict[str, int] = {}
    plain = _plain(value, names)
    return marshal.dumps((list(names), plain))


def unpack(data: bytes) -> Any:
    """Return the value; raise Unpackable where its kinds are not to be had."""
    names, plain = marshal.loads(data)
    return _made(plain, [_kind(name) for name in names])


def _plain(value: Any, names: dict[str, int]) -> Any:
    if isinstance(value, tuple):
        parts = [_plain(part, names) for part in value]
        return tuple(parts) if type(value) is tuple else [_number(value, names), *parts]
    if isinstance(value, Enum):
        return [_ENUM, _number(value, names), value.value]
    if isinstance(value, frozenset):
        return frozenset(_plain(part, names) for part in value)
    if value is None or type(value) in (str, int, bytes, bool, float):
        return value
    raise Unpackable(type(value).__qualname__)


def _number(value: Any, names: dict[str, int]) -> int:
    kind = type(value)
    if not kind.__module__.startswith(_ROOMS) or kind.__qualname__ != kind.__name__:
        raise Unpackable(kind.__qualname__)
    return names.setdefault(f"{kind.__module__}:{kind.__name__}", len(names))


def _kind(name: str) -> Any:
    module, _, own = name.partition(":")
    if not module.startswith(_ROOMS):
        raise Unpackable(name)
    found = getattr(import_module(module), own, None)
    if not (isinstance(found, type) and issubclass(found, (tuple, Enum))):
        raise Unpackable(name)
    return found


def _made(plain: Any, kinds: list[Any]) -> Any:
    if isinstance(plain, list):
        if plain[0] == _ENUM:
            return kinds[plain[1]](plain[2])
        return kinds[plain[0]]._make([_made(part, kinds) for part in plain[1:]])
    if isinstance(plain, tuple):
        return tuple([_made(part, kinds) for part in plain])
    return plain
