"""Small edits of kernel functions, kept as search-and-replace data in breaking/ and keeping/.

A file holds ``[words]``, the words that stand for another text in each kernel, written ``%word%``, and
``[[edit]]`` tables:

name      what it is called in test output
file      path in the kernel tree
function  the function that is edited; every search is confined to it
kernels   releases that the edit applies to (default: all)
code      the rule that must report it; none when the edit keeps the meaning
note      the rule that must say something below a warning when the edit keeps the meaning
kind      what goes wrong with a proof (one of KINDS); of an edit that keeps the meaning, what only looks as if it did
where     function of the finding, where it is not ``function``
also      other functions that report what the edit breaks, such as callers
before    C text put before the function (a helper)
replace   [search, replacement] or [search, replacement, times]; times 0 is "all there are", -1 "the first"
why       what the edit breaks, or why it does not
opaque    why anonlint cannot see through it, of an edit that keeps the meaning: silence is all that is asked
known     "miss" or "false alarm": what anonlint does wrong today; the test asserts that it still does
known_on  releases that ``known`` holds for (default: all)
reason    why it does

A search is a run of C tokens, with any space and comment between them; ``$A`` to ``$Z`` match any text,
as little as possible, and may be used in the replacement.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from anonlint.model.snapshot import Image
from anonlint.model.source import Source
from anonlint.syntax.functions import find_functions

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_TOKEN = re.compile(r"\$[A-Z]|\w+|[^\w\s]")
_KERNELS = ("6.1", "6.12")
# A proof is of another page, of another mapping, older than the lock, given by one of several callers, given for
# another argument, lost in (or made up by) a flag that a helper is handed, or true of all but KSM pages or tails.
KINDS = (
    "another-page",
    "another-mapping",
    "stale-lock",
    "one-caller",
    "another-argument",
    "helper-flag",
    "all-but-one",
)


class Change(NamedTuple):
    """One replacement inside a function; ``times`` 0 is "all there are", -1 "the first"."""

    search: str
    replacement: str
    times: int = 1


class Edit(NamedTuple):
    """One edit of one kernel's function. ``known`` is "", "miss" or "false alarm"."""

    name: str
    kernel: str
    file: str
    function: str
    code: str
    note: str
    where: str
    also: frozenset[str]
    before: str
    changes: tuple[Change, ...]
    opaque: bool
    known: str
    kind: str


def edits() -> Iterator[Edit]:
    """Yield every edit of every data file, once for each kernel that it applies to."""
    for path in sorted(Path(__file__).parent.glob("*/*.toml")):
        data = tomllib.loads(path.read_text())
        for item in data["edit"]:
            assert item["why"], item["name"]
            assert bool(item.get("known")) == bool(item.get("reason")), item["name"]
            assert item.get("kind", KINDS[0]) in KINDS, item["name"]
            for kernel in item.get("kernels", _KERNELS):
                words = {name: texts[kernel] for name, texts in data.get("words", {}).items() if kernel in texts}
                yield _edit(item, kernel, words)


def _edit(item: dict[str, object], kernel: str, words: dict[str, str]) -> Edit:
    def text(key: str, default: str = "") -> str:
        return spelled(str(item.get(key, default)), words)

    known_on = item.get("known_on", _KERNELS)
    replace = item.get("replace", [])
    assert isinstance(replace, list)
    assert isinstance(known_on, (list, tuple))
    also = item.get("also", [])
    assert isinstance(also, list)
    return Edit(
        str(item["name"]),
        kernel,
        text("file"),
        text("function"),
        text("code"),
        text("note"),
        text("where", str(item["function"])),
        frozenset(spelled(name, words) for name in also),
        text("before"),
        tuple(Change(spelled(c[0], words), spelled(c[1], words), *c[2:]) for c in replace),
        "opaque" in item,
        text("known") if kernel in known_on else "",
        text("kind"),
    )


def spelled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"%(\w+)%", lambda m: words[m[1]], text)


class DoesNotApply(AssertionError):
    """A search does not match as often as it should: the sources are of another point release, or the edit is wrong."""


def apply(edit: Edit, code: str) -> str:
    """Return the file's text after the edit; DoesNotApply if a search does not match as often as it should."""
    start, end = _extent(edit, code)
    body = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), code[start:end])
    pieces = []
    for change in edit.changes:
        found = list(re.finditer(_pattern(change.search), body, re.S))
        right = len(found) == change.times if change.times > 0 else bool(found)
        if not right:
            where = f"{edit.function}() of {edit.kernel}"
            raise DoesNotApply(f"{edit.name}: {change.search!r} is {len(found)} times in {where}")
        found = found[:1] if change.times < 0 else found
        pieces += [(start + m.start(), start + m.end(), _fill(change.replacement, m, code, start)) for m in found]
    pieces.append((start, start, edit.before))
    at = len(code)
    for begin, stop, text in sorted(pieces, reverse=True):
        assert stop <= at, f"{edit.name}: replacements overlap"
        code = code[:begin] + text + code[stop:]
        at = begin
    return code


def _extent(edit: Edit, code: str) -> tuple[int, int]:
    """Return where the function lies; of several definitions the longest, the others are stubs."""
    data = code.encode("latin-1")
    spans = [e.span for e in find_functions(Image(Source(edit.file, data))) if e.name == edit.function]
    if not spans:
        raise DoesNotApply(f"{edit.name}: no function {edit.function}() in {edit.file} of {edit.kernel}")
    span = max(spans, key=lambda s: s.end - s.start)
    return span.start, span.end


def _pattern(search: str) -> str:
    parts = []
    for token in _TOKEN.findall(search):
        if token[0] == "$":
            parts.append(f"(?P<{token[1]}>.*?)")
        else:
            parts.append(rf"\b{token}\b" if token[0].isalnum() or token[0] == "_" else re.escape(token))
    return r"\s*".join(parts)


def _fill(replacement: str, match: re.Match[str], code: str, start: int) -> str:
    def captured(m: re.Match[str]) -> str:
        begin, end = match.span(m[1])
        return code[start + begin : start + end]

    return re.sub(r"\$([A-Z])", captured, replacement)
