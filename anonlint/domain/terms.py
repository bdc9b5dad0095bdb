"""Abstract values: what a place holds, as far as execution knows.

A value is a number, None where there is none, or a term. Terms are made once each: two that are equal are the same
object, so that comparing and hashing them costs nothing however deep they are. ``inside`` are all terms that one is
made of, itself among them.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

_SORTS: "list[type[Term]]" = []


@dataclass_transform(frozen_default=True, eq_default=False)
class Term:
    """Base of all terms; a subclass names its parts as annotations, and slots for them."""

    __slots__ = ("_text", "args", "depth", "inside")
    fields: ClassVar[tuple[str, ...]] = ()
    known: "ClassVar[dict[tuple[Any, ...], Term]]"  # all that there are of this sort, by their parts

    if TYPE_CHECKING:
        _text: ClassVar[str]

        @property
        def args(self) -> tuple[Any, ...]:
            """The parts, in order."""

        @property
        def depth(self) -> int:
            """In how many steps it is made of others: 1 for what is made of none."""

        @property
        def inside(self) -> "frozenset[Term]":
            """All terms that this one is made of, itself among them."""

    def __init_subclass__(cls) -> None:
        assert not {"args", "depth", "inside"} & set(vars(cls).get("__annotations__", ())), "a part hides what all have"
        cls.fields = (*cls.fields, *vars(cls).get("__annotations__", ()))
        cls.known = {}
        _SORTS.append(cls)

    def __new__(cls, *args: Any) -> Self:
        """Return the term of these parts: the one that there is, or a new one."""
        return cls.known.get(args) or cls._made(args)  # type: ignore[return-value]

    @classmethod
    def _made(cls, args: tuple[Any, ...]) -> Self:
        made = object.__new__(cls)
        for name, arg in zip(cls.fields, args, strict=True):
            object.__setattr__(made, name, arg)
        object.__setattr__(made, "args", args)
        object.__setattr__(made, "depth", _depth(args))
        object.__setattr__(made, "_text", "")
        object.__setattr__(made, "inside", frozenset((made,)).union(*(part.inside for part in _terms(args))))
        cls.known[args] = made
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args

    def __repr__(self) -> str:
        """Return a text that is the same in every run: terms are put in order by it."""
        if not self._text:
            object.__setattr__(self, "_text", f"{type(self).__name__}{self.args!r}")
        return self._text

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
