"""Findings that were there before: a multiset of fingerprints in a file, sorted, without line numbers.

The first line names the version. In version 2 whatever comes from an input is escaped, so that each line is one
finding's; version 1, which an odd file name could add lines to, is still read.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from anonlint import sidefile
from anonlint.errors import UsageError

_LARGEST = 64 << 20  # bytes
_VERSION = 2
_HEAD = f"# anonlint baseline {_VERSION}: how often, fingerprint, and what it is about (for people)\n"
# Compiled when needed: few runs have a baseline.
_NAMED = r"# anonlint baseline (\d{1,9})\b.*"
_LINES = {1: r"(\d{1,9}) ([^ ]+)(?: .*)?", 2: r"(\d{1,9}) ([0-9a-f]{16}) \S+ .*"}


class Known(Protocol):
    """What a baseline needs to know of a finding."""

    @property
    def fingerprint(self) -> str:
        """Return the finding's name without line numbers."""

    @property
    def code(self) -> str:
        """Return the rule's code."""

    @property
    def path(self) -> str:
        """Return the file's path."""

    @property
    def function(self) -> str:
        """Return the function's name."""


KnownT = TypeVar("KnownT", bound=Known)


def render(findings: Iterable[Known], escape: Callable[[str], str]) -> str:
    """Return the baseline file of some findings; ``escape`` makes text of one printable line."""
    counts = Counter((f.path, f.code, f.function, f.fingerprint) for f in findings)
    lines = [
        f"{n} {mark} {code} {escape(path)} {escape(function)}".rstrip()
        for (path, code, function, mark), n in sorted(counts.items())
    ]
    return _HEAD + "".join(line + "\n" for line in lines)


def read(path: str) -> Counter[str]:
    """Return how often each fingerprint is known; UsageError names the line that cannot be read."""
    try:
        lines = sidefile.read(path, _LARGEST).decode("utf-8", "surrogateescape").split("\n")
    except (OSError, ValueError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path}: cannot be read: {why}") from error
    found: Counter[str] = Counter()
    version = 0
    for row, text in enumerate(lines, 1):
        line = text.removesuffix("\r")
        version = _version(line, f"{path}:{row}") or version
        if not line.strip() or line.startswith("#"):
            continue
        if not version:
            raise UsageError(f"{path}:{row}: the line that names the version of the baseline is missing above")
        match = re.fullmatch(_LINES[version], line, re.ASCII)
        if match is None:
            raise UsageError(f"{path}:{row}: this is no line of a baseline")
        found[match[2]] += int(match[1])
    return found


def _version(line: str, where: str) -> int:
    """Return the version that a line names, 0 if it names none; raise UsageError for one that is not known."""
    match = re.fullmatch(_NAMED, line, re.ASCII) if line.startswith("#") else None
    if match is None:
        return 0
    if int(match[1]) not in _LINES:
        raise UsageError(f"{where}: version {match[1]} of the baseline is not known here (1 to {_VERSION} are)")
    return int(match[1])


def new(findings: Sequence[KnownT], known: Counter[str]) -> tuple[list[KnownT], int]:
    """Return the findings that a baseline does not hold, and how many it holds that are gone."""
    left = Counter(known)
    fresh = []
    for finding in findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
        else:
            fresh.append(finding)
    return fresh, sum(left.values())
