"""Finds and validates the rules: the package of built-in ones is known by name, its modules by looking."""

import re
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import overload

from anonlint.errors import UsageError
from anonlint.rule.plugin import Rule

BUILTIN = "anonlint_rules"
_CODE = re.compile(r"AL\d{3}")
_NAME = re.compile(r"[a-z]+(-[a-z]+)+")


class RuleConflict(Exception):
    """Two rules claim one code or name, or a rule's description is not complete."""


class Later(Sequence[Rule]):
    """Rules that are imported once somebody looks at them: most patches give no reason to."""

    __slots__ = ("_load", "_rules", "key")

    def __init__(self, load: Callable[[], tuple[Rule, ...]], key: str) -> None:
        self.key = key  # what stands for the selection without looking at it
        self._load = load
        self._rules: tuple[Rule, ...] | None = None

    def all(self) -> tuple[Rule, ...]:
        """Return the rules."""
        if self._rules is None:
            self._rules = self._load()
        return self._rules

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.all())

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rule]: ...
    def __getitem__(self, index: int | slice) -> Rule | Sequence[Rule]:
        """Return one rule, or some."""
        return self.all()[index]


_loaded: list[tuple[Rule, ...]] = []


def rules() -> tuple[Rule, ...]:
    """Return the built-in rules, sorted by code."""
    if not _loaded:
        _loaded.append(validate(_discover(BUILTIN)))
    return _loaded[0]


def rule(code_or_name: str) -> Rule:
    """Return the rule of that code or name; raise UsageError that names the near ones."""
    wanted = code_or_name.lower()
    for candidate in rules():
        if wanted in (candidate.code.lower(), candidate.name):
            return candidate
    import difflib  # only on the way to an error message

    known = [word for r in rules() for word in (r.code, r.name)]
    near = difflib.get_close_matches(code_or_name, known, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; 'anonlint rules' lists them"
    raise UsageError(f"no rule {code_or_name!r}{hint}")


def validate(found: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules sorted by code; raise RuleConflict on a bad or doubled code or name."""
    by_code: dict[str, Rule] = {}
    names: set[str] = set()
    for candidate in found:
        if not _CODE.fullmatch(candidate.code) or not _NAME.fullmatch(candidate.name):
            raise RuleConflict(f"bad code or name: {candidate.code} {candidate.name}")
        if by_code.setdefault(candidate.code, candidate) is not candidate or candidate.name in names:
            raise RuleConflict(f"{candidate.code} {candidate.name} is owned by two rules")
        names.add(candidate.name)
    return tuple(by_code[code] for code in sorted(by_code))


def _discover(package: str) -> list[Rule]:
    """Import every module below a rule package and collect its Rule constants."""
    found = []
    for module in _modules(package):
        found += [value for value in vars(import_module(module)).values() if isinstance(value, Rule)]
    return found


def _modules(package: str) -> list[str]:
    import os  # os.scandir: pkgutil would import importlib.metadata's friends

    root = import_module(package)
    names: list[str] = []
    for family in sorted(os.listdir(root.__path__[0])):
        folder = f"{root.__path__[0]}/{family}"
        if family.startswith("_") or not os.path.isdir(folder):
            continue
        files = [f for f in sorted(os.listdir(folder)) if f.endswith(".py") and f != "__init__.py"]
        names += [f"{package}.{family}.{file[:-3]}" for file in files]
    return names
