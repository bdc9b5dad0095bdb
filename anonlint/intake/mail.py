"""Reads a mail without the standard library's email package, which would cost more than the check.

Nothing here fails: a mail that breaks a rule is read as the text that it most likely is.
"""

import binascii
import re
from typing import NamedTuple

from anonlint.intake.transfer import decoded, has_diff, unsigned

# Few mails need these patterns, so they are compiled when one does.
_PARAMETER = r';\s*([A-Za-z0-9-]+)\*?[0-9]*\*?\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)'
_WORD = r"=\?([A-Za-z0-9_.:-]+)(?:\*[^?]*)?\?([bBqQ])\?([^? ]*)\?=(\s+(?==\?))?"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = r"(\d{1,4})\s*(?:/| of )\s*(\d{1,4})"
_REPLY = ("re:", "aw:", "sv:")
_FORWARD = ("fw:", "fwd:")
_MAX_DEPTH = 8
_MAX_FIELD = 10_000  # characters; no honest field that matters here is longer
_TEXT = ("text/plain", "text/x-patch", "text/x-diff", "application/x-patch", "application/x-diff")
_HTML = "text/html"
_NO_TEXT = ("image/", "audio/", "video/", "application/pgp-", "application/pkcs7-", "application/x-pkcs7-")
_TELLING = frozenset(("from", "date", "message-id", "subject", "content-type"))


class Part(NamedTuple):
    """A decoded part that may hold a patch; ``line`` is where it begins in the input, counted from 1.

    ``flow`` is "flowed" or "delsp" where ``format=flowed`` says that lines were broken for sending, else "".
    """

    data: bytes
    line: int
    flow: str = ""


class Mail(NamedTuple):
    """A mail: ``subject`` and ``sender`` as sent, ``date`` as (year, month), the parts that may hold patches.

    ``html`` says that a diff in it was left out because it is HTML.
    """

    subject: str
    date: tuple[int, int] | None
    parts: tuple[Part, ...]
    sender: str = ""
    html: bool = False

    @property
    def is_reply(self) -> bool:
        """Return whether the subject begins with ``Re:``."""
        return self.subject.lstrip().lower().startswith(_REPLY)

    @property
    def title(self) -> str:
        """Return the subject without ``Re:`` and brackets, as git names the commit."""
        text = self.subject.strip()
        while True:
            if text.startswith("[") and "]" in text:
                text = text.partition("]")[2].lstrip()
            elif text.lower().startswith(_REPLY + _FORWARD):
                text = text.partition(":")[2].lstrip()
            else:
                return text

    @property
    def number(self) -> tuple[int, int, int] | None:
        """Return (version, total, n) if the subject says ``[PATCH vVERSION N/TOTAL]``."""
        brackets = self.subject.rpartition("]")[0]
        match = re.search(_NUMBER, brackets) if "/" in brackets or " of " in brackets else None
        if match is None:
            return None
        version = re.search(r"\b[vV](\d{1,3})\b", brackets)
        return int(version[1]) if version else 1, int(match[2]), int(match[1])


class _Node(NamedTuple):
    fields: dict[str, str]
    body: bytes
    line: int
    depth: int


def read_mail(data: bytes, line: int = 1) -> Mail:
    """Read one mail whose first byte is on ``line`` of the input."""
    fields, body, used = _read_headers(data)
    parts: list[Part] = []
    html = False
    nodes = [_Node(fields, body, line + used, 0)]
    while nodes:
        node = nodes.pop()
        children = _children(node)
        if children is not None:
            nodes.extend(reversed(children))
        elif _may_hold_patch(node):
            parts.append(Part(_text_of(node), node.line, _flow(node.fields)))
        else:
            html = html or _is_shown_as_html(node)
    date = read_date(fields.get("date", ""))
    return Mail(_subject(fields), date, tuple(parts), fields.get("from", ""), html)


