"""What a patch brings: its findings, less those that the code had before."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from anonlint.model.finding import Finding
from anonlint.model.snapshot import Snapshot

_NEAR = 25  # lines from what is found to the nearest one that the patch adds

_TOKEN = re.compile(r"\w+\b(?!\()|\w+\(|[^\w\s]")
_NAME = re.compile(r"[a-z_]\w*")
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)|//.*")
_ALIKE = 0.6  # of the tokens of two lines, names of variables left out: one is the other, written anew


def order(found: Finding) -> tuple[object, ...]:
    """Return what findings are sorted by."""
    return (found.path, found.line, found.column, found.code, found.function, found.message, found.commit)


def brought(after: Sequence[Finding], before: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are new: as many of each fingerprint as the image before did not have.

    What goes where another comes that says the same of the same function, at a line that is the old one written anew
    or with other names, has not gone: that one is old.
    """
    new, gone = unlike(after, before)
    return [found for found in new if not _took_along(found, gone)]


def unlike(after: Sequence[Finding], before: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return what only the image after has, and what only that before, in order; equal ones are counted."""
    had = Counter(found.fingerprint for found in before)
    new = []
    for found in sorted(after, key=order):
        if had[found.fingerprint] > 0:
            had[found.fingerprint] -= 1
        else:
            new.append(found)
    gone = []
    for found in sorted(before, key=order) if +had else ():
        if had[found.fingerprint] > 0:
            had[found.fingerprint] -= 1
            gone.append(found)
    return new, gone


def _took_along(found: Finding, gone: list[Finding]) -> bool:
    """Return whether a finding is one of those that have gone, and take that out."""
    for old in gone:
        if is_anew(old, found):
            gone.remove(old)
            return True
    return False


def is_anew(old: Finding, found: Finding) -> bool:
    """Return whether a finding says what an old one says, at its line written anew or with other names."""
    names = frozenset(_NAME.findall(found.text) + _NAME.findall(old.text))
    return _says(old, names) == _says(found, names) and _is_same_line(old.text, found.text)


def _says(found: Finding, names: frozenset[str]) -> tuple[object, ...]:
    """Return what a finding says, whatever the variables of its line are called."""
    message = _TOKEN.sub(lambda match: "_" if match[0] in names else match[0], found.message)
    tables = tuple((table.role, table.columns, table.rows) for table in found.tables)
    return found.code, found.path, found.function, found.severity, message, tables


def _is_same_line(one: str, other: str) -> bool:
    from difflib import SequenceMatcher  # few patches rewrite the line of a finding

    return SequenceMatcher(None, _shape(one), _shape(other), autojunk=False).ratio() >= _ALIKE


def _shape(line: str) -> list[str]:
    """Return the tokens of a line, every variable the same, comments left out."""
    return ["_" if _NAME.fullmatch(token) else token for token in _TOKEN.findall(_COMMENT.sub(" ", line))]


def anchored(findings: Sequence[Finding], snapshots: Iterable[Snapshot]) -> list[Finding]:
    """Return the findings of patches with the line where a review takes a remark on them: one that is added."""
    added: dict[object, frozenset[int]] = {}
    for snapshot in snapshots:
        if snapshot.added is not None:
            key = (snapshot.path, snapshot.origin.patch)
            added[key] = added.get(key, frozenset()) | snapshot.added
    return [
        found._replace(anchor=_anchor(found, lines)) if (lines := added.get((found.path, found.patch))) else found
        for found in findings
    ]


def _anchor(found: Finding, added: frozenset[int]) -> int:
    """Return an added line: the finding's own, the last one that its story is about, or one close by."""
    told = [item.line for item in (*found.evidence, *found.because) if item.path == found.path]
    near = sorted((line for line in added if abs(line - found.line) <= _NEAR), key=lambda line: abs(line - found.line))
    own = (found.line, *reversed(told))
    return next((line for line in own if line in added), near[0] if near else found.line)
