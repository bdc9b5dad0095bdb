"""What a patch can change: of two images of a file, the functions whose verdicts may differ.

A function is judged anew where its own text has changed, or that of something that is run in place of its calls; and
where one of its callers is such a function, for callers say what they have proven. All others come out the same before
and after, and cancel out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from anonlint.model.snapshot import Image
from anonlint.model.source import Source
from anonlint.run.defined import NO_HELPER
from anonlint.run.result import ImageResult
from anonlint.run.scene import Scene
from anonlint.run.surroundings import Change
from anonlint.syntax.enums import Enumerators, enumerators
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import without_remarks
from anonlint.syntax.lex import words as identifiers
from anonlint.syntax.macros import macros
from anonlint.syntax.scan import mentions
from anonlint.words.body import LONGEST_HELPER, LONGEST_SHORT

_MOST_FILES = 40  # other files that a changed name may lead to; from there on all is judged
_OURS = b"anonlint"  # what remarks that ask for silence begin with

# What every declaration is made of tells nobody apart.
_KEYWORDS = frozenset(
    b"""
    auto bool break case char const continue default define defined do double elif else endif enum extern false float
    for goto if ifdef ifndef include inline int long register return s8 s16 s32 s64 short signed size_t sizeof static
    struct switch true typedef u8 u16 u32 u64 undef union unsigned void volatile while
    NULL CONFIG_MMU __always_inline noinline
    """.split()
)
Both = tuple[FileIndex, FileIndex]


class Led(NamedTuple):
    """What a patch leads to in files that it does not touch: changed names, and the words of who uses them."""

    names: set[bytes]
    words: set[bytes]


def reached(both: Both, scene: Scene | None, others: Iterable[Change]) -> frozenset[str] | None:
    """Return the names of the functions that a patch may change the verdict of; None for all of them.

    ``scene`` is what is in sight of the image after, ``others`` are the other files of the patch.
    """
    if _all_may(*both):
        return None
    names = _changed(*both)
    words: set[bytes] = set()
    if scene is not None:
        abroad = _abroad(both, names, scene, list(others))
        if abroad is None:
            return None
        names, words = names | abroad.names, abroad.words
    led = _led(both, names)
    found = (called(index, led) | called(index, (), words, longer=0) for index in both)  # others' are not seen there
    return frozenset(led.union(*found))


def called(
    index: FileIndex, names: Iterable[str], words: Iterable[bytes] = (), longer: int = LONGEST_HELPER
) -> set[str]:
    """Return the functions that some functions, or those that say ``words``, call, and whom those call in turn.

    Without those that are not ``longer`` (in words and signs): they are run in place of the calls, and seen there.
    """
    waiting = [*_functions_of(index, words)]
    waiting += [callee for name in names for callee in _callees(index, name)]
    found = set(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _callees(index, name)
    return {name for name in found.difference(names) if _length(index, name) > longer}


def passed_on(both: Both, words: frozenset[bytes]) -> dict[str, str]:
    """Return the helpers for other files in which a patch changes something, each with the function that it touches.

    One that says none of ``words`` is not run in place of its calls.
    """
    found: dict[str, str] = {}
    for name in _visible_functions(both, _led(both, _changed(*both))):
        extents = [(index, extent) for index in both if (extent := index.extent(name)) is not None]
        said = set().union(*(index.words(extent.span) for index, extent in extents))
        if any(_is_helper(index, name) for index in both) and not words.isdisjoint(said):
            found[name] = _touched(both, name)
    return found


def redefined(both: Both, others: Iterable[Change], is_word: Callable[[str], bool]) -> frozenset[str]:
    """Return the words of the vocabulary whose definitions a patch changes."""
    found: set[str] = set()
    images = ((change.before, change.after) for change in others)
    sides = [both, *((FileIndex(one), FileIndex(two)) for one, two in images if one is not None and two is not None)]
    for before, after in sides:
        old, new = _functions(before), _functions(after)
        found |= {name for name in new if old.get(name) != new[name] and is_word(name)}
    return frozenset(found)


def _touched(both: Both, name: str) -> str:
    """Return the function whose text has changed: this one, or the nearest that it calls; itself where none has."""
    old, new = map(_functions, both)
    waiting, seen = [name], {name}
    for here in waiting:
        if old.get(here) != new.get(here):
            return here
        callees = [callee for callee in sorted(_callees(both[1], here)) if callee not in seen]
        seen.update(callees)
        waiting += callees
    return name


def _visible_functions(both: Both, names: set[str]) -> list[str]:
    return sorted(name.decode() for name in _visible(both, {name.encode() for name in names}))


def beyond(both: Both, result: ImageResult, path: str) -> set[str]:
    """Return the functions that have to be judged, too, to tell whether what was found was there before.

    What is found in a helper stands in its text; whether it is found there when it is executed for itself hangs on who
    calls it. A function that was executed with its short helpers only calls the others.
    """
    judged = result.judged or frozenset()
    found = {finding.function for finding in result.findings if finding.path == path} - judged
    callers = {extent.name for name in found for index in both for extent in index.naming(name.encode())}
    return found | callers | called(both[1], result.short, longer=LONGEST_SHORT)


def _all_may(before: FileIndex, after: FileIndex) -> bool:
    """Return whether any verdict may differ between two images: outside of all functions a remark of ours does."""
    return any(_OURS in line for line in _apart(before, after))


def _apart(before: FileIndex, after: FileIndex) -> set[bytes]:
    lines = _outside(before), _outside(after)
    return {line for line in lines[0].keys() | lines[1].keys() if lines[0][line] != lines[1][line]}


def _changed(before: FileIndex, after: FileIndex) -> set[bytes]:
    """Return the names of what differs between two images."""
    old, new = _functions(before), _functions(after)
    names = {name.encode() for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    apart = _apart(before, after)
    names |= set().union(*map(identifiers, apart)) - _KEYWORDS
    sources = before.image.source, after.image.source
    one, two = ({name: macro.text for name, macro in macros(source).items()} for source in sources)
    names |= {name.encode() for name in one.keys() | two.keys() if one.get(name) != two.get(name)}
    return names | _renumbered(*map(enumerators, sources))


def _functions(index: FileIndex) -> dict[str, list[tuple[bytes, object]]]:
    """Return the texts of the functions of each name, with the ``#if`` groups around them."""
    found: dict[str, list[tuple[bytes, object]]] = {}
    for extent in index.extents:
        text = index.image.source.data[extent.span.start : extent.span.end]
        found.setdefault(extent.name, []).append((text, index.conditions(extent)))
    return found


