"""Reads unified diffs: file headers of every kind that kernel people send, and hunks by their counts."""

import re
from collections.abc import Sequence

from anonlint.intake import hunks, names
from anonlint.model.patch import FilePatch, Hunk

_HEX = frozenset(b"0123456789abcdefABCDEF")
_STARTS = frozenset(b"@d-I")
_COMBINED = "combined diff of a merge: not read"


def parse_patch(data: bytes) -> list[FilePatch]:
    """Return what a unified diff does, file by file; text around and between the diffs is skipped."""
    return parse_lines(split(data))


def split(data: bytes) -> list[bytes]:
    """Return the lines without line ends. CRs go if the hunk headers, quoted or not, have them: the transport's."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if b"\r" in data and any(line[-1:] == b"\r" and line.lstrip(b"> ")[:3] == b"@@ " for line in lines):
        lines = [line.removesuffix(b"\r") for line in lines]
    return lines


def parse_lines(lines: Sequence[bytes], first: int = 1, *, bare: bool = True) -> list[FilePatch]:
    """Return what the diffs in ``lines`` do; the first line is number ``first`` of the input.

    With ``bare``, lines with ``+`` and ``-`` and no header at all are read as one hunk of no file.
    """
    files = _Reader(lines, first).run()
    if files or not bare or not any(line[:1] in (b"+", b"-") for line in lines):
        return files
    header = hunks.Header(1, 0, 1, 0, b"", first, counted=False)
    found = hunks.salvage(header, lines, "no hunk header")
    changes = [hunk for hunk in found if hunks.is_change(hunk.lines)]
    return [FilePatch(None, None, hunks=tuple(changes), at=first)] if changes else []


class _File:
    """A FilePatch in the making."""

    __slots__ = ("alone", "at", "combined", "found", "kind", "named", "new", "new_id", "note", "old", "old_id")

    def __init__(self, at: int) -> None:
        self.old: bytes | None = None
        self.new: bytes | None = None
        self.kind = ""
        self.found: list[Hunk] = []
        self.old_id = self.new_id = ""
        self.at = at
        self.note = ""
        self.named = self.combined = self.alone = False

    def value(self) -> FilePatch:
        """Return the finished value: paths agree with the kind."""
        old, new, kind = self.old, self.new, self.kind
        if kind not in ("rename", "copy"):
            if new is None and old is not None:
                kind = "delete"
            elif old is None and new is not None:
                kind = "create"
            old, new = (None if kind == "create" else new or old), (None if kind == "delete" else new)
            kind = kind or "modify"
        return FilePatch(old, new, kind, tuple(self.found), self.old_id, self.new_id, self.at, self.note)


class _Reader:
    """Walks the lines once: headers start files, ``@@`` lines start hunks, all else is passed over."""

    def __init__(self, lines: Sequence[bytes], first: int) -> None:
        self.lines = lines
        self.first = first
        self.at = 0
        self.files: list[FilePatch] = []
        self.file: _File | None = None
        self.tops: set[bytes] = set()
        self.alone: list[int] = []  # places in files of those that only one plain name tells of

    def run(self) -> list[FilePatch]:
        """Return the files of all diffs."""
        lines, end = self.lines, len(self.lines)
        while self.at < end:
            line = lines[self.at]
            if line and line[0] in _STARTS:
                self._start(line)
            elif self.file is not None and not self.file.found and line:
                self._extended(self.file, line)
            self.at += 1
        self._flush()
        for i in self.alone:
            file = self.files[i]
            old, new = (name and names.below_top(name, self.tops) for name in (file.old_path, file.new_path))
            self.files[i] = file._replace(old_path=old, new_path=new)
        return self.files

    def _start(self, line: bytes) -> None:
        """Take a line that may start a hunk or a file. A combined diff ends only at the next diff."""
        if line.startswith(b"diff -"):
            self._diff(line)
        elif line.startswith(b"deleted file mode") and self.file is not None:
            self.file.kind = "delete"
        elif line.startswith(b"@@@ "):
            self._file().combined = True
            self._file().note = _COMBINED
        elif self.file is not None and self.file.combined:
            if line.startswith(b"--- "):
                self._names(line)
        elif line.startswith(b"@@"):
            self._hunk(line)
        elif line.startswith(b"--- "):
            self._names(line)
        elif line.startswith(b"Index: "):
            self._flush()
            self._file().old = self._file().new = names.header_name(line[7:])

    def _file(self) -> _File:
        if self.file is None:
            self.file = _File(self.first + self.at)
        return self.file

    def _flush(self) -> None:
        if self.file is not None:
            if self.file.alone and self.file.kind not in ("create", "delete"):  # git says so, and names no directory
                self.alone.append(len(self.files))
            self.files.append(self.file.value())
        self.file = None

    def _diff(self, line: bytes) -> None:
        how, _, rest = line[5:].partition(b" ")
        if not rest:
            return
        self._flush()
        file = self._file()
        if how == b"--git":
            file.old, file.new = names.git_pair(rest.rstrip())
        elif how in (b"--cc", b"--combined"):
            file.old = file.new = names.unquote(rest.rstrip())
            file.combined, file.note = True, _COMBINED

    def _names(self, line: bytes) -> None:
        """Take a ``---`` line if a ``+++`` line follows."""
        after = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else b""
        if not after.startswith(b"+++ "):
            return
        file = self._file()
        if (file.found or file.named or file.note) and not file.combined:
            self._flush()
            file = self._file()
        file.named = True
        self.at += 1
        old, new = names.header_name(line[4:]), names.header_name(after[4:])
        file.alone = names.is_alone(old, new)
        self.tops |= {names.top_of(old, new)} - {b""}
        if file.kind not in ("rename", "copy"):  # their names come from lines of their own, without prefixes
            file.old, file.new = names.pair(old, new)

    def _hunk(self, line: bytes) -> None:
        header = hunks.parse_header(line, self.first + self.at)
        if header is None:
            return
        found, after = hunks.read(self.lines, self.at + 1, header)
        self._file().found.extend(found)
        self.at = after - 1

    def _extended(self, file: _File, line: bytes) -> None:
        """Take one of git's extended header lines, if it is one."""
        word, _, rest = line.partition(b" ")
        if word == b"index":
            old, dots, new = rest.partition(b" ")[0].partition(b"..")
            if dots and _is_id(old) and _is_id(new):
                file.old_id, file.new_id = old.decode().lower(), new.decode().lower()
        elif line.startswith(b"new file mode"):
            file.kind = "create"
        elif word in (b"rename", b"copy"):
            way, _, name = rest.partition(b" ")
            if way == b"from":
                file.kind, file.old = word.decode(), names.unquote(name.rstrip())
            elif way == b"to":
                file.kind, file.new = word.decode(), names.unquote(name.rstrip())
        elif line.startswith((b"GIT binary patch", b"Binary files ")):
            file.note = "binary file"


def _is_id(text: bytes) -> bool:
    return 4 <= len(text) <= 64 and _HEX.issuperset(text)


def trailers(message: bytes) -> tuple[str, ...]:
    """Return the rules that ``Anonlint-ignore: RULE reason`` lines of a message name, up to the first diff."""
    end = re.search(rb"^(?:diff --git |--- )", message, re.MULTILINE)
    text = message[: end.start()] if end else message
    found = re.findall(rb"^Anonlint-ignore:[ \t]*([^\s#]+)", text, re.MULTILINE | re.IGNORECASE)
    return tuple(word.decode("utf-8", "replace").rstrip(",") for word in found)
