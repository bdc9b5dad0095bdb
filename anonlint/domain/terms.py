"""Abstract values: what a place holds, as far as execution knows.

A value is a number, None where there is none, or a term. Terms are made once each: two that are equal are the same
object, so that comparing and hashing them costs nothing however deep they are. ``inside`` are all terms that one is
made of, itself among them.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, dataclass_transform

_SORTS: "list[_Sort]" = []


class _Sort(type):
    """A sort of term: what its annotations name are the parts, and slots for them."""

    own: tuple[str, ...]  # the parts that it adds to those of its base
    fields: tuple[str, ...]
    known: "dict[tuple[Any, ...], Term]"  # all that there are of this sort, by their parts

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> "_Sort":
        """Make the class."""
        own = () if name == "Term" else tuple(space.get("__annotations__", ()))
        made = super().__new__(cls, name, bases, {"__slots__": own} | space)
        made.fields = tuple(field for base in reversed(made.__mro__[1:-1]) for field in getattr(base, "own", ())) + own
        made.own = own
        made.known = {}
        _SORTS.append(made)
        return made

    def __call__(cls, *parts: Any) -> Any:
        """Return the term of these parts: the one that there is, or a new one."""
        return cls.known.get(parts) or cls.new(parts)

    def new(cls, parts: tuple[Any, ...]) -> "Term":
        """Make a term, and remember it."""
        made: Any = object.__new__(cls)  # type: ignore[arg-type]
        for name, part in zip(cls.fields, parts, strict=True):
            setattr(made, name, part)
        made.args = parts
        made.depth = _depth(parts)
        made.text = ""
        made.inside = frozenset((made,)).union(*(part.inside for part in _terms(parts)))
        cls.known[parts] = made
        term: Term = made
        return term


@dataclass_transform(frozen_default=True, eq_default=False)
class Term(metaclass=_Sort):
    """Base of all terms. ``args`` are its parts in order, ``depth`` says in how many steps it is made of others."""

    __slots__ = ("args", "depth", "inside", "text")

    if TYPE_CHECKING:

        @property
        def args(self) -> tuple[Any, ...]:
            """The parts."""

        @property
        def depth(self) -> int:
            """The number of steps."""

        @property
        def inside(self) -> "frozenset[Term]":
            """All terms in it."""

    def __repr__(self) -> str:
        """Return a text that is the same in every run: terms are put in order by it."""
        me: Any = self
        me.text = me.text or f"{type(self).__name__}{self.args!r}"
        return str(me.text)

    def made_of(self, change: Callable[[Any], Any]) -> "Term":
        """Return the same sort of term, of changed parts."""
        return type(self)(*(_changed(part, change) for part in self.args))


def _terms(parts: Iterable[Any]) -> Iterable[Term]:
    for part in parts:
        if isinstance(part, Term):
            yield part
        elif type(part) is tuple:
            yield from _terms(part)


def _depth(parts: tuple[Any, ...]) -> int:
    inner = (
        part.depth if isinstance(part, Term) else _depth(part) for part in parts if isinstance(part, (Term, tuple))
    )
    return 1 + max(inner, default=0)


def _changed(part: Any, change: "Callable[[Any], Any]") -> Any:
    if isinstance(part, Term):
        return change(part)
    return tuple(_changed(item, change) for item in part) if type(part) is tuple else part


def forget_terms() -> None:
    """Let go of all terms: nothing that holds one may be compared with what is made from here on.

    What is made of nothing stays: it is a constant in other modules, too.
    """
    for sort in _SORTS:
        if sort.fields:
            sort.known.clear()
