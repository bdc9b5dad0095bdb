"""What the patches of a run bring, each thing told once: where it comes, with the later patch that mends it."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from anonlint.model.finding import Finding
from anonlint.model.snapshot import Origin
from anonlint.run.brought import is_anew, unlike
from anonlint.run.result import Sides


class Step(NamedTuple):
    """What a patch finds in a file and leaves there; ``paths`` are the files that it can tell of, none for all."""

    origin: Origin
    before: Sequence[Finding]
    after: Sequence[Finding]
    paths: frozenset[str] = frozenset()

    @property
    def patch(self) -> tuple[str, int]:
        """Which patch it is."""
        return self.origin.input, self.origin.order

    def tells_of(self, paths: frozenset[str]) -> bool:
        """Return whether it can tell of what is found in one of these files."""
        return not self.paths or not paths.isdisjoint(self.paths)


def step(path: str, origin: Origin, sides: Sides) -> Step:
    """Return what a patch makes of a file."""
    return Step(origin, sides.before.findings, sides.after.findings, frozenset((path,)))


def with_end(found: Finding, at: int, steps: Sequence[Step]) -> Finding:
    """Return what the patch at ``at`` brings, with the later one that mends it, if one does.

    A patch mends what was there before it; it says nothing of what it cannot change. Of things that are the same as
    many have to be left as there were before.
    """
    first = steps[at]
    places = first.paths and first.paths | {found.path}
    had = _count(found, first.before)
    now = found
    later = (one for one in steps[at + 1 :] if one.patch != first.patch and one.tells_of(places))
    for _, group in groupby(later, key=lambda one: one.patch):
        files = list(group)
        if any(_count(now, one.after) > had for one in files) or all(_count(now, one.before) <= had for one in files):
            continue
        anew = next((other for one in files for other in unlike(one.after, one.before)[0] if is_anew(now, other)), None)
        if anew is None:
            origin = files[0].origin
            return found._replace(gone_by=origin.subject or origin.commit or origin.input, gone_at=origin.order + 1)
        now = anew
    return found


def _count(found: Finding, findings: Sequence[Finding]) -> int:
    return sum(one.fingerprint == found.fingerprint for one in findings)
