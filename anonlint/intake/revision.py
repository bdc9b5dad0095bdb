"""The files of a revision as they are there, found by the words that they hold: git looks through its own objects."""

from collections.abc import Iterable, Iterator

from anonlint.errors import InputError
from anonlint.intake.commits import known
from anonlint.intake.git import Repository
from anonlint.intake.image import is_c, shown, whole
from anonlint.intake.request import Intake
from anonlint.model.snapshot import Origin, Snapshot

_MAKEFILE = "Makefile"


def ends(spec: str) -> tuple[str, ...]:
    """Return the revisions that a specification names: of a range both ends."""
    for dots in ("...", ".."):
        first, found, last = spec.partition(dots)
        if found:
            return first or "HEAD", last or "HEAD"
    return (spec,)


def holding(clone: str | None, revision: str, words: Iterable[str], folders: Iterable[str]) -> Iterator[Intake]:
    """Yield the C files of a revision below some folders, or with those paths, that hold one of ``words``."""
    with Repository(clone) as repository:
        commit = known(repository, revision, revision)
        for path in _paths(repository, commit, words, folders):
            data = repository.blob(commit.encode() + b":" + path)
            if data is not None and is_c(shown(path)):
                name = f"{revision}:{shown(path)}"
                yield Intake(Snapshot(name, Origin(name, commit), None, whole(name, data)))


def _paths(repository: Repository, commit: str, words: Iterable[str], folders: Iterable[str]) -> list[bytes]:
    asked = [part for word in words for part in ("-e", word)]
    where = [f":(top){folder}" for folder in folders]
    status, out, error = repository.run(
        "grep", "-l", "-z", "-w", "--fixed-strings", "--no-color", "--full-name", *asked, commit, "--", *where
    )
    if status > 1:
        raise InputError(f"--git {commit}", f"git grep: {shown(error).strip()}")
    return sorted(line.removeprefix(commit.encode() + b":") for line in out.split(b"\0") if line)


def makefile(clone: str | None, revision: str) -> bytes:
    """Return what the Makefile at the top of a revision holds, nothing where there is none."""
    with Repository(clone) as repository:
        commit = known(repository, revision, revision)
        return repository.blob(f"{commit}:{_MAKEFILE}") or b""
