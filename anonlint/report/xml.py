"""Text made fit for XML 1.0: what it has no way to say is shown escaped."""

from anonlint.report.safe import safe


def attribute(text: str) -> str:
    """Return a text as a quoted attribute value, on one line."""
    return '"' + escaped(safe(text)).replace('"', "&quot;") + '"'


def body(text: str) -> str:
    """Return a text of several lines as the content of an element."""
    return escaped("\n".join(safe(line) for line in text.split("\n")))


def escaped(text: str) -> str:
    """Return a text without markup; the two characters that print and that XML 1.0 does not have are left out."""
    plain = text.replace("\ufffe", "").replace("\uffff", "")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
