"""Words of the vocabulary whose definitions a patch changes: what they mean their bodies say, or it is not known."""

from collections.abc import Iterable
from typing import NamedTuple

from anonlint.model.snapshot import Skip
from anonlint.run.analysis import Analyser
from anonlint.run.context import Context
from anonlint.run.reach import Both, redefined
from anonlint.run.scene import View
from anonlint.run.surroundings import Change
from anonlint.words.dictionary import Dictionary


class Rewritten(NamedTuple):
    """``words`` mean what their bodies say, before and after; of those that are remarked on the rows hold."""

    words: frozenset[str] = frozenset()
    remarks: tuple[Skip, ...] = ()


def rewritten(
    both: Both,
    others: Iterable[Change],
    dictionary: Dictionary,
    context: Context,
    views: tuple[View | None, View | None],
) -> Rewritten:
    """Return the words of which one image's body is what the vocabulary says, and the other's is not.

    Where neither is, execution does not understand it well enough, and the row holds for both.
    """
    names = redefined(both, others, dictionary.__contains__)
    if not names:
        return Rewritten()
    analysers = [Analyser.of(index, dictionary, context.wake, view) for index, view in zip(both, views, strict=True)]
    for analyser in analysers:
        analyser.changed = names
    words, remarks = set(), []
    for name in sorted(names):
        verdicts = {analyser.is_redefined(name) for analyser in analysers}
        extent = both[1].extent(name)
        if verdicts == {True, False}:
            words.add(name)
        elif verdicts != {False} and extent is not None:
            line = both[1].image.source.position(extent.span.start).line
            remarks.append(Skip(both[1].image.source.path, line, name, _REASON, seen=True))
    return Rewritten(frozenset(words), tuple(remarks))


_REASON = "what its body says is not understood: taken to do what the vocabulary says"