def _outside(index: FileIndex) -> "Counter[bytes]":
    """Return the lines outside of all functions, without comments but for those that are ours."""
    data = index.image.source.data
    ends = [0, *(extent.span.end for extent in index.extents)]
    starts = [*(extent.span.start for extent in index.extents), len(data)]
    lines: Counter[bytes] = Counter()
    for end, start in zip(ends, starts, strict=True):
        gap = data[end:start]
        lines.update(line for line in gap.split(b"\n") if _OURS in line)
        lines.update(filter(None, without_remarks(gap).split(b"\n")))
    return lines


def _renumbered(before: Enumerators, after: Enumerators) -> set[bytes]:
    """Return the enumerators that have other neighbours, or are compared with something else."""
    one, two = _neighbours(before), _neighbours(after)
    apart = {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}
    return {name.encode() for name in apart | (before.compared ^ after.compared)}


def _neighbours(found: Enumerators) -> dict[str, frozenset[str]]:
    groups: dict[int, set[str]] = {}
    for name, number in found.of.items():
        groups.setdefault(number, set()).add(name)
    return {name: frozenset(groups[number]) for name, number in found.of.items()}


def _led(both: Both, names: set[bytes]) -> set[str]:
    """Return the functions that one of the names is changed in, or led to from."""
    known = {name for name in names if not _stays_long(both, name.decode("ascii", "replace"))}
    led = {e.name for index in both for e in index.extents if e.name.encode() in names}
    while True:
        new = {
            extent.name
            for index in both
            for extent in index.extents
            if extent.name not in led and not known.isdisjoint(index.words(extent.span))
        }
        if not new:
            return led
        led |= new
        known |= {name.encode() for name in new if any(_is_helper(index, name) for index in both)}


def _stays_long(both: Both, name: str) -> bool:
    """Return whether a name is a function that is not run in place of its calls, neither before nor after."""
    return all(_length(index, name) > NO_HELPER for index in both)


def _is_helper(index: FileIndex, name: str) -> bool:
    return 0 < _length(index, name) <= NO_HELPER


def _length(index: FileIndex, name: str) -> int:
    extent = index.extent(name)
    return 0 if extent is None else index.length(extent.span)


def _callees(index: FileIndex, name: str) -> Iterator[str]:
    extent = index.extent(name)
    return _functions_of(index, () if extent is None else index.words(extent.span))


def _functions_of(index: FileIndex, words: Iterable[bytes]) -> Iterator[str]:
    names = (word.decode("ascii", "replace") for word in words)
    return (name for name in names if index.extent(name) is not None)


def _abroad(both: Both, names: set[bytes], scene: Scene, others: Sequence[Change]) -> Led | None:
    """Return what the names of a patch's files lead to in all other files; None where that is too much to tell."""
    home = both[1].image.source.path
    known = _visible(both, names)
    words: set[bytes] = set()
    for change in others:
        sides = tuple(FileIndex(image or Image(Source(change.path, b""))) for image in (change.before, change.after))
        if _all_may(*sides):
            return None
        changed = _changed(*sides)
        pair = (sides[0], sides[1])
        led = _led(pair, changed)
        known |= _visible(pair, changed | {name.encode() for name in led})
        words |= _words(pair, led)
    touched = {home, *(change.path for change in others)}
    found = Led(set(known), words)
    seen: dict[str, set[str]] = {}
    while known:
        fresh: set[bytes] = set()
        for path, text in scene.texts.items():
            if path not in touched and mentions(text.data, frozenset(known)):
                pair = (text.index, text.index)
                led = _led(pair, found.names) - seen.setdefault(path, set())
                seen[path] |= led
                spoken = {name.encode() for name in led}
                fresh |= _visible(pair, spoken) - found.names
                found.words.update(_words(pair, led))
        if len(seen) > _MOST_FILES:
            return None
        found.names.update(fresh)
        known = fresh
    return found


def _words(both: Both, names: set[str]) -> set[bytes]:
    """Return the words of some functions."""
    return set().union(*(index.words(e.span) for index in both for e in index.extents if e.name in names))


def _visible(both: Both, names: set[bytes]) -> set[bytes]:
    """Return those of a file's names that other files may use: of a header all, else no static function's."""
    if both[1].image.source.path.endswith(".h"):
        return set(names)
    hidden = {e.name.encode() for index in both for e in index.extents if not index.exported(e.span)}
    shared = {e.name.encode() for index in both for e in index.extents if index.exported(e.span)}
    return (names & shared) - hidden
