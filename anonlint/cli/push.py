"""What ``check --pushed`` checks: the commits that a push sends, as git or pre-commit tells a pre-push hook."""

import os
import sys

from anonlint.cli import streams
from anonlint.errors import UsageError
from anonlint.intake.git import Repository


def revisions(tree: str | None) -> tuple[str, ...]:
    """Return the revisions and ranges to check, none where nothing new is sent."""
    start, end = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    if start and end:
        return (f"{start}..{end}",)
    with Repository(tree) as repository:
        branch = os.environ.get("PRE_COMMIT_LOCAL_BRANCH")
        if branch:  # pre-commit names no range for a history that the remote knows nothing of
            return _new(repository, branch)
        if sys.stdin.isatty():
            raise UsageError("check: --pushed reads what git tells a pre-push hook; by hand: --git '@{push}..HEAD'")
        lines = streams.read().decode("utf-8", "surrogateescape").splitlines()
        found = [revision for line in lines for revision in _line(repository, line)]
    return tuple(dict.fromkeys(found))


def _line(repository: Repository, line: str) -> tuple[str, ...]:
    """Return what one line "local ref, local id, remote ref, remote id" brings."""
    words = line.split()
    if len(words) != 4:
        raise UsageError(f"check: --pushed: {line!r} is no line that git gives a pre-push hook")
    local, remote = words[1], words[3]
    if not local.strip("0"):
        return ()  # a branch is deleted
    known = bool(remote.strip("0")) and repository.commit(remote) is not None
    return (f"{remote}..{local}",) if known else _new(repository, local)


def _new(repository: Repository, revision: str) -> tuple[str, ...]:
    """Return what a new branch brings: all that no remote branch and no tag holds."""
    name = repository.commit(revision)
    if name is None:
        return ()
    names = repository.listed("--reverse", "--topo-order", name, "--not", "--remotes", "--tags")
    if not names:
        return ()
    parent = repository.commit(names[0] + "^")
    return (f"{parent}..{name}",) if parent else tuple(names)
