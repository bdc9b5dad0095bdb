"""Analyses of a file that run only the functions which an edit of one function can matter to.

The whole file stays in sight: what a function's verdict asks of callers and helpers is as ever. But only the edited
function, its callers, theirs, and its siblings (what its callers, and itself, call) are executed. Of the siblings those
are judged of which every caller is executed, too: another caller may be the one they are run in.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple
from unittest.mock import patch

from anonlint.model.function import Extent
from anonlint.model.snapshot import Image
from anonlint.model.source import Source
from anonlint.run import verdict
from anonlint.run.analysis import Analyser, Execution
from anonlint.run.result import ImageResult
from anonlint.syntax.functions import find_functions
from tests.harness import analyse_text

_COMMENT = re.compile(rb"/\*.*?\*/", re.S)
_NAME = re.compile(rb"[A-Za-z_]\w+")
Executions = list[Execution]


class Calls(NamedTuple):
    """Which functions of a file name which, outside comments."""

    down: dict[str, set[str]]
    up: dict[str, set[str]]

    def relatives(self, function: str) -> frozenset[str]:
        """Return a function, whatever calls it, however far away, and what it and its direct callers call."""
        found = {function}
        new = found
        while new:
            new = {caller for name in new for caller in self.up.get(name, ())} - found
            found = found | new
        near = self.up.get(function, set()) | {function}
        return frozenset(found.union(*(self.down.get(name, set()) for name in near)))


def narrow(code: str, path: str, chosen: frozenset[str]) -> ImageResult:
    """Analyse some functions of a file."""
    up = calls(code.encode("latin-1")).up

    class Choosing(Analyser):
        def executions(self, extents: Sequence[Extent]) -> Executions:
            done = super().executions([e for e in extents if e.name in chosen])
            return [item for item in done if up.get(item.function.name, set()) <= chosen]

    with _in_place(Choosing):
        return analyse_text(code, path)


@contextmanager
def _in_place(kind: type[Analyser]) -> Iterator[None]:
    with patch.object(verdict, "Analyser", kind):
        yield


@lru_cache(4)
def calls(data: bytes) -> Calls:
    """Return the calls between the functions of a file."""
    extents = find_functions(Image(Source("x.c", data)))
    names = {extent.name for extent in extents}
    graph = Calls({name: set() for name in names}, {name: set() for name in names})
    for extent in extents:
        body = _COMMENT.sub(b" ", data[extent.span.start : extent.span.end])
        for name in {m.decode("ascii") for m in _NAME.findall(body)} & names - {extent.name}:
            graph.down[extent.name].add(name)
            graph.up[name].add(extent.name)
    return graph


def relatives(code: str, function: str) -> frozenset[str]:
    """Return the functions that an edit of one function can matter to."""
    return calls(code.encode("latin-1")).relatives(function)


def asking(code: str, word: bytes) -> frozenset[str]:
    """Return the functions of a file that have a word in them, and their callers."""
    data = code.encode("latin-1")
    graph = calls(data)
    found = {e.name for e in find_functions(Image(Source("x.c", data))) if word in data[e.span.start : e.span.end]}
    return frozenset(found.union(*(graph.up.get(name, set()) for name in found)))
