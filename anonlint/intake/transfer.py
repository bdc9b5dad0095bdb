"""Undoes what mail transport does to a text: transfer encodings, charsets that are no ASCII, dash escapes."""

import binascii
import re

# Few mails need these patterns, so they are compiled when one does.
_DIFF = rb"^(?:> ?)*(?:diff --|--- \S.*\n(?:> ?)*\+\+\+ |@@ -\d|Index: )"
_ENCODED = rb"=(?:[0-9A-Fa-f]{2}|[ \t]*\r?(?:\n|\Z))"
_SOFT_BREAK = rb"=[ \t]+(?=\r?\n)"
_BASE64_LINE = rb"[A-Za-z0-9+/]+=*\s*\Z"
_SHORT = 40  # characters; a line behind a blank one that is no longer is a list's footer rather than base64
_PGP = rb"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n"
_PGP_END = rb"^-----BEGIN PGP SIGNATURE-----[ \t]*\r?$"
_PGP_LAST = rb"^-----END PGP SIGNATURE-----[ \t]*\r?\n?"


def has_diff(data: bytes) -> bool:
    """Return whether a text holds a diff at its left edge, quoted or not."""
    return re.search(_DIFF, data, re.MULTILINE) is not None


def decoded(body: bytes, encoding: str, charset: str = "") -> bytes:
    """Undo the transfer encoding, unless the body shows that somebody has done so already.

    b4 hands decoded bodies on under the header that they came with. Bytes stay as they are in every charset
    that holds ASCII; the others become UTF-8.
    """
    words = encoding.replace(";", " ").split()
    word = words[0].lower() if words else ""
    if word == "quoted-printable" and _is_quoted_printable(body):
        body = binascii.a2b_qp(re.sub(_SOFT_BREAK, b"=", body))
    elif word == "base64" and not has_diff(body):
        body = _from_base64(body)
    return _narrow(body, charset.lower())


def unsigned(data: bytes) -> bytes:
    """Undo the dash escapes of a clear-signed text; lines keep their numbers, what stands around it stays."""
    start = re.search(_PGP, data, re.MULTILINE) if b"-----BEGIN PGP SIGNED" in data else None
    if start is None:
        return data
    end = re.search(_PGP_END, data[start.end() :], re.MULTILINE)
    text, rest = data[start.end() :], b""
    if end is not None:
        text, rest = text[: end.start()], text[end.start() :]
        last = re.search(_PGP_LAST, rest, re.MULTILINE)
        cut = last.end() if last else len(rest)
        rest = b"\n" * rest.count(b"\n", 0, cut) + rest[cut:] if has_diff(rest[cut:]) else b""
    armour = re.search(rb"^\r?\n", text, re.MULTILINE)  # a blank line ends the fields of the armour
    head = text.count(b"\n", 0, armour.end()) if armour else 0
    text = text[armour.end() :] if armour else text
    return data[: start.start()] + b"\n" * (head + 1) + re.sub(rb"^- ", b"", text, flags=re.MULTILINE) + rest


def _is_quoted_printable(body: bytes) -> bool:
    """Return whether most ``=`` are escapes: a list's footer may hold others, as may no encoded text."""
    escapes = len(re.findall(_ENCODED, body))
    return 2 * escapes >= body.count(b"=")


def _from_base64(body: bytes) -> bytes:
    """Decode the leading lines that are base64; a mailing list may have put plain lines behind them."""
    taken: list[bytes] = []
    gap = False
    for line in body.lstrip().split(b"\n"):
        text = line.strip()
        if not text:
            gap = True
            continue
        if not re.match(_BASE64_LINE, text) or (gap and len(text) < _SHORT) or (gap and b"=" in taken[-1]):
            break
        taken.append(text)
        gap = False
    try:
        return binascii.a2b_base64(b"".join(taken)) if taken else body
    except binascii.Error:
        return body


def _narrow(data: bytes, charset: str) -> bytes:
    """Return the text in UTF-8 if its charset does not hold ASCII as it is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and data.count(b"\0") > len(data) // 4:
        charset = "utf-16"
    if not charset.startswith(("utf-16", "utf-32", "utf-7", "utf16", "utf32")):
        return data
    try:
        return data.decode(charset).encode("utf-8", "surrogatepass")
    except (LookupError, UnicodeError):
        return data
