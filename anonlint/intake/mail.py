"""Reads a mail without the standard library's email package, which would cost more than the check.

Nothing here fails: a mail that breaks a rule is read as the text that it most likely is.
"""

import binascii
import re
from typing import NamedTuple

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_PARAMETER = re.compile(r';\s*([A-Za-z0-9-]+)\*?[0-9]*\*?\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
_WORD = re.compile(r"=\?([A-Za-z0-9_.:-]+)(?:\*[^?]*)?\?([bBqQ])\?([^? ]*)\?=(\s+(?==\?))?")
_DIFF = re.compile(rb"^(?:> ?)*(?:diff --|--- \S.*\n(?:> ?)*\+\+\+ |@@ -\d|Index: )", re.MULTILINE)
_ENCODED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?(?:\n|\Z))")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+=*\s*\Z")
_DATE = re.compile(r"\b(\d{4})-(\d\d)-\d\d|\b([A-Z][a-z]{2})[a-z]*\b.*?\b((?:19|20)\d\d)\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BRACKETS = re.compile(r"\s*(?:(?:re|fwd?|aw|sv)\s*:|\[[^\]]*\])", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,4})\s*(?:/| of )\s*(\d{1,4})")
_VERSION = re.compile(r"\b[vV](\d{1,3})\b")
_MAX_DEPTH = 8
_TEXT = ("text/plain", "text/x-patch", "text/x-diff", "application/x-patch", "application/x-diff")
_TELLING = frozenset(("from", "date", "message-id", "subject", "content-type"))
_PGP = b"-----BEGIN PGP SIGNED MESSAGE-----"


class Part(NamedTuple):
    """A decoded part that may hold a patch; ``line`` is where it begins in the input, counted from 1."""

    data: bytes
    line: int


class Mail(NamedTuple):
    """A mail: ``subject`` as sent, ``date`` as (year, month), the parts that may hold patches."""

    subject: str
    date: tuple[int, int] | None
    parts: tuple[Part, ...]

    @property
    def is_reply(self) -> bool:
        """Return whether the subject begins with ``Re:``."""
        return re.match(r"\s*(?:re|aw|sv)\s*:", self.subject, re.IGNORECASE) is not None

    @property
    def title(self) -> str:
        """Return the subject without ``Re:`` and brackets, as git names the commit."""
        text = self.subject
        while (match := _BRACKETS.match(text)) is not None:
            text = text[match.end() :]
        return text.strip()

    @property
    def number(self) -> tuple[int, int, int] | None:
        """Return (version, total, n) if the subject says ``[PATCH vVERSION N/TOTAL]``."""
        brackets = " ".join(re.findall(r"\[([^\]]*)\]", self.subject))
        match = _NUMBER.search(brackets)
        if match is None:
            return None
        version = _VERSION.search(brackets)
        return int(version[1]) if version else 1, int(match[2]), int(match[1])


class _Node(NamedTuple):
    fields: dict[str, str]
    body: bytes
    line: int
    depth: int


def read_mail(data: bytes, line: int = 1) -> Mail:
    """Read one mail whose first byte is on ``line`` of the input."""
    fields, body, used = _headers(data)
    if not fields.keys() & _TELLING:
        fields, body, used = _text_headers(data)
    parts: list[Part] = []
    nodes = [_Node(fields, body, line + used, 0)]
    while nodes:
        node = nodes.pop()
        children = _children(node)
        if children is not None:
            nodes.extend(reversed(children))
        elif _may_hold_patch(node.fields):
            parts.append(Part(_unsigned(_decoded(node)), node.line))
    return Mail(_subject(fields), read_date(fields.get("date", "")), tuple(parts))


def read_date(text: str) -> tuple[int, int] | None:
    """Return (year, month) of a date as mails and git write it."""
    for match in _DATE.finditer(text):
        if match[1]:
            return int(match[1]), min(max(int(match[2]), 1), 12)
        if match[3] in _MONTHS:
            return int(match[4]), _MONTHS.index(match[3]) + 1
    # "Mon Dec 05 2022": the day's name came first and took the year with it
    months = [month for month in re.findall(r"[A-Z][a-z]{2}", text) if month in _MONTHS]
    year = re.search(r"\b(?:19|20)\d\d\b", text)
    return (int(year[0]), _MONTHS.index(months[0]) + 1) if months and year else None


def has_diff(data: bytes) -> bool:
    """Return whether a text holds a diff at its left edge, quoted or not."""
    return _DIFF.search(data) is not None


def starts_with_fields(data: bytes) -> bool:
    """Return whether ``data`` begins with a mail's header fields."""
    fields = _headers(data)[0]
    return bool(fields.keys() & {"from", "date", "message-id"}) or fields.keys() >= {"subject", "to"}


def has_text_fields(data: bytes) -> bool:
    """Return whether the first lines hold ``From:`` and ``Date:``, as web archives show a mail."""
    return _text_headers(data)[0].keys() >= {"from", "date"}


