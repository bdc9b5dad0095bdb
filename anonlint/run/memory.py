"""What was found out about images before, by content and by all else that a result depends on.

A result is looked up before the engine is imported. What it depends on is in its key: the two images, what is in
sight of them, the releases that the run assumes, the vocabulary, the rules, and anonlint's own files.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from anonlint.cache import pack
from anonlint.cache.stamps import Stamps
from anonlint.cache.store import Store, digest
from anonlint.errors import InputError
from anonlint.intake import files
from anonlint.model.finding import Finding
from anonlint.model.snapshot import Image, Origin
from anonlint.run.jobs import Job, lost, recall, run
from anonlint.run.pool import spread
from anonlint.run.result import ImageResult, Sides

if TYPE_CHECKING:
    from anonlint.rule.plugin import Member
    from anonlint.run.context import Context
    from anonlint.run.progress import Progress

T = TypeVar("T")

_OWN = (".py", ".tsv", ".so")


class Memory:
    """Does jobs, or remembers what came of them."""

    def __init__(self, store: Store, plugins: tuple[str, ...] = ()) -> None:
        self.store = store
        self._own = own_files(plugins)
        self.stamps = Stamps(store, self._own)
        self._stamps = [self.stamps]

    def done(
        self, jobs: Sequence[Job], context: "Context", workers: int = 1, progress: "Progress | None" = None
    ) -> list[Sides]:
        """Return what comes of the jobs."""
        base = digest(self._own, context.key)
        keys = [self._key(job, context, base) for job in jobs]
        found = self._recalled(jobs, keys, context)
        left = [i for i in range(len(jobs)) if i not in found]
        if any(jobs[i].weight for i in left):  # a patch that touches no entry needs no engine
            from anonlint.run import verdict  # noqa: F401  # once, before there are processes that would all do it

            context.surroundings.ready(jobs[i].snapshot for i in left)
        made = spread(
            [jobs[i] for i in left],
            [jobs[i].weight for i in left],
            lambda job: run(job, context),
            workers,
            lambda job, how: lost(job, f"not judged: the process that worked on it was {how}", crash=True),
            progress,
        )
        results = {**found, **dict(zip(left, made, strict=True))}
        self._keep({keys[i]: results[i] for i in left})
        return [results[i] for i in range(len(jobs))]

    def remembered(self, context: "Context", parts: Sequence[bytes], work: Callable[[], T]) -> T:
        """Return what ``work`` gives; ``parts`` are all that it depends on, beside the context."""
        key = digest(self._own, context.key, *parts) if self.store.usable else b""
        known = self.store.get([key] if key else [])
        with suppress(pack.Unpackable):
            if known:
                kept: T = pack.unpack(known[key])
                return kept
        found = work()
        with suppress(pack.Unpackable):
            self.store.put({key: pack.pack(found)} if key else {})
        return found

    def known(self, context: "Context") -> Callable[[str], bool] | None:
        """Return what tells whether a file is wanted, without reading one that is known."""
        if not self.store.usable:
            return None
        stamps = Stamps(self.store, digest(self._own, context.key, b"wanted"))
        self._stamps.append(stamps)

        def look(path: str) -> bytes:
            try:
                return b"wanted" if context.wanted(files.read(path)) else b""
            except InputError:
                return b"wanted"  # whoever reads it says what is wrong

        return lambda path: bool(stamps.mark(path, look))

    def close(self) -> None:
        """Keep what was found out about files, and let go of the cache."""
        self.store.put({key: value for stamps in self._stamps for key, value in stamps.changed().items()})
        self.store.close()

    def _key(self, job: Job, context: "Context", base: bytes) -> bytes:
        """Return what a job's result depends on; b"" where that is not known, or the job costs nothing."""
        if not self.store.usable or not job.weight:
            return b""
        sight = job.sight(context.surroundings)
        if sight is None:
            return b""
        snapshot = job.snapshot
        told = (snapshot.path, snapshot.added is None, context.told(snapshot))
        images = (_content(snapshot.before), _content(snapshot.after))
        return digest(base, repr(told).encode("utf-8", "surrogatepass"), *images, sight)

    def _recalled(self, jobs: Sequence[Job], keys: Sequence[bytes], context: "Context") -> dict[int, Sides]:
        known = self.store.get([key for key in keys if key])
        found: dict[int, Sides] = {}
        for i, key in enumerate(keys):
            if key not in known:
                continue
            try:
                sides = pack.unpack(known[key])
            except pack.Unpackable:
                continue
            if isinstance(sides, Sides) and recall(jobs[i], context, sides):
                found[i] = Sides(*(_of_patch(side, jobs[i].snapshot.origin) for side in sides))
        return found

    def _keep(self, results: dict[bytes, Sides]) -> None:
        kept: dict[bytes, bytes] = {}
        for key, sides in results.items():
            if key and not any(side.cut for side in sides):
                try:
                    kept[key] = pack.pack(Sides(*map(_bare, sides)))
                except pack.Unpackable:
                    continue  # a rule of the user's own, with values of its own
        self.store.put(kept)


def own_files(plugins: tuple[str, ...] = ()) -> bytes:
    """Return what stands for the program: its files as they lie there, and the Python that runs it.

    Of rules from outside it is what their files hold: they are few, and somebody may be writing them just now.
    """
    state: list[object] = [sys.version, sys.implementation.cache_tag]
    for package in ("anonlint", "anonlint_rules"):
        waiting = list(import_module(package).__path__)
        while waiting:
            here = waiting.pop()
            with os.scandir(here) as found:
                for entry in sorted(found, key=lambda e: e.name):
                    if entry.is_dir(follow_symlinks=False):
                        waiting += [entry.path] * (entry.name != "__pycache__")
                    elif entry.name.endswith(_OWN):
                        stat = entry.stat()
                        state.append((entry.path, stat.st_size, stat.st_mtime_ns))
    if plugins:
        from anonlint.rule import outside

        state += [(path, files.read(path)) for path in outside.files(plugins)]
    return digest(repr((plugins, state)).encode("utf-8", "surrogatepass"))


def _content(image: Image | None) -> bytes:
    if image is None:
        return b"none"
    source = image.source
    shown = b"" if source.lines is None else repr((source.lines, image.fragments)).encode()
    return digest(source.data, shown)


def _bare(side: ImageResult) -> ImageResult:
    """Return a result without whose patch it is of, its members as bytes; who takes it from here executes nothing."""
    findings = tuple(found._replace(commit="", subject="", mail="") for found in side.findings)
    return side._replace(findings=findings, members=(), held=packed_members(side), executed=0)


def packed_members(side: ImageResult) -> bytes:
    """Return what takes part in comparisons as bytes, b"" for nothing; raise Unpackable where that cannot be."""
    return pack.pack(side.members) if side.members else side.held


def members(side: ImageResult) -> "tuple[tuple[str, Member], ...]":
    """Return what takes part in comparisons."""
    found: tuple[tuple[str, Member], ...] = pack.unpack(side.held) if side.held else side.members
    return found


def _of_patch(side: ImageResult, origin: Origin) -> ImageResult:
    """Return a result as one of a patch."""
    return side._replace(findings=tuple(stamped(side.findings, origin)))


def stamped(findings: Sequence[Finding], origin: Origin) -> list[Finding]:
    """Return findings as those of a patch."""
    commit, subject, mail = origin.patch
    return [found._replace(commit=commit, subject=subject, mail=mail) for found in findings]
