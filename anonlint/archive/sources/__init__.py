"""Where an archive's mails come from, one after the other, each with the cursor behind it."""

import os
from collections.abc import Callable

from anonlint.archive.sources.came import Source
from anonlint.errors import InputError


def found(directory: str, history: str = "") -> list[Source]:
    """Return what there is to read in a directory: a public-inbox, a maildir, mailboxes, or a range of commits."""
    from anonlint.archive.sources.commits import History
    from anonlint.archive.sources.inbox import Inbox, epochs
    from anonlint.archive.sources.mailbox import Mailbox
    from anonlint.archive.sources.maildir import Maildir

    if history:
        return [History(directory, history)]
    if not os.path.exists(directory):
        raise InputError(directory, "is not there")
    if not os.path.isdir(directory):
        return [Mailbox(directory)]
    inboxes = epochs(directory)
    if inboxes:
        return [Inbox(path) for path in inboxes]
    if any(os.path.isdir(os.path.join(directory, name)) for name in ("cur", "new")):
        return [Maildir(directory)]
    names = _listed(directory, os.listdir)
    files = [path for path in (os.path.join(directory, name) for name in names) if os.path.isfile(path)]
    if not files:
        raise InputError(
            directory, "is neither a public-inbox (git/0.git) nor a maildir (cur/, new/) nor holds mailboxes"
        )
    return [Mailbox(path) for path in files]


def _listed(directory: str, ask: Callable[[str], list[str]]) -> list[str]:
    """Return the names in a directory that are not hidden, in order."""
    try:
        return sorted(name for name in ask(directory) if not name.startswith("."))
    except OSError as error:
        raise InputError(directory, f"cannot be read: {error.strerror}") from error


def again(name: str, kind: str) -> Source:
    """Return a source that was found before, by its name."""
    from anonlint.archive.sources.commits import History
    from anonlint.archive.sources.inbox import Inbox
    from anonlint.archive.sources.mailbox import Mailbox
    from anonlint.archive.sources.maildir import Maildir

    if kind == "git":
        directory, _, spec = name.rpartition(": ")
        return History(directory, spec)
    plain: dict[str, Callable[[str], Source]] = {Inbox.kind: Inbox, Mailbox.kind: Mailbox, Maildir.kind: Maildir}
    return plain[kind](name)


__all__ = ["Source", "again", "found"]
