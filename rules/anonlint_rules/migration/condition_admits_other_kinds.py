"""A patch replaces a question of kind by one that lets other entries through, and nothing in it asks for those.

Why: of the faults that reviewers have found in patches of this subject, more than a third are of this sort: a
predicate was replaced by its seeming opposite, or converted to another API, and more kinds of entries reach what
stands behind it than before. A warning where a word behind it is not defined for them. No commit that fixed such
a mistake is known: reviewers found them before.

Misses: questions that are taken away, or added; where several of a function change at once and their number does,
which was which.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from anonlint.rule.plugin import (
    ALL,
    ENTRY_STATES,
    NONPRESENT,
    WORDS,
    Comparison,
    Diagnostic,
    Evidence,
    Member,
    Pass,
    Severity,
    rule,
)


class Question(NamedTuple):
    """A question of kind, as it is written: ``admits`` are the entries that it lets through, of those ``asked`` of.

    ``misused`` are those that a word behind it, or before it, is not defined for.
    """

    function: str
    text: str
    admits: int
    asked: int
    misused: int


def against(before: Sequence[Member], after: Sequence[Member]) -> Iterator[Comparison]:
    """Yield the questions after a patch that let entries through which those before them kept out."""
    for name in dict.fromkeys(member.data[0] for member in after):
        mine, others = _of(before, name), _of(after, name)
        sides = [[Question(*m.data).admits for m in side] for side in (mine, others)]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, sides[0], sides[1], autojunk=False).get_opcodes():
            if tag == "replace" and i2 - i1 == j2 - j1:
                for was, now in zip(mine[i1:i2], others[j1:j2], strict=True):
                    yield from _wider(was, now, mine, others)


def _of(members: Sequence[Member], function: str) -> list[Member]:
    return sorted((m for m in members if m.data[0] == function), key=lambda m: m.span)


def _wider(was: Member, now: Member, before: Sequence[Member], after: Sequence[Member]) -> Iterator[Comparison]:
    old, new = Question(*was.data), Question(*now.data)
    turned = not old.admits & new.admits and old.admits | new.admits == (old.asked | new.asked) & NONPRESENT
    more = new.admits & new.asked & ~old.admits
    if turned or not more or _is_meant(more, before, after):
        return
    wrong = new.misused & more & ~old.misused
    kinds = ", ".join(dict.fromkeys(WORDS[a.kind] for at, a in enumerate(ENTRY_STATES) if more >> at & 1))
    message = f"{old.text} became {new.text}, which lets {kinds} through, too"
    if wrong:
        message += ", to a word that is not defined for it"
    place, told = was.place, "it was asked here before the patch"
    notes = () if place is None else (Evidence(place.path, place.line, place.column, told, place.text),)
    yield Comparison(now, message, Severity.WARNING if wrong else Severity.NOTE, notes)


def _is_meant(more: int, before: Sequence[Member], after: Sequence[Member]) -> bool:
    """Return whether the patch asks for just these entries somewhere: then it knows of them."""
    known = {Question(*member.data).admits for member in before}
    asked = (Question(*member.data).admits for member in after)
    return any(admits and not admits & ~more and admits not in known for admits in asked)


@rule(
    code="AL111",
    name="condition-admits-other-kinds",
    severity=Severity.NOTE,
    since="0.2.0",
    breaks="entries that were left alone are now handled like those that the code was written for",
    help="ask for the kinds that are meant, or say in the message of the patch why the others belong here",
    words=frozenset(("predicate",)),
    about=frozenset(("predicate",)),
    against=against,
    references=("include/linux/swapops.h: is_readable_migration_entry()", "include/linux/leafops.h: softleaf_is_*()"),
)
def check(p: Pass) -> Iterator[Diagnostic | Member]:
    for test, entry_states in p.facts.tests.items():
        if test.asserted or not test.tells_kinds or not p.holds(test.span):
            continue
        negated = test.span.start in p.facts.turned
        text, admits = (f"!{test.text}()", test.no) if negated else (f"{test.text}()", test.yes)
        misused = 0
        for event, mask in p.misuses():
            misused |= mask if event.root == test.root else 0
        function = p.function_at(test.span.start)
        yield Member(test.span, Question(function, text, admits & NONPRESENT, entry_states & ALL, misused & ALL)[:])
