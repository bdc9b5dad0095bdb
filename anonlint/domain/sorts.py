"""How sorts of terms are made. It is the one module of this room that mypyc is not given."""

from typing import Any, TypeVar, dataclass_transform

from anonlint.domain.terms import KNOWN, Term, settle

T = TypeVar("T", bound=Term)


@dataclass_transform(frozen_default=True, eq_default=False)
def sort(cls: type[T]) -> type[T]:
    """Make a sort of term of a class: what its annotations name are the parts, and slots for them.

    No metaclass: ``isinstance`` would ask it each time. The compiled build has this written out (dev/native.py).
    """
    base: Any = cls.__bases__[0]
    own = tuple(cls.__annotations__)
    fields: tuple[str, ...] = getattr(base, "fields", ()) + own
    known: dict[tuple[Any, ...], T] = {}
    if fields:
        KNOWN.append(known)

    def new(of_sort: type[T], *parts: Any) -> T:
        return known.get(parts) or made(of_sort, parts)

    def made(of_sort: type[T], parts: tuple[Any, ...]) -> T:
        term = object.__new__(of_sort)
        for name, part in zip(fields, parts, strict=True):
            setattr(term, name, part)
        settle(term, parts)
        known[parts] = term
        return term

    space = {name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    slotted: Any = type(cls.__name__, cls.__bases__, {**space, "__slots__": own, "fields": fields, "__new__": new})
    made_of: type[T] = slotted
    return made_of
