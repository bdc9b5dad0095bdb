"""File names in patches: C quoting, prefixes, suffixes and dates, and which of them are safe."""

import re
from collections.abc import Collection

_PREFIXES = (b"a/", b"b/", b"i/", b"w/", b"c/", b"o/", b"1/", b"2/")
_KERNEL = frozenset(
    b"arch block certs crypto Documentation drivers fs include init io_uring ipc kernel lib mm net rust samples "
    b"scripts security sound tools usr virt".split()
)
# Few patches need these patterns, so they are compiled when one does.
_ESCAPE = rb'\\([abtnvfr"\\]|[0-7]{1,3})'
_SIMPLE = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_DATE = rb"\s+(?:\d{4}-\d\d-\d\d\b|\(revision |\(working copy|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d).*"
_GIT_PAIR = rb'("(?:[^"\\]|\\.)*"|.+?) ("(?:[^"\\]|\\.)*"|.+)'


def unquote(name: bytes) -> bytes:
    r"""Return a name without git's C quoting: ``"a/\303\244.c"`` becomes the bytes it stands for."""
    if len(name) < 2 or name[:1] != b'"' or name[-1:] != b'"':
        return name
    return re.sub(_ESCAPE, _unescape, name[1:-1])


def header_name(text: bytes) -> bytes:
    """Return the name on a ``---`` or ``+++`` line: the text before a tab or a date."""
    if text.startswith(b'"'):
        return unquote(text[: text.rfind(b'"') + 1])
    name = text.partition(b"\t")[0].rstrip()
    return re.sub(_DATE, b"", name, flags=re.DOTALL) if b" " in name else name


def pair(old: bytes, new: bytes) -> tuple[bytes | None, bytes | None]:
    """Return both names relative to the root of the tree; None for ``/dev/null``.

    Takes off ``a/`` and ``b/`` and their like, differing top directories (``linux.orig/``, ``linux/``),
    and the suffix of akpm's ``mm/x.c~name``.
    """
    if old == b"/dev/null" or new == b"/dev/null":  # see below_top for other directories than a/ and b/
        return _alone(old, cut_suffix=True), _alone(new, cut_suffix=False)
    if old.startswith(_PREFIXES) and new.startswith(_PREFIXES):
        old, new = old[2:], new[2:]
    else:
        old_rest, new_rest = old.partition(b"/")[2], new.partition(b"/")[2]
        if old != new and old_rest and old_rest == new_rest:
            old, new = old_rest, new_rest
    if old.startswith((new + b"~", new + b".orig", new + b".old")):
        old = new
    return old, new


def is_alone(old: bytes, new: bytes) -> bool:
    """Return whether only one of the names tells of the file, and none of the usual prefixes stands before it."""
    return b"/dev/null" in (old, new) and not (new if old == b"/dev/null" else old).startswith(_PREFIXES)


def top_of(old: bytes, new: bytes) -> bytes:
    """Return the top directory that ``pair`` took off the new name because both names have one; "" if none."""
    top, slash, rest = new.partition(b"/")
    taken = slash and old != new and old.partition(b"/")[2] == rest and not new.startswith(_PREFIXES)
    return top + slash if taken else b""


def below_top(name: bytes, tops: Collection[bytes]) -> bytes:
    """Return the name of a created or deleted file without the top directory that patch -p1 would take off.

    Nothing stands against it: ``tops`` are those of the patch's other files. Without any, it is a directory
    that no kernel tree has at its top, where the next one is one that each has.
    """
    top, slash, rest = name.partition(b"/")
    if top + slash in tops:
        return rest
    if tops or top in _KERNEL or rest.partition(b"/")[0] not in _KERNEL or b"/" not in rest:
        return name
    return rest


def git_pair(text: bytes) -> tuple[bytes | None, bytes | None]:
    """Return both names of ``diff --git OLD NEW``; (None, None) if they cannot be told apart.

    Unquoted names may hold blanks; then both are the same but for the prefix, or ``rename from`` and
    ``rename to`` lines follow.
    """
    if b'"' in text:
        match = re.fullmatch(_GIT_PAIR, text, re.DOTALL)
        return pair(unquote(match[1]), unquote(match[2])) if match else (None, None)
    # With blanks in the names, both are the same: the blank between them is in the middle.
    at = text.find(b" ") if text.count(b" ") == 1 else len(text) // 2
    old, new = pair(text[:at], text[at + 1 :])
    if text[at : at + 1] != b" " or (text.count(b" ") > 1 and old != new):
        return None, None
    return old, new


def is_safe(name: bytes) -> bool:
    """Return whether a name from a patch stays below the root it is joined to."""
    if not name or name[:1] == b"/" or b"\0" in name or b"\n" in name:
        return False
    return not {b"..", b"."} & set(name.split(b"/")) and b".git" not in name.split(b"/")


def _alone(name: bytes, *, cut_suffix: bool) -> bytes | None:
    if name == b"/dev/null":
        return None
    name = name[2:] if name.startswith(_PREFIXES) else name
    directory, slash, last = name.rpartition(b"/")
    return directory + slash + last.partition(b"~")[0] if cut_suffix else name


def _unescape(match: "re.Match[bytes]") -> bytes:
    text = match[1]
    if text[:1].isdigit():
        return bytes([int(text, 8) & 0xFF])
    return bytes([_SIMPLE[text[0]]])
