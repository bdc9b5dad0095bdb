"""As much of the C preprocessor as a kernel header needs to show one configuration of itself.

Comments go, lines continued are joined, ``#if`` groups are resolved for a configuration with
migration, device memory, memory failure, huge page migration, markers and swap switched on, macros
are collected. Nothing is expanded: the interpreter treats a macro as the function it acts like.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

CONFIG = frozenset(
    f"CONFIG_{name}"
    for name in (
        "64BIT",
        "ARCH_ENABLE_THP_MIGRATION",
        "ARCH_HAS_PMD_SOFTLEAVES",
        "DEVICE_PRIVATE",
        "HAVE_ARCH_SOFT_DIRTY",
        "HAVE_ARCH_USERFAULTFD_WP",
        "HUGETLB_PAGE",
        "MEMORY_FAILURE",
        "MEM_SOFT_DIRTY",
        "MIGRATION",
        "MMU",
        "NUMA",
        "NUMA_BALANCING",
        "PTE_MARKER",
        "PTE_MARKER_UFFD_WP",
        "SMP",
        "SWAP",
        "TRANSPARENT_HUGEPAGE",
        "USERFAULTFD",
        "ZONE_DEVICE",
    )
)
"""The configuration that shows every entry kind."""

_COMMENT = re.compile(r'/\*(?:.*?\*/|.*)|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*([a-z]+)\b[ \t]*(.*)$")
_DEFINE = re.compile(r"([A-Za-z_]\w*)(\(([^()]*)\))?[ \t]*(.*)", re.S)
_DEFINED = re.compile(r"\bdefined[ \t]*(?:\([ \t]*(\w+)[ \t]*\)|(\w+))|\bIS_(?:ENABLED|BUILTIN|REACHABLE)\((\w+)\)")


class Macro(NamedTuple):
    """A macro; ``params`` is None for one without an argument list."""

    name: str
    params: tuple[str, ...] | None
    body: str


class Preprocessor:
    """Reads headers one after the other; macros of earlier ones count in later ones."""

    def __init__(self, evaluate: Callable[[str], int]) -> None:
        """``evaluate`` gives the value of a C expression of a ``#if``; ValueError if it has none."""
        # An architecture's own headers are not read; what they would say is not 0 bits of memory.
        self.macros: dict[str, Macro] = {"MAX_PHYSMEM_BITS": Macro("MAX_PHYSMEM_BITS", None, "46")}
        self._evaluate = evaluate

    def read(self, text: str) -> str:
        """Return the text that one configuration sees, with as many lines as it had."""
        lines = _without_comments(text).replace("\\\n", " \x00").split("\n")
        out: list[str] = []
        # For each open #if: is this branch seen, was one seen before, was the outside seen?
        groups: list[tuple[bool, bool, bool]] = []
        for line in lines:
            found = _DIRECTIVE.match(line)
            seen = not groups or groups[-1][0]
            if found is None:
                out.append(line if seen else "")
            else:
                out.append("")
                if seen and found[1] in ("define", "undef"):
                    self._define(found[1], found[2].replace("\x00", " "))
                self._group(found[1], found[2].replace("\x00", " "), groups)
            out.extend("" for _ in range(line.count("\x00")))
        return "\n".join(out).replace("\x00", " ")

    def defined(self, name: str) -> bool:
        """Return whether a name counts as defined."""
        return name in CONFIG or name in self.macros

    def _define(self, directive: str, rest: str) -> None:
        found = _DEFINE.match(rest)
        if found is None:
            return
        if directive == "undef":
            self.macros.pop(found[1], None)
            return
        params = None
        if found[2] is not None:
            params = tuple(part.strip() for part in found[3].split(",") if part.strip())
        self.macros[found[1]] = Macro(found[1], params, found[4].strip())

    def _group(self, directive: str, rest: str, groups: list[tuple[bool, bool, bool]]) -> None:
        outside = not groups or groups[-1][0]
        if directive in ("if", "ifdef", "ifndef"):
            now = outside and self._holds(directive, rest)
            groups.append((now, now, outside))
        elif directive == "elif" and groups:
            _, before, outside = groups.pop()
            now = outside and not before and self._holds("if", rest)
            groups.append((now, before or now, outside))
        elif directive == "else" and groups:
            _, before, outside = groups.pop()
            groups.append((outside and not before, True, outside))
        elif directive == "endif" and groups:
            groups.pop()

    def _holds(self, directive: str, rest: str) -> bool:
        if directive != "if":
            return self.defined(rest.split()[0] if rest.split() else "") == (directive == "ifdef")
        plain = _DEFINED.sub(lambda m: str(int(self.defined(m[1] or m[2] or m[3]))), rest)
        try:
            return bool(self._evaluate(plain))
        except ValueError:
            return False  # what cannot be computed is not part of this configuration


def _without_comments(text: str) -> str:
    return _COMMENT.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == '"' else " " + "\n" * found[0].count("\n")
