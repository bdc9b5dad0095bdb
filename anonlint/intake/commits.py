"""Commits and the index as snapshots: whole files before and after, straight from git's objects."""

import re
import time
from collections.abc import Iterator, Sequence
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


class Commit(NamedTuple):
    """What a finding says of its commit; ``parents`` as the commit itself names them, whatever git makes of it."""

    name: str
    subject: str
    date: tuple[int, int] | None
    parents: tuple[str, ...]
    trailers: tuple[str, ...] = ()


def read_commits(repository: Repository, spec: str) -> Iterator[Intake]:
    """Yield the C files that the commits of ``spec`` change, oldest first; merges are passed over.

    ``spec`` is a revision, ``A..B``, ``A...B`` or ``REV-N`` (the last N commits up to REV).
    """
    found = commits(repository, spec)
    order = 0
    for start in range(0, len(found), _AT_ONCE):
        chunk = [read_commit(repository, name) for name in found[start : start + _AT_ONCE]]
        refused = {commit.name: item for commit in chunk if (item := _refused(repository, commit, spec)) is not None}
        sound = [commit for commit in chunk if commit.name not in refused]
        texts = _texts(repository, sound, spec)
        for commit in chunk:
            text = refused.get(commit.name) or texts.get(commit.name, b"")
            if isinstance(text, Intake):
                yield text
                continue
            origin = Origin(spec, commit.name, commit.subject, order, commit.date, commit.trailers)
            yield from _snapshots(repository, text, origin)
            order += 1


def _refused(repository: Repository, commit: Commit, spec: str) -> Intake | None:
    """Return what is said of a commit that cannot be judged; None of all others.

    Without its parent, a commit would be taken for the author of its whole tree.
    """
    if len(commit.parents) > 1:
        return Intake(None, Skip(spec, 0, "", f"commit {commit.name[:12]} is a merge: not checked"))
    for parent in commit.parents:
        if not isinstance(repository.get(parent.encode()), Object):
            what = f"commit {commit.name[:12]}: its parent {parent[:12]} is not in the clone{_deepen(repository)}"
            return Intake(None, None, str(InputError(f"--git {spec}", what)))
    return None


def _texts(repository: Repository, found: Sequence[Commit], spec: str) -> dict[str, bytes | Intake]:
    """Return each commit's patch text, or what is said of one that git cannot show; that loses no other."""
    try:
        return {**_split(repository.patch_of_commits([(commit.name, *commit.parents) for commit in found]))}
    except InputError as error:
        if len(found) == 1:
            name = found[0].name
            return {name: Intake(None, None, str(InputError(f"--git {spec}", f"commit {name[:12]}: {error.why}")))}
    return {name: text for commit in found for name, text in _texts(repository, [commit], spec).items()}


def _deepen(repository: Repository) -> str:
    """Return how to get more of a history that is cut off; "" where it is not."""
    if not repository.is_shallow():
        return ""
    return ", which is shallow: git fetch --deepen=100 (or --unshallow) brings more of it"


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
            a, b = (known(repository, side or "HEAD", spec) for side in (start, end))
            return _listed(repository, f"{a}{dots}{b}")[::-1]
    counted = _COUNTED.fullmatch(spec)
    if counted is not None and repository.commit(counted[1]) is not None:
        return _listed(repository, f"--max-count={counted[2]}", known(repository, counted[1], spec))[::-1]
    known(repository, spec, spec)
    return []


def known(repository: Repository, revision: str, spec: str) -> str:
    """Return the full id of the commit that a revision names; raise InputError where it names none."""
    name = repository.commit(revision)
    if name is not None:
        return name
    trouble = repository.trouble()
    if trouble:
        raise InputError(f"--git {spec}", f"git cannot read the repository (--tree names one): {trouble}")
    raise InputError(f"--git {spec}", f"{revision!r} names no commit of the clone{_deepen(repository)}")


def _listed(repository: Repository, *words: str) -> list[str]:
    return repository.listed("--no-merges", "--topo-order", *words, "--")


def _split(text: bytes) -> dict[str, bytes]:
    """Return the patch text of each commit; only ids stand alone on a line in a diff without context."""
    marks = list(_NAMES.finditer(text))
    if not marks:
        return {}
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {mark[1].decode(): text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def read_commit(repository: Repository, name: str) -> Commit:
    """Return what a commit says of itself."""
    found = repository.get(name.encode())
    if not isinstance(found, Object):
        raise InputError(f"commit {name}", "is not in the repository")
    head, _, message = found.data.partition(b"\n\n")
    author = re.search(rb"^author .* (\d{1,11}) [+-]\d+$", head, re.MULTILINE)
    date = time.gmtime(int(author[1]))[:2] if author else None
    subject = message.lstrip(b"\n").partition(b"\n\n")[0]
    return Commit(
        name,
        " ".join(subject.decode("utf-8", "replace").split()),
        (date[0], date[1]) if date else None,
        tuple(name.decode() for name in re.findall(rb"^parent ([0-9a-f]+)$", head, re.MULTILINE)),
        trailers(message),
    )


def _snapshots(repository: Repository, text: bytes, origin: Origin) -> Iterator[Intake]:
    for file in parse_patch(text):
        path = shown(file.path or b"")
        if not is_c(path):
            continue
        ids = [name for name in (file.old_id, file.new_id) if name.strip("0")]
        blobs = {name: repository.blob(name) for name in ids}
        gone = [name for name, data in blobs.items() if data is None]
        if gone:
            why = f"{origin.input}: its blob {gone[0][:12]} cannot be read from the clone"
            yield Intake(None, None, str(InputError(path, why)))
        elif ids:  # else only the mode or the name has changed
            images = whole(path, blobs.get(file.old_id)), whole(path, blobs.get(file.new_id))
            yield Intake(Snapshot(path, origin, *images, added_lines(file.hunks)))
