"""Patches as values: what a unified diff says, before anybody looks for the files it is about."""

from typing import NamedTuple


class Hunk(NamedTuple):
    """One hunk. ``lines`` hold a marker (blank, ``+`` or ``-``) and the line with its line end.

    Starts are line numbers from 1, taken from the header; 0 with an empty side, as diff writes it. A
    side whose file ends without a line end has none on its last line either. ``context`` is the text
    behind the second ``@@``, ``at`` the line of the input that holds the header. ``damage`` says what
    was wrong with the hunk ("" for nothing); ``partial`` that lines are missing from it or had to be
    guessed, so that its images cannot be trusted to the letter.
    """

    old_start: int
    new_start: int
    lines: tuple[bytes, ...]
    context: bytes = b""
    at: int = 0
    damage: str = ""
    partial: bool = False


class FilePatch(NamedTuple):
    """All that one patch does to one file.

    ``old_path`` and ``new_path`` are relative to the tree's root, None where the file does not exist;
    both are None when the input does not name the file. ``kind`` is "modify", "create", "delete",
    "rename" or "copy". The ids are the hexadecimal blob ids of the ``index`` line as far as they are
    given ("" if they are not). ``note`` says why a change has no hunks although it changes content
    (binary, combined diff).
    """

    old_path: bytes | None
    new_path: bytes | None
    kind: str = "modify"
    hunks: tuple[Hunk, ...] = ()
    old_id: str = ""
    new_id: str = ""
    at: int = 0
    note: str = ""

    @property
    def path(self) -> bytes | None:
        """Return the name to report the file under: the new one where there is one."""
        return self.old_path if self.new_path is None else self.new_path


class Patch(NamedTuple):
    """One mail's, commit's or file's worth of changes.

    ``commit`` is the full commit id if the input gives it, ``date`` (year, month), ``base`` the commit
    id of a ``base-commit:`` trailer. ``number`` is (version, total, n) of a series' subject, if it has one.
    ``trailers`` are the rules that its message's ``Anonlint-ignore:`` lines name, ``at`` is the line of the input where
    its mail begins (0: it is of none).
    """

    files: tuple[FilePatch, ...]
    commit: str = ""
    subject: str = ""
    date: tuple[int, int] | None = None
    base: str = ""
    number: tuple[int, int, int] | None = None
    trailers: tuple[str, ...] = ()
    at: int = 0
