"""The answer that a reviewer would send to a patch: its hunks quoted, each finding below the line it is about."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anonlint import __version__
from anonlint.model.finding import Finding
from anonlint.model.letter import Letter
from anonlint.model.patch import FilePatch, Hunk
from anonlint.report.parts import line_of
from anonlint.report.safe import safe, safe_code
from anonlint.report.text import headline, mended

WIDTH = 72
_BEFORE, _BEHIND = 10, 3  # quoted lines around a remark; all else is cut
_SEPARATOR = "From anonlint Mon Sep 17 00:00:00 2001"
_CUT = "[...]"


class Reply(NamedTuple):
    """One message of a mailbox, and how many findings it tells."""

    text: str
    told: int


def replies(letters: Sequence[Letter], findings: Sequence[Finding]) -> list[Reply]:
    """Return an answer to each mail that something was found in."""
    made = []
    for letter in letters:
        mine = [finding for finding in findings if finding.mail == letter.place]
        if mine:
            body = [line for file in _files(letter) for line in _file(file, mine, "> " * (letter.depth + 1))]
            known = {_path(file) for file in _files(letter)}
            for finding in mine:  # in a file that the patch does not touch
                body += ["", *_story(finding, shown=False), ""] if finding.path not in known else []
            text = "\n".join([*_head(letter), "", *_greeting(letter), "", *body, *_farewell(mine)]) + "\n"
            made.append(Reply(text, len(mine)))
    return made


def _files(letter: Letter) -> list[FilePatch]:
    return [file for patch in letter.patches for file in patch.files]


def _path(file: FilePatch) -> str:
    return (file.path or b"").decode("utf-8", "surrogateescape")


def _head(letter: Letter) -> Iterator[str]:
    """Yield the header. There is no ``From:``: whoever sends it is asked by what sends it."""
    yield _SEPARATOR
    subject = safe(letter.subject)
    yield from _folded(f"Subject: {subject if subject.lower().startswith('re:') else f'Re: {subject}'}", " ")
    for name, value in (("To", letter.sender), ("Cc", ", ".join(v for v in (letter.to, letter.cc) if v))):
        if value:
            yield from _folded(f"{name}: {safe(value)}", ", ")
    if letter.message_id:
        yield f"In-Reply-To: {safe(letter.message_id)}"
        yield from _folded(f"References: {safe(' '.join([*letter.references.split(), letter.message_id]))}", " ")
    yield "MIME-Version: 1.0"
    yield "Content-Type: text/plain; charset=utf-8"
    yield "Content-Transfer-Encoding: 8bit"


def _folded(field: str, between: str) -> Iterator[str]:
    """Yield a header field in lines of 72 columns, broken between its items."""
    line = ""
    for item in field.split(between):
        joined = f"{line}{between}{item}" if line else item
        if line and len(joined) > WIDTH:
            yield (line + between).rstrip()
            joined = f" {item}"
        line = joined
    yield line


def _greeting(letter: Letter) -> list[str]:
    sender = safe(_read(letter.sender))
    name = sender.partition("<")[0].strip().strip('"') or sender
    words = (f"On {safe(letter.date)}, " if letter.date else "") + f"{name or 'somebody'} wrote:"
    return _wrapped(words, "", "")


def _read(field: str) -> str:
    """Return a header field as people read it; as it is where its encoded words are none."""
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(field)))
    except (HeaderParseError, LookupError, ValueError):
        return field


def _farewell(findings: Sequence[Finding]) -> list[str]:
    codes = " ".join(sorted({finding.code for finding in findings}))
    return _wrapped(f"(Found by anonlint {__version__}; 'anonlint explain {codes}' tells more.)", "", "")


def _file(file: FilePatch, findings: Sequence[Finding], mark: str) -> Iterator[str]:
    """Yield a file's hunks, as far as something is said of them, with what is said."""
    mine = [finding for finding in findings if finding.path == _path(file)]
    if not mine:
        return
    names = [(name or b"/dev/null").decode("utf-8", "replace") for name in (file.old_path, file.new_path)]
    marks = (("---", "a/", names[0]), ("+++", "b/", names[1]))
    yield from (f"{mark}{sign} {name if name == '/dev/null' else side + safe(name)}" for sign, side, name in marks)
    left = list(mine)
    for hunk in file.hunks:
        rows = _rows(hunk)
        here = {at: [f for f in left if line_of(f) == number] for at, number in enumerate(rows) if number}
        here = {at: told for at, told in here.items() if told}
        left = [finding for finding in left if all(finding not in told for told in here.values())]
        if here:
            yield from _hunk(hunk, here, mark)
    for finding in left:  # in the file, but not in what the mail shows of it
        yield from ("", *_story(finding, shown=False), "")


