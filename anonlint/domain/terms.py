"""Abstract values: what a place holds, as far as execution knows.

A value is a number, None where there is none, or a term. Terms are made once each: two that are equal are the same
object, so that comparing and hashing them costs nothing however deep they are. ``inside`` are all terms that one is
made of, itself among them.
"""

from collections.abc import Callable, Iterable
from typing import Any

KNOWN: list[dict[Any, Any]] = []  # by sort: all terms that there are, by their parts


class Term:
    """Base of all terms. ``args`` are its parts in order, ``depth`` says in how many steps it is made of others."""

    __slots__ = ("args", "depth", "inside", "text")

    args: tuple[Any, ...]
    depth: int
    inside: "frozenset[Term]"
    text: str

    def __repr__(self) -> str:
        """Return a text that is the same in every run: terms are put in order by it."""
        if not self.text:
            self.text = f"{type(self).__name__}{self.args!r}"
        return self.text

    def made_of(self, change: Callable[[Any], Any]) -> "Term":
        """Return the same sort of term, of changed parts."""
        of_sort: Any = type(self)
        made: Term = of_sort(*[_changed(part, change) for part in self.args])
        return made


def settle(term: Term, parts: tuple[Any, ...]) -> None:
    """Give a new term what follows from its parts."""
    term.args = parts
    term.depth = _depth(parts)
    term.text = ""
    term.inside = frozenset((term,)).union(*[part.inside for part in _terms(parts)])


def _terms(parts: Iterable[Any]) -> Iterable[Term]:
    for part in parts:
        if isinstance(part, Term):
            yield part
        elif type(part) is tuple:
            yield from _terms(part)


def _depth(parts: tuple[Any, ...]) -> int:
    deepest = 0
    for part in parts:
        inner = part.depth if isinstance(part, Term) else _depth(part) if isinstance(part, tuple) else 0
        deepest = max(deepest, inner)
    return 1 + deepest


def _changed(part: Any, change: "Callable[[Any], Any]") -> Any:
    if isinstance(part, Term):
        return change(part)
    return tuple(_changed(item, change) for item in part) if type(part) is tuple else part


def forget_terms() -> None:
    """Let go of all terms: nothing that holds one may be compared with what is made from here on.

    What is made of nothing stays: it is a constant in other modules, too.
    """
    for known in KNOWN:
        known.clear()