def _headers(data: bytes) -> tuple[dict[str, str], bytes, int]:
    """Return the first field of each name, the body, and how many lines come before the body."""
    fields: dict[str, str] = {}
    name = ""
    at = lines = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        text = data[at:end].rstrip(b"\r")
        match = _FIELD.fullmatch(text)
        if text[:1] in (b" ", b"\t") and name and text.strip():
            fields[name] += " " + _text(text.strip())
        elif match is not None and not (lines and not fields):
            name = _text(match[1]).lower()
            name = name if name not in fields else ""
            if name:
                fields[name] = _text(match[2])
        elif not text and fields:
            return fields, data[end + 1 :], lines + 1
        else:
            return {}, data, 0
        at = end + 1
        lines += 1
    return fields, b"", lines


def _text_headers(data: bytes) -> tuple[dict[str, str], bytes, int]:
    """Return what the first lines of an archive's text of a mail say: a title, then fields."""
    fields: dict[str, str] = {}
    for line in data[:4000].split(b"\n")[:12]:
        match = _FIELD.fullmatch(line.strip())
        if match is not None and match[1].lower() in (b"from", b"date", b"subject"):
            fields.setdefault(_text(match[1]).lower(), _text(match[2]))
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
    for i, chunk in enumerate(_split_parts(node.body, boundary)):
        if i:
            fields, body, used = _headers(chunk)
            plain = chunk[1:] if chunk[:1] == b"\n" else chunk.removeprefix(b"\r\n")
            out.append(_Node(fields, body if fields else plain, line + (used or 1), node.depth + 1))
        line += chunk.count(b"\n") + 1
    return out or None


def _split_parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Return the preamble and the parts; the epilogue is dropped."""
    mark = b"--" + boundary
    chunks: list[list[bytes]] = [[]]
    for line in body.split(b"\n"):
        if line.startswith(mark):
            rest = line[len(mark) :].strip()
            if rest == b"--":
                break
            if not rest:
                chunks.append([])
                continue
        chunks[-1].append(line + b"\n")
    return [b"".join(chunk) for chunk in chunks]


def _content_type(fields: dict[str, str]) -> tuple[str, dict[str, str]]:
    value = fields.get("content-type", "text/plain")
    kind = value.partition(";")[0].strip().lower()
    found = {m[1].lower(): m[2].strip('"') for m in _PARAMETER.finditer(value)}
    return kind, found


def _may_hold_patch(fields: dict[str, str]) -> bool:
    kind, parameters = _content_type(fields)
    disposition = {
        m[1].lower(): m[2].strip('"') for m in _PARAMETER.finditer(fields.get("content-disposition", ""))
    }
    name = (disposition.get("filename") or parameters.get("name") or "").lower()
    if kind in _TEXT or "/" not in kind:
        return True
    return name.endswith((".patch", ".diff")) and not kind.startswith("multipart/")


def _decoded(node: _Node) -> bytes:
    """Undo the transfer encoding, unless the body shows that somebody has done so already.

    b4 hands decoded bodies on under the header that they came with.
    """
    encoding = node.fields.get("content-transfer-encoding", "").strip().lower()
    if encoding == "quoted-printable" and not _ENCODED.search(node.body):
        return binascii.a2b_qp(node.body)
    if encoding == "base64" and not has_diff(node.body):
        return _from_base64(node.body)
    return node.body


def _from_base64(body: bytes) -> bytes:
    """Decode the leading lines that are base64; a mailing list may have put plain lines behind them."""
    taken = []
    for line in body.lstrip().split(b"\n"):
        if not _BASE64_LINE.match(line):
            break
        taken.append(line.strip())
    try:
        return binascii.a2b_base64(b"".join(taken)) if taken else body
    except binascii.Error:
        return body


def _unsigned(data: bytes) -> bytes:
    """Undo the dash escapes of a clear-signed text."""
    at = data.find(_PGP)
    if at < 0 or (at and data[at - 1 : at] != b"\n"):
        return data
    head, _, rest = data[at:].partition(b"\n\n")
    text = rest.partition(b"\n-----BEGIN PGP SIGNATURE-----")[0]
    blanks = b"\n" * (data.count(b"\n", 0, at) + head.count(b"\n") + 2)  # lines keep their numbers
    return blanks + re.sub(rb"^- ", b"", text, flags=re.MULTILINE) + b"\n"


def _subject(fields: dict[str, str]) -> str:
    text = fields.get("subject", "")
    return " ".join(_WORD.sub(_decode_word, text).split()) if "=?" in text else text


def _decode_word(match: "re.Match[str]") -> str:
    data = match[3].encode("ascii", "replace")
    try:
        raw = binascii.a2b_qp(data, header=True) if match[2] in "qQ" else binascii.a2b_base64(data)
        return raw.decode(match[1], "replace")
    except (LookupError, ValueError):
        return match[0]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
