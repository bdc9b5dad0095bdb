"""Which rules run: one ordered list of selections, of which the later wins."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from anonlint.errors import UsageError


class Selectable(Protocol):
    """What selection needs to know of a rule."""

    @property
    def code(self) -> str:
        """Return the code, like "AL101"."""

    @property
    def name(self) -> str:
        """Return the name, like "pfn-before-kind"."""

    @property
    def status(self) -> str:
        """Return "stable" or "preview"."""


RuleT = TypeVar("RuleT", bound=Selectable)


def choose(rules: Sequence[RuleT], selections: Sequence[str], preview: bool = False) -> tuple[RuleT, ...]:
    """Return the rules that ``selections`` leave, in their order.

    A selection is a code, a prefix of codes ("AL1"), a name or "all"; with "-" before it, it takes away.
    A list that begins with taking away begins from all rules, any other from none. Rules in preview run
    only with ``preview``, or where their whole code or name is selected. Unknown selections raise UsageError.
    """
    chosen: set[str] = set()
    if not selections or selections[0].startswith("-"):
        chosen = {rule.code for rule in rules if preview or rule.status != "preview"}
    for selection in selections:
        word = selection.removeprefix("-")
        exact = {rule.code for rule in rules if word in (rule.code, rule.name)}
        found = exact or {rule.code for rule in rules if (word == "all" or (word and rule.code.startswith(word)))}
        if not found:
            raise UsageError(f"unknown rule {word!r}{_near(word, rules)} (anonlint rules lists them)")
        if selection.startswith("-"):
            chosen -= found
        else:
            chosen |= {c for c in found if c in exact or preview or _status(rules, c) != "preview"}
    return tuple(rule for rule in rules if rule.code in chosen)


def _status(rules: Sequence[Selectable], code: str) -> str:
    return next(rule.status for rule in rules if rule.code == code)


def _near(word: str, rules: Sequence[Selectable]) -> str:
    from difflib import get_close_matches  # lazily: only on the way to an error

    known = [rule.code for rule in rules] + [rule.name for rule in rules]
    close = get_close_matches(word, known, 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""
