"""What the patches of a run bring, each thing told once: where it comes, with the later patch that mends it."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from anonlint.model.finding import Evidence, Finding
from anonlint.model.snapshot import Origin
from anonlint.run.brought import is_anew, unlike
from anonlint.run.result import Felt, Sides


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
        """Return whether it can tell of what is found in, or because of, one of these files."""
        return not self.paths or not paths.isdisjoint(self.paths)


def step(path: str, origin: Origin, sides: Sides) -> Step:
    """Return what a patch makes of a file, and of functions of others that rely on that."""
    felt = {one.fingerprint for one in sides.after.felt}
    others = (found.path for side in sides for found in side.findings if found.fingerprint in felt)
    return Step(origin, sides.before.findings, sides.after.findings, frozenset((path, *others)))


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


def told_here(new: Sequence[Finding], felt: Sequence[Felt], told: set[str]) -> list[Finding]:
    """Return what a file of a patch brings, that of files which no patch touches at its line; ``told`` is told."""
    due = {one.fingerprint: one for one in felt}
    left = [found for found in new if found.fingerprint not in due.keys() & told]
    told.update(found.fingerprint for found in left if found.fingerprint in due)
    return [_placed(found, due[found.fingerprint]) if found.fingerprint in due else found for found in left]


def _placed(found: Finding, felt: Felt) -> Finding:
    """Return a finding of another file as one of the patch that brings it: at its line, with where it shows."""
    place = felt.place
    message = f"{found.function}() in {found.path}, which calls it: {found.message}"
    here = Evidence(found.path, found.line, found.column, f"it shows here, in {found.function}()", found.text)
    return found._replace(
        path=place.path,
        line=place.line,
        column=place.column,
        end_column=felt.end_column,
        text=place.text,
        function=felt.function,
        message=message,
        evidence=(here, *found.evidence),
        around=(),
        cause="",
    )