def fields(data: bytes) -> dict[str, str]:
    """Return a mail's header fields by lower-case name: the first of each, unfolded, encoded as they were sent."""
    return _read_headers(data)[0]


def read_head(data: bytes) -> tuple[Mail, dict[str, str]]:
    """Read a mail's header fields alone: the mail without its parts, and the first field of each lower-case name."""
    fields = _headers(data)[0]
    return Mail(_subject(fields), read_date(fields.get("date", "")), (), fields.get("from", "")), fields


def read_date(text: str) -> tuple[int, int] | None:
    """Return (year, month) of a date as mails and git write it."""
    words = text.replace(",", " ").split()
    month = next((_MONTHS.index(word[:3]) + 1 for word in words if word[:3] in _MONTHS), 0)
    for word in words:
        if word.isascii() and word.isdigit() and len(word) == 4 and month:
            return int(word), month
        year, dash, rest = word.partition("-")
        if dash and year.isascii() and year.isdigit() and rest[:2].isascii() and rest[:2].isdigit():
            return int(year), min(max(int(rest[:2]), 1), 12)
    return None


def starts_with_fields(data: bytes) -> bool:
    """Return whether ``data`` begins with a mail's header fields."""
    fields = _headers(data)[0]
    return bool(fields.keys() & {"from", "date", "message-id"}) or fields.keys() >= {"subject", "to"}


def has_text_fields(data: bytes) -> bool:
    """Return whether the first lines hold ``From:`` and ``Date:``, as web archives show a mail."""
    return _text_headers(data)[0].keys() >= {"from", "date"}


def _read_headers(data: bytes) -> tuple[dict[str, str], bytes, int]:
    """Return the fields, the body, and how many lines come before it, of a mail or of an archive's text of one."""
    found = _headers(data)
    return found if found[0].keys() & _TELLING else _text_headers(data)


def _headers(data: bytes) -> tuple[dict[str, str], bytes, int]:
    """Return the first field of each name, the body, and how many lines come before the body.

    A line that is neither field nor fold ends the fields, and is the body's, as in git.
    """
    fields: dict[str, str] = {}
    name = ""
    inside = False
    at = lines = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        text = data[at:end].rstrip(b"\r")
        if text[:1] in (b" ", b"\t") and inside:
            if name and len(fields[name]) < _MAX_FIELD:
                fields[name] = f"{fields[name]} {_text(text.strip())}".strip()
        elif text.startswith((b"From ", b">From ")):
            name = ""  # a mailbox's separator, escaped by another mailbox
        elif (field := _field(text)) is not None:
            name = field[0] if field[0] not in fields else ""
            if name:
                fields[name] = field[1][:_MAX_FIELD]
        elif not fields:
            return {}, data, 0
        else:
            skipped = not text
            return fields, data[end + 1 if skipped else at :], lines + skipped
        inside = True
        at = end + 1
        lines += 1
    return fields, b"", lines


def _field(line: bytes) -> tuple[str, str] | None:
    """Return (lower-case name, value) of a header field; None for any other line."""
    name, colon, value = line.partition(b":")
    name = name.rstrip()
    if not colon or not name or not name.isascii() or b" " in name or b"\t" in name or not name.decode().isprintable():
        return None
    return _text(name).lower(), _text(value.strip())


def _text_headers(data: bytes) -> tuple[dict[str, str], bytes, int]:
    """Return what the first lines of an archive's text of a mail say: a title, then fields."""
    fields: dict[str, str] = {}
    for line in data[:4000].split(b"\n")[:12]:
        field = _field(line.strip())
        if field is not None and field[0] in ("from", "date", "subject"):
            fields.setdefault(*field)
        elif "subject" not in fields and line.strip() and not line.startswith((b">", b"diff ")):
            fields["subject"] = _text(line.strip())
    return fields, data, 0


