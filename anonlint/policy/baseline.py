"""Findings that were there before: a multiset of fingerprints in a file, sorted, without line numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from anonlint import sidefile
from anonlint.errors import UsageError

_LARGEST = 64 << 20  # bytes
_HEAD = "# anonlint baseline 1: how often, fingerprint, and what it is about (for people)\n"


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


def render(findings: Iterable[Known]) -> str:
    """Return the baseline file of some findings."""
    counts = Counter((f.path, f.code, f.function, f.fingerprint) for f in findings)
    lines = [
        f"{n} {mark} {code} {path} {function}".rstrip() for (path, code, function, mark), n in sorted(counts.items())
    ]
    return _HEAD + "".join(line + "\n" for line in lines)


def read(path: str) -> Counter[str]:
    """Return how often each fingerprint is known; UsageError names the line that cannot be read."""
    try:
        lines = sidefile.read(path, _LARGEST).decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    found: Counter[str] = Counter()
    for row, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        count, _, rest = line.partition(" ")
        mark = rest.split(" ")[0]
        if not (count.isascii() and count.isdigit() and mark):
            raise UsageError(f"{path}:{row}: this is no line of a baseline")
        found[mark] += int(count)
    return found


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
