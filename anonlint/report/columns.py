"""Columns as others count them: a finding counts bytes from 1."""


def utf16(text: str, column: int) -> int:
    """Return the column from 1 in UTF-16 code units, as SARIF viewers and editors count, of a byte column."""
    before = text.encode("utf-8", "surrogateescape")[: max(column - 1, 0)].decode("utf-8", "replace")
    return len(before.encode("utf-16-le")) // 2 + 1
