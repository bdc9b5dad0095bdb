"""A rule's examples: C files that are tested as fixtures and shown as documentation, one text for both.

They are in ``CODE-name/`` in the nearest folder ``fixtures`` at or above the rule's own file (built-in rules' of a
checkout: at its top). Their names say what they are: ``bad.c``, ``good-5.19-6.7.c`` (for kernels 5.19 to 6.7),
``bad-6.8.c`` (6.8 and later), and ``bad-6.8-b.c`` a second one of the same kind. What a
patch does wrong is a ``.diff``.
"""

import os
import re
from typing import NamedTuple

from anonlint.rule.plugin import Rule

_NAME = re.compile(r"(bad|good)(?:-(\d+\.\d+))?(?:-(\d+\.\d+))?(?:-([a-z]+))?\.(?:c|diff)")
_WANT = r'[ \t]*/\* (?:todo-)?want [A-Z]+\d+ "(?:[^"\\]|\\.)*" \*/'
_OK = r"^[ \t]*/\* (?:todo-)?ok [A-Z][^\n]*\*/\n"
_NOTE = re.compile(f"{_WANT}|{_OK}", re.M)
_UP = 4  # folders from a rule's file to those of its package's parent


class Example(NamedTuple):
    """One file: ``kernels`` are the releases it is of, as "5.19-6.7" or "6.8-", "" where it is of any."""

    path: str
    bad: bool
    kernels: str

    @property
    def code(self) -> str:
        """The text with its notes."""
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    @property
    def shown(self) -> str:
        """The text for people: without the notes, tabs as blanks."""
        return _NOTE.sub("", self.code).expandtabs(8).strip("\n")

    @property
    def title(self) -> str:
        """What it is, as "Bad (5.19-6.7)"."""
        return ("Bad" if self.bad else "Good") + (f" ({self.kernels})" if self.kernels else "")


def folder(rule: Rule) -> str:
    """Return the directory of a rule's examples and other fixtures, "" where there is none."""
    import sys

    where = os.path.dirname(os.path.abspath(sys.modules[rule.check.__module__].__file__ or ""))
    for _ in range(_UP):
        path = os.path.join(where, "fixtures", f"{rule.code}-{rule.name}")
        if os.path.isdir(path):
            return path
        where = os.path.dirname(where)
    return ""


def examples(rule: Rule) -> tuple[Example, ...]:
    """Return the examples of a rule, oldest first, the bad one before the good one."""
    where = folder(rule)
    found = []
    for name in os.listdir(where) if where else ():
        match = _NAME.fullmatch(name)
        if match is not None:
            word, since, until, more = match.groups()
            kernels = f"{since}-{until or ''}" if since else ""
            age = tuple(map(int, (since or "0.0").split(".")))
            found.append(((age, more or "", word), Example(os.path.join(where, name), word == "bad", kernels)))
    return tuple(example for _, example in sorted(found))


def page(rule: Rule) -> str:
    """Return a rule's documentation with its examples: before what it misses, where it says that."""
    blocks = "".join(f"{one.title}::\n\n{_indented(one.shown)}\n\n" for one in examples(rule))
    head, misses, tail = rule.doc.partition("\nMisses: ")
    return f"{head.rstrip()}\n\n{blocks}{misses.lstrip()}{tail}".rstrip()


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.split("\n")).rstrip("\n")