def _children(node: _Node) -> list[_Node] | None:
    """Return the parts of a multipart or enclosed message; None for a leaf."""
    kind, parameters = _content_type(node.fields)
    if node.depth >= _MAX_DEPTH:
        return None
    if kind == "message/rfc822":
        fields, body, used = _headers(node.body)
        return [_Node(fields, body, node.line + used, node.depth + 1)]
    boundary = parameters.get("boundary", "").encode("utf-8", "surrogateescape")
    if not kind.startswith("multipart/") or not boundary:
        return None
    out = []
    line = node.line
    chunks = _split_parts(node.body, boundary)
    for i, chunk in enumerate(chunks):
        if 0 < i < len(chunks) - 1:
            fields, body, used = _headers(chunk)
            plain = chunk[1:] if chunk[:1] == b"\n" else chunk.removeprefix(b"\r\n")
            out.append(_Node(fields, body if fields else plain, line + (used or 1), node.depth + 1))
        elif has_diff(chunk):  # no part is to stand there, but people write what they please
            out.append(_Node({}, chunk, line, node.depth + 1))
        line += chunk.count(b"\n") + 1
    return out if len(chunks) > 2 else None


def _split_parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Return what stands before the parts, the parts, and what stands behind them."""
    mark = b"--" + boundary
    chunks: list[list[bytes]] = [[]]
    closed = False
    for line in body.split(b"\n"):
        if not closed and line.startswith(mark):
            rest = line[len(mark) :].strip()
            if rest in (b"", b"--"):
                closed = rest == b"--"
                chunks.append([])
                continue
        chunks[-1].append(line + b"\n")
    return [b"".join(chunk) for chunk in (chunks if closed else [*chunks, []])]


def _content_type(fields: dict[str, str]) -> tuple[str, dict[str, str]]:
    value = fields.get("content-type", "text/plain")
    kind = value.partition(";")[0].strip().lower()
    found = {m[1].lower(): m[2].strip('"') for m in re.finditer(_PARAMETER, value)}
    return kind, found


def _is_shown_as_html(node: _Node) -> bool:
    """Return whether a leaf is HTML that shows a diff."""
    return _content_type(node.fields)[0] == _HTML and any(mark in _text_of(node) for mark in (b"diff --git", b"@@ -"))


def _flow(fields: dict[str, str]) -> str:
    parameters = _content_type(fields)[1]
    if parameters.get("format", "").lower() != "flowed":
        return ""
    return "delsp" if parameters.get("delsp", "").lower() == "yes" else "flowed"


def _may_hold_patch(node: _Node) -> bool:
    """Return whether a leaf is text, or named as a patch is, or holds one."""
    kind, parameters = _content_type(node.fields)
    found = re.finditer(_PARAMETER, node.fields.get("content-disposition", ""))
    disposition = {m[1].lower(): m[2].strip('"') for m in found}
    name = (disposition.get("filename") or parameters.get("name") or "").lower()
    # A multipart that gave no parts has lost its boundary: what it holds is text.
    if kind in _TEXT or kind.startswith("multipart/") or "/" not in kind or name.endswith((".patch", ".diff")):
        return True
    return kind != _HTML and not kind.startswith(_NO_TEXT) and has_diff(_text_of(node))


def _text_of(node: _Node) -> bytes:
    charset = _content_type(node.fields)[1].get("charset", "")
    return unsigned(decoded(node.body, node.fields.get("content-transfer-encoding", ""), charset))


def _subject(fields: dict[str, str]) -> str:
    text = fields.get("subject", "")
    return " ".join(re.sub(_WORD, _decode_word, text).split()) if "=?" in text else text


def _decode_word(match: "re.Match[str]") -> str:
    data = match[3].encode("ascii", "replace")
    try:
        raw = binascii.a2b_qp(data, header=True) if match[2] in "qQ" else binascii.a2b_base64(data)
        return raw.decode(match[1], "replace")
    except (LookupError, ValueError):
        return match[0]


def _text(data: bytes) -> str:
    """Decode a field as UTF-8, and what is none as Latin-1: nothing else is sent without saying so."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
