"""What intake hands on: a file before and after, as far as the input shows it."""

from typing import NamedTuple

from anonlint.model.source import Source, Span


class Fragment(NamedTuple):
    """One hunk's image inside ``Source.data``.

    ``context`` is the text behind the second ``@@`` (the enclosing function, as git saw it; may be
    empty). ``partial`` says that lines of the hunk are missing or damaged (reply, snip, wrong counts).
    """

    span: Span
    context: bytes = b""
    partial: bool = False


class Image(NamedTuple):
    """One side of a change. ``fragments`` is None when ``source`` is the whole file."""

    source: Source
    fragments: tuple[Fragment, ...] | None = None


class Origin(NamedTuple):
    """Where a snapshot comes from: the input as the user named it, and the commit or mail, if any.

    ``order`` counts the patches of one series from 0; ``date`` is a (year, month) or None;
    ``trailers`` are the rules that ``Anonlint-ignore:`` lines of the message name. ``mail`` tells mails apart, whatever
    they are called: the input and the line where it begins. ``old`` is the input that the image before is of, where
    two inputs are compared.
    """

    input: str
    commit: str = ""
    subject: str = ""
    order: int = 0
    date: tuple[int, int] | None = None
    trailers: tuple[str, ...] = ()
    mail: str = ""
    old: str = ""

    @property
    def patch(self) -> tuple[str, str, str]:
        """Return what tells which patch this is."""
        return self.commit, self.subject, self.mail


class Snapshot(NamedTuple):
    """One file of one input. ``before`` is None for plain files and for files a patch creates.

    ``after`` is None for a file that a patch deletes. ``added`` holds the file's line numbers (in the
    ``after`` image) that a patch adds; None when the input is not a patch. ``alone`` says why only hunks
    are seen of the file ("" where it is whole).
    """

    path: str
    origin: Origin
    before: Image | None
    after: Image | None
    added: frozenset[int] | None = None
    alone: str = ""


class Skip(NamedTuple):
    """Something that was not looked at, and why. Ordered: path, line, function, reason.

    ``seen`` says that it was looked at all the same: a remark on how, then.
    """

    path: str
    line: int
    function: str
    reason: str
    seen: bool = False
