"""What other files of a tree define and mention: found by their words, found and parsed only when asked for.

A word decides which files are looked at; whether it names a definition, a caller or neither is seen in their code.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from anonlint.model.function import Extent
from anonlint.model.snapshot import Image
from anonlint.syntax.functions import find_functions
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import uncalled
from anonlint.syntax.lex import words as identifiers

# All begin with the end of the line before: it is looked for fast.
# What stands before the first parenthesis of a line that begins in the first column: of a definition, or a prototype.
_HEAD = re.compile(rb"\n([A-Za-z_][^\n(;={}\"]*+)\(")
_NAME = re.compile(rb"\w++\Z")
_BACKSLASH = 92
_LONGEST = 200  # bytes of what stands there that are looked at
_DEFINE = re.compile(rb"\n[ \t]*+#[ \t]*+define[ \t]++(\w++)")


class TreeFile:
    """A file of the tree."""

    def __init__(self, image: Image) -> None:
        self.path = image.source.path
        self.data = image.source.data
        self._image = image

    @cached_property
    def index(self) -> FileIndex:
        """The functions of the file."""
        return FileIndex(self._image, self.extents)

    @cached_property
    def extents(self) -> tuple[Extent, ...]:
        """Where they lie."""
        return find_functions(self._image)

    @cached_property
    def heads(self) -> frozenset[bytes]:
        """The names that a function defined, or declared, here may have."""
        return _heads(self.data)

    @cached_property
    def defined(self) -> frozenset[bytes]:
        """The names of macros."""
        return _defined(self.data)

    @cached_property
    def in_macros(self) -> frozenset[bytes]:
        """The words that macros are made of."""
        return frozenset().union(*map(identifiers, _macros(self.data)))

    @property
    def is_header(self) -> bool:
        """Whether other files include it."""
        return self.path.endswith(".h")

    def local(self, name: str) -> bool:
        """Return whether the name is this file's own, whatever others call so."""
        return not self.is_header and (name.encode() in self.defined or self.has_static(name))

    def has_static(self, name: str) -> bool:
        """Return whether the file has a static function of that name: what it calls so is that."""
        extent = self.index.extent(name)
        return extent is not None and not self.is_header and not self.index.exported(extent.span)

    def definitions(self, name: str) -> list[Extent]:
        """Return the definitions of a function that other files can call."""
        found = [extent for extent in self.extents if extent.name == name and extent.whole]
        return [extent for extent in found if self.is_header or self.index.exported(extent.span)]


def _heads(data: bytes) -> frozenset[bytes]:
    heads = (head[-_LONGEST:].rstrip(b" \t") for head in _HEAD.findall(b"\n" + data))
    return frozenset(name[0] for head in heads if (name := _NAME.search(head)))


def _defined(data: bytes) -> frozenset[bytes]:
    return frozenset(_DEFINE.findall(b"\n" + data))


def _macros(data: bytes) -> Iterator[bytes]:
    """Yield the definitions of macros, each with the lines that it goes on for."""
    data = b"\n" + data
    match = _DEFINE.search(data)
    while match is not None:
        end = data.find(b"\n", match.end())
        while end > 0 and data[end - 1] == _BACKSLASH:
            end = data.find(b"\n", end + 1)
        end = len(data) if end < 0 else end
        yield data[match.start() : end]
        match = _DEFINE.search(data, end)


class Definition(NamedTuple):
    """A function of another file."""

    text: TreeFile
    extent: Extent


class _Names:
    """Which of some files have which names: as heads of functions, and as macros."""

    def __init__(self, texts: Iterable[TreeFile]) -> None:
        self.heads: dict[bytes, tuple[TreeFile, ...]] = {}
        self.macros: dict[bytes, tuple[TreeFile, ...]] = {}
        for text in texts:
            for found, names in ((self.heads, _heads(text.data)), (self.macros, _defined(text.data))):
                for name in names:
                    found[name] = (*found.get(name, ()), text)


class _Known:
    """The names of a tree's files, found when they are asked for: once for all scenes that differ in few of them."""

    def __init__(self, texts: Mapping[str, TreeFile]) -> None:
        self.texts = texts

    @cached_property
    def names(self) -> _Names:
        """The names."""
        return _Names(self.texts.values())


