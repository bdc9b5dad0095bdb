"""Functions that play one role in several files, compared: over all files at once, or before and after each patch."""

from collections.abc import Iterator, Sequence

from anonlint import limits
from anonlint.cache.pack import Unpackable
from anonlint.model.finding import Finding
from anonlint.model.snapshot import Origin, Skip
from anonlint.run.brought import brought
from anonlint.run.context import Context
from anonlint.run.jobs import Job
from anonlint.run.memory import Memory, members, packed_members, stamped
from anonlint.run.result import ImageResult, Sides


class World:
    """What is in sight of each file; a patch replaces that of the files that it touches."""

    def __init__(self, context: Context, memory: Memory) -> None:
        self.context = context
        self.memory = memory
        self.files: dict[str, ImageResult] = {}

    def findings(self, origin: Origin) -> list[Finding]:
        """Return what comparing all members gives."""
        sides = [self.files[path] for path in sorted(self.files) if self.files[path].compares]
        if not sides:
            return []
        try:
            parts = [b"compared", *map(packed_members, sides)]
        except Unpackable:
            return stamped(self._compared(sides), origin)
        return stamped(self.memory.remembered(self.context, parts, lambda: self._compared(sides)), origin)

    def _compared(self, sides: Sequence[ImageResult]) -> tuple[Finding, ...]:
        from anonlint.run.story import comparison

        found: list[Finding] = []
        known = [pair for side in sides for pair in members(side)]
        for rule in self.context.rules:
            if rule.compare is not None:
                found += comparison(rule, [member for code, member in known if code == rule.code], Origin(""))
        return tuple(found)


def compared(
    jobs: Sequence[Job], results: Sequence[Sides], context: Context, memory: Memory, skipped: list[Skip]
) -> Iterator[Finding]:
    """Yield what comparing siblings gives; note what could not be read."""
    world = World(context, memory)
    patches: dict[tuple[str, int], list[int]] = {}
    for i, job in enumerate(jobs):
        snapshot = job.snapshot
        if snapshot.added is None and snapshot.before is None:
            world.files[snapshot.path] = results[i].after
        else:
            patches.setdefault(job.patch, []).append(i)
            world.files.setdefault(snapshot.path, results[i].before)
    if not patches:
        yield from world.findings(Origin(""))
        return
    if any(result.after.compares for result in results) and not limits.over():
        skipped += _add_around(world, context, memory, jobs[-1].snapshot.origin)
    states: list[tuple[Origin, list[Finding], list[Finding]]] = []
    for indices in patches.values():
        origin = jobs[indices[0]].snapshot.origin
        before = world.findings(origin)
        for i in indices:
            world.files[jobs[i].snapshot.path] = results[i].after
        states.append((origin, before, world.findings(origin)))
    for at, (_, before, after) in enumerate(states):
        for found in brought(after, before):
            from anonlint.run.told import Step, with_end  # lazily: few patches bring something

            yield with_end(found, at, [Step(*state) for state in states])


def _add_around(world: World, context: Context, memory: Memory, last: Origin) -> list[Skip]:
    """Let the functions around a patch take part: its siblings are mostly not in the patch. Return what cannot."""
    from anonlint.intake.around import around  # lazily: few patches touch a function that has siblings

    siblings = context.for_siblings()
    jobs: list[Job] = []
    skipped: list[Skip] = []
    for snapshot in around(context.request, siblings.wanted):
        if isinstance(snapshot, Skip):
            skipped.append(snapshot)
        elif snapshot.path not in world.files:
            jobs.append(Job(snapshot, last))
    for job, sides in zip(jobs, memory.done(jobs, siblings), strict=True):
        world.files[job.snapshot.path] = sides.after
    return skipped
