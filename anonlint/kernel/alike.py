"""Kernel functions that do the same as another, or only ask: what is compared tells of neither (data/alike.tsv)."""

from functools import cache
from importlib import resources

_ONLY_ASKS = "-"


@cache
def alike() -> dict[str, str]:
    """Return for each name what it stands for: "" of what only asks, computes or asserts."""
    text = resources.files("anonlint.kernel").joinpath("data/alike.tsv").read_text("ascii")
    found: dict[str, str] = {}
    for line in text.splitlines():
        first, _, others = line.partition("\t")
        if others:
            found.update(dict.fromkeys(others.split(), "" if first == _ONLY_ASKS else first))
    return found