class Scene:
    """The files in view: those that define, and those that call.

    ``whole`` says that all of them could be read, so that who is not seen to call does not call. ``known`` are the
    names of the files that most of these are.
    """

    def __init__(self, texts: Mapping[str, TreeFile], *, whole: bool, known: _Known | None = None) -> None:
        self.texts = {path: texts[path] for path in sorted(texts)}
        self.whole = whole
        self._known = known or _Known(self.texts)
        self._definitions: dict[str, Definition | None] = {}

    def changed(self, texts: Mapping[str, TreeFile | None]) -> "Scene":
        """Return the scene with some files in another form, None for those that are gone."""
        after = {path: text for path, text in {**self.texts, **texts}.items() if text is not None}
        return Scene(after, whole=self.whole, known=self._known)

    @cached_property
    def _own(self) -> tuple[TreeFile, ...]:
        """The files whose names are not known yet."""
        return tuple(text for path, text in self.texts.items() if self._known.texts.get(path) is not text)

    def _headed(self, word: bytes) -> list[TreeFile]:
        """Return the files that may define, or declare, a function."""
        known = (text for text in self._known.names.heads.get(word, ()) if self.texts.get(text.path) is text)
        return [*known, *(text for text in self._own if word in text.heads)]

    def _is_macro(self, word: bytes) -> bool:
        """Return whether a file has a macro of this name."""
        known = self._known.names.macros.get(word, ())
        return any(self.texts.get(text.path) is text for text in known) or any(word in t.defined for t in self._own)

    def definition(self, name: str) -> Definition | None:
        """Return the one definition of a function, None where there is none, another, or a macro of that name."""
        if name not in self._definitions:
            self._definitions[name] = self._define(name)
        return self._definitions[name]

    def _define(self, name: str) -> Definition | None:
        found = self._definitions_of(name)
        return found[0] if len(found) == 1 and not _replaceable(*found[0], name) else None

    def first(self, name: str) -> Definition | None:
        """Return the first definition of a function that one file defines, maybe for several configurations."""
        found = self._definitions_of(name)
        return found[0] if len({definition.text.path for definition in found}) == 1 else None

    def _definitions_of(self, name: str) -> list[Definition]:
        """Return the definitions of a function, none where a macro has its name."""
        word = name.encode()
        if self._is_macro(word):
            return []
        return [Definition(text, extent) for text in self._headed(word) for extent in text.definitions(name)]

    def callers(self, name: str, home: str) -> list[Definition] | None:
        """Return who calls a function of the file ``home`` from other files; None where others may.

        All are in sight of a function that a header of mm/ declares, and none that everybody includes: it is not
        exported, and neither handed on nor hidden in a macro.
        """
        word = name.encode()
        if not (self.whole and home.startswith(_MM)):
            return None
        found: list[Definition] = []
        declared = home.endswith(".h")
        for text in self.mentioning(word):
            if text.path == home or text.has_static(name):
                continue
            callers = text.index.naming(word)
            if not _only_calls(text, callers, name) or (_for_all(text) and word in identifiers(text.data)):
                return None
            declared = declared or (text.is_header and word in text.heads)
            found += [Definition(text, extent) for extent in callers]
        return found if declared else None

    def mentioning(self, word: bytes) -> Iterator[TreeFile]:
        """Yield the files in which a word stands, be it in a comment."""
        whole = re.compile(rb"\b" + word + rb"\b")
        return (text for text in self.texts.values() if word in text.data and whole.search(text.data))


class View(NamedTuple):
    """What is in sight of an image: ``home`` is its path in the tree, ``prefix`` what paths are shown with."""

    scene: Scene
    home: str
    prefix: str = ""

    def functions(self, image: Image) -> FileIndex:
        """Return the functions of the image: mostly it is as it lies in the tree, where they have been found."""
        text = self.scene.texts.get(self.home)
        alike = text is not None and image.fragments is None and text.data == image.source.data
        return FileIndex(image, text.extents if text is not None and alike else None)


_MM = "mm/"


def _for_all(text: TreeFile) -> bool:
    """Return whether a header is one that files outside of mm/ include."""
    return text.is_header and not text.path.startswith(_MM)


def _only_calls(text: TreeFile, callers: list[Extent], name: str) -> bool:
    """Return whether a file does nothing with a function but to declare and to call it."""
    word = name.encode()
    if text.index.handed_out(name) or word in text.in_macros or text.definitions(name):
        return False
    code = (text.data[extent.span.start : extent.span.end] for extent in callers)
    return not any(word in uncalled(part) for part in code)


def _replaceable(text: TreeFile, extent: Extent, name: str) -> bool:
    """Return whether a header's function is one that an architecture may have in another form."""
    around = [cond for cond, _ in text.index.conditions(extent)] if text.is_header else []
    return any(name in cond or "ARCH" in cond for cond in around)
