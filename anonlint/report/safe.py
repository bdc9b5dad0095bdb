"""Text from outside made harmless for a terminal: whatever does not print as itself is shown escaped."""


def safe(text: str) -> str:
    """Return ``text`` with control, bidirectional, zero-width and undecodable characters escaped.

    Nothing that comes from an input may move the cursor, change colours, reorder or hide text.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def safe_code(text: str) -> str:
    """Return a source line for display: tabs expanded to the kernel's eight columns, the rest `safe`."""
    return safe(text.expandtabs(8))


def decodable(text: str) -> str:
    r"""Return ``text`` without lone surrogates: bytes that were no UTF-8 become ``\xNN``."""
    if text.isascii():
        return text
    return "".join(_escape(ord(c)) if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)


def _escape(point: int) -> str:
    if 0xDC80 <= point <= 0xDCFF:  # surrogateescape: a byte that is no UTF-8
        point -= 0xDC00
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
