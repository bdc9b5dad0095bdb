"""What a function does as anybody outside sees it: calls that it reaches, and what it returns, by entry state.

Execution writes these only where two images of a function are compared: no rule asks for them.
"""

from typing import NamedTuple

from anonlint.domain.values import Value
from anonlint.model.source import Span

# What two words have in common that mean the same: their class, and these keys of their meaning.
Ident = tuple[str, ...]


class Reached(NamedTuple):
    """A call that is reached while there is an entry ``root`` (None: whatever entries there are).

    ``ident`` says what a vocabulary word does, whatever it is called; of a function that the vocabulary does not
    know it is its name. ``domain`` are the entry states for which it is defined. ``args`` are the operands; ``proofs``
    what the path has proven by then; ``call`` leads to the place from the executed function itself.
    """

    span: Span
    name: str
    ident: Ident
    args: tuple[Value, ...]
    root: Value
    domain: int
    proofs: frozenset[str]
    call: Span


class Returned(NamedTuple):
    """What is returned while there is an entry ``root`` (None: whatever entries there are)."""

    span: Span
    root: Value
    value: Value
