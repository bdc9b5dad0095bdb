"""Commits and the index as snapshots: whole files before and after, straight from git's objects."""

import re
import time
from collections.abc import Iterator
from typing import NamedTuple

from anonlint.errors import InputError
from anonlint.intake.apply import added_lines
from anonlint.intake.git import Object, Repository
from anonlint.intake.image import is_c, shown, whole
from anonlint.intake.patch import parse_patch, trailers
from anonlint.intake.request import Intake
from anonlint.model.snapshot import Origin, Skip, Snapshot

_COUNTED = re.compile(r"(.*)-(\d{1,6})")
_NAMES = re.compile(rb"^([0-9a-f]{40,64})\n", re.MULTILINE)
_UNMERGED = re.compile(rb"^\* Unmerged path (.*)$", re.MULTILINE)
_AT_ONCE = 32  # commits for each git process: few enough that the first findings come soon


class _Commit(NamedTuple):
    """What a finding says of its commit; ``parents`` is their number."""

    name: str
    subject: str
    date: tuple[int, int] | None
    parents: int
    trailers: tuple[str, ...] = ()


def read_commits(repository: Repository, spec: str) -> Iterator[Intake]:
    """Yield the C files that the commits of ``spec`` change, oldest first; merges are passed over.

    ``spec`` is a revision, ``A..B``, ``A...B`` or ``REV-N`` (the last N commits up to REV).
    """
    found = commits(repository, spec)
    order = 0
    for start in range(0, len(found), _AT_ONCE):
        chunk = found[start : start + _AT_ONCE]
        texts = _split(repository.patch_of_commits(chunk))
        for name in chunk:
            commit = _read(repository, name)
            if commit.parents > 1:
                yield Intake(None, Skip(spec, 0, "", f"commit {name[:12]} is a merge: not checked"))
                continue
            origin = Origin(spec, commit.name, commit.subject, order, commit.date, commit.trailers)
            yield from _snapshots(repository, texts.get(name, b""), origin)
            order += 1


def read_staged(repository: Repository) -> Iterator[Intake]:
    """Yield the C files whose staged content differs from HEAD's."""
    trouble = repository.trouble()
    if trouble:
        raise InputError("--staged", f"git cannot read the repository (--tree names one): {trouble}")
    base = repository.commit("HEAD") or repository.empty_tree()
    text = repository.patch_of_index(base)
    for match in _UNMERGED.finditer(text):
        yield Intake(None, Skip(shown(match[1]), 0, "", "the path is not merged: nothing is staged"))
    yield from _snapshots(repository, text, Origin("--staged"))


def commits(repository: Repository, spec: str) -> list[str]:
    """Return the full ids of the commits that ``spec`` names, oldest first."""
    one = repository.commit(spec)
    if one is not None:
        return [one]
    for dots in ("...", ".."):
        start, found, end = spec.partition(dots)
        if found:
            a, b = (_known(repository, side or "HEAD", spec) for side in (start, end))
            return _listed(repository, f"{a}{dots}{b}")[::-1]
    counted = _COUNTED.fullmatch(spec)
    if counted is not None and repository.commit(counted[1]) is not None:
        return _listed(repository, f"--max-count={counted[2]}", _known(repository, counted[1], spec))[::-1]
    _known(repository, spec, spec)
    return []


def _known(repository: Repository, revision: str, spec: str) -> str:
    name = repository.commit(revision)
    if name is not None:
        return name
    trouble = repository.trouble()
    if trouble:
        raise InputError(f"--git {spec}", f"git cannot read the repository (--tree names one): {trouble}")
    raise InputError(f"--git {spec}", f"{revision!r} names no commit")


def _listed(repository: Repository, *words: str) -> list[str]:
    status, out, _ = repository.run("rev-list", "--no-merges", "--topo-order", *words, "--")
    return out.decode().split() if status == 0 else []


def _split(text: bytes) -> dict[str, bytes]:
    """Return the patch text of each commit; only ids stand alone on a line in a diff without context."""
    marks = list(_NAMES.finditer(text))
    if not marks:
        return {}
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {mark[1].decode(): text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def _read(repository: Repository, name: str) -> _Commit:
    found = repository.get(name.encode())
    if not isinstance(found, Object):
        raise InputError(f"commit {name}", "is not in the repository")
    head, _, message = found.data.partition(b"\n\n")
    author = re.search(rb"^author .* (\d{1,11}) [+-]\d+$", head, re.MULTILINE)
    date = time.gmtime(int(author[1]))[:2] if author else None
    subject = message.lstrip(b"\n").partition(b"\n\n")[0]
    return _Commit(
        name,
        " ".join(subject.decode("utf-8", "replace").split()),
        (date[0], date[1]) if date else None,
        len(re.findall(rb"^parent ", head, re.MULTILINE)),
        trailers(message),
    )


def _snapshots(repository: Repository, text: bytes, origin: Origin) -> Iterator[Intake]:
    for file in parse_patch(text):
        path = shown(file.path or b"")
        if not is_c(path):
            continue
        try:
            before, after = _blob(repository, file.old_id, path), _blob(repository, file.new_id, path)
        except InputError as error:
            yield Intake(None, None, f"{origin.input}: {error}")
            continue
        if before is None and after is None:
            continue  # only the mode or the name has changed
        snapshot = Snapshot(path, origin, whole(path, before), whole(path, after), added_lines(file.hunks))
        yield Intake(snapshot)


def _blob(repository: Repository, name: str, path: str) -> bytes | None:
    """Return the content of a blob, None if the file is not there; raise InputError if git cannot read it."""
    if not name.strip("0"):
        return None
    data = repository.blob(name)
    if data is None:
        raise InputError(path, f"its content {name[:12]} is missing or damaged in the repository (git fsck says more)")
    return data