def _rows(hunk: Hunk) -> list[int]:
    """Return for each line of a hunk its number in the new file; 0 for one that is gone."""
    rows, number = [], hunk.new_start
    for line in hunk.lines:
        rows.append(0 if line[:1] == b"-" else number)
        number += line[:1] != b"-"
    return rows


def _hunk(hunk: Hunk, here: dict[int, list[Finding]], mark: str) -> Iterator[str]:
    old = sum(line[:1] != b"+" for line in hunk.lines)
    new = sum(line[:1] != b"-" for line in hunk.lines)
    context = f" {_decoded(hunk.context)}" if hunk.context.strip() else ""
    yield f"{mark}@@ -{hunk.old_start},{old} +{hunk.new_start},{new} @@{context}".rstrip()
    shown = {row for at in here for row in range(at - _BEFORE, at + _BEHIND + 1)}
    cut = False
    for at, line in enumerate(hunk.lines):
        if at in shown:
            yield f"{mark}{_decoded(line)}".rstrip()
            cut = False
        elif not cut:
            yield f"{mark}{_CUT}"
            cut = True
        for finding in here.get(at, ()):
            yield from ("", *_story(finding, shown=line_of(finding) == finding.line), "")
    yield ""


def _decoded(line: bytes) -> str:
    return "\t".join(map(safe, line.rstrip(b"\r\n").decode("utf-8", "replace").split("\t")))


def _story(finding: Finding, *, shown: bool) -> Iterator[str]:
    """Yield what is to be said, in lines of 72 columns; where the line is not quoted above, with the line."""
    yield from _wrapped(f"{headline(finding)} ({finding.severity.word}, {finding.code}).", "", "")
    if not shown:
        yield from ("", *_wrapped(f"That is at {safe(finding.path)}:{finding.line}:", "", ""), "")
        yield _code(finding.text)
    if finding.because:
        yield from ("", "The path that leads there:", "")
        for item in finding.because:  # a mail has no line numbers to look for: the code says where it is
            yield from _wrapped(f"{_place(item.path, item.line, finding.path)}: {safe(item.message)}", "  ", "    ")
            yield from [_code(item.text)] * bool(item.text.strip())
    if finding.evidence:
        yield ""
        for item in finding.evidence:
            yield from _wrapped(f"{_place(item.path, item.line, finding.path)}: {safe(item.message)}.", "", "  ")
            yield from [_code(item.text)] * bool(item.text.strip())
    if finding.tables:
        from anonlint.report import grid  # rich: only who shows a table pays for it

        yield ""
        yield from (f"  {line}".rstrip() for line in grid.render(finding.tables, WIDTH - 2).splitlines())
    for label, text in (("What breaks", finding.breaks), ("What to do", finding.help)):
        if text:
            yield from ("", *_wrapped(f"{label}: {safe(text)}.", "", ""))
    if finding.gone_by:
        yield from ("", *_wrapped(f"It is {mended(finding)}.", "", ""))
    if finding.like:
        yield from ("", *_wrapped(f"Such a bug was fixed by {'; '.join(map(safe, finding.like))}.", "", ""))


def _code(text: str) -> str:
    """Return a source line, cut where it is too long."""
    code = f"      {safe_code(text).strip()}"
    return code if len(code) <= WIDTH else f"{code[: WIDTH - 3]}..."


def _place(path: str, line: int, own: str) -> str:
    return f"line {line}" if path == own else f"{safe(path)}:{line}"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    import textwrap

    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
