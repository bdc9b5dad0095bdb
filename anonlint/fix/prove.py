"""Takes a proposal for a fix only if a run proves it: the finding is gone, nothing new is there, no other one fits."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from anonlint.fix.proposals import proposals
from anonlint.model.edit import Fix, Mends, Proposal, edited
from anonlint.model.finding import Finding

Judge = Callable[[Mapping[str, bytes]], Sequence[Finding]]  # what is found with these texts in place of files


class Mended(NamedTuple):
    """The texts of the files that were mended, and by which fixes; ``edits`` are places in the text before each."""

    texts: dict[str, bytes]
    fixes: tuple[Fix, ...]


_NONE: Mapping[str, Mends] = {}


def mend(
    findings: Sequence[Finding], files: Mapping[str, bytes], judge: Judge, others: Mapping[str, Mends] = _NONE
) -> Mended:
    """Return what of these findings is mended by replacement; ``files`` are the texts that are judged as they are.

    ``others`` are what rules from outside propose, by their codes.
    """
    texts: dict[str, bytes] = {}
    fixes: list[Fix] = []
    left = list(judge({}))
    for finding in findings:
        # A fix may have taken others along, and moves what stands below it.
        now = next((found for found in left if _key(found) == _key(finding)), None)
        if now is None or now.path not in files:
            continue
        data = texts.get(now.path, files[now.path])

        def judged(text: bytes, path: str = now.path) -> Sequence[Finding]:
            return judge({**texts, path: text})

        fix, found = prove(now, data, judged, left, others)
        if fix is not None:
            texts[now.path] = edited(data, fix.edits)
            fixes.append(fix)
            left = list(found)
    return Mended(texts, tuple(fixes))


def news(before: Sequence[Finding], after: Sequence[Finding]) -> list[str]:
    """Return a word for each finding that was not there before; lines that moved are no news."""
    return sorted(f"{code} in {function or path}" for path, code, function, _ in _counted(after) - _counted(before))


def prove(
    finding: Finding,
    data: bytes,
    judge: Callable[[bytes], Sequence[Finding]],
    before: Sequence[Finding],
    others: Mapping[str, Mends] = _NONE,
) -> tuple[Fix | None, Sequence[Finding]]:
    """Return the one fix of a finding that holds, and what is found with it; None where there are none, or several."""
    held: list[tuple[Proposal, Sequence[Finding]]] = []
    for proposal in proposals(finding, data, others):
        found = judge(edited(data, proposal.edits))
        if _mends(finding, before, found):
            held.append((proposal, found))
    if len(held) != 1:
        return None, ()
    proposal, found = held[0]
    return Fix(finding, proposal.title, proposal.edits), found


def _mends(finding: Finding, before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Return whether a finding is gone, and nothing new is there."""
    return _counted(after)[_key(finding)] < _counted(before)[_key(finding)] and not news(before, after)


def _counted(findings: Sequence[Finding]) -> "Counter[tuple[str, str, str, str]]":
    return Counter(map(_key, findings))


def _key(finding: Finding) -> tuple[str, str, str, str]:
    """Return what a finding is, whatever became of its line's text."""
    return finding.path, finding.code, finding.function, "".join(c for c in finding.message if not c.isdigit())
