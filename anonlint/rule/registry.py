"""Finds and validates the rules: the package of built-in ones is known by name, its modules by looking.

Others are where the user says (outside.py), and have codes of their own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import overload

from anonlint.errors import UsageError
from anonlint.rule.plugin import Rule

BUILTIN = "anonlint_rules"
_PREFIX = "AL"  # of the codes of built-in rules; nobody else's begin so
_CODE = re.compile(r"[A-Z]{2,8}\d{3}")
_NAME = re.compile(r"[a-z]+(-[a-z]+)+")


class RuleConflict(UsageError):
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

    def __iter__(self) -> Iterator[Rule]:
        """Return the rules one after the other."""
        return iter(self.all())

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


_loaded: dict[tuple[str, ...], tuple[Rule, ...]] = {}


def rules(plugins: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """Return the built-in rules and those that ``plugins`` name, sorted by code."""
    if plugins not in _loaded:
        _loaded[plugins] = validate(_discover(BUILTIN)) if not plugins else _with(plugins)
    return _loaded[plugins]


def outside(plugins: Sequence[str]) -> tuple[Rule, ...]:
    """Return only the rules that ``plugins`` name, sorted by code."""
    ours = {rule.code for rule in rules()}
    return tuple(rule for rule in rules(tuple(plugins)) if rule.code not in ours)


def rule(code_or_name: str, plugins: tuple[str, ...] = ()) -> Rule:
    """Return the rule of that code or name; raise UsageError that names the near ones."""
    wanted = code_or_name.lower()
    for candidate in rules(plugins):
        if wanted in (candidate.code.lower(), candidate.name):
            return candidate
    import difflib  # only on the way to an error message

    known = [word for r in rules(plugins) for word in (r.code, r.name)]
    near = difflib.get_close_matches(code_or_name, known, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; 'anonlint rules' lists them"
    raise UsageError(f"no rule {code_or_name!r}{hint}")


def validate(found: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules sorted by code; raise RuleConflict on a bad or doubled code or name."""
    by_code: dict[str, Rule] = {}
    names: dict[str, Rule] = {}
    for candidate in found:
        for what, form, wanted in ((candidate.code, _CODE, "XY101"), (candidate.name, _NAME, "a-bad-thing")):
            if not form.fullmatch(what):
                raise RuleConflict(f"{_place(candidate)}: {what!r} is no code or name such as {wanted}")
        for known in (by_code.setdefault(candidate.code, candidate), names.setdefault(candidate.name, candidate)):
            if known is not candidate:
                owner = f"{known.code} {known.name} ({_place(known)})"
                raise RuleConflict(f"{_place(candidate)}: {candidate.code} {candidate.name}: there is {owner} already")
    return tuple(by_code[code] for code in sorted(by_code))


def _with(plugins: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the built-in rules and others."""
    from anonlint.rule.outside import found  # most users have no rules of their own

    others = found(plugins)
    for other in others:
        if other.code.startswith(_PREFIX):
            why = f"codes that begin with {_PREFIX} are anonlint's own: take two to eight letters of yours"
            raise RuleConflict(f"{_place(other)}: {other.code}: {why}")
        _check(other)
    return validate((*rules(), *others))


def _check(other: Rule) -> None:
    """Raise RuleConflict for a rule that says of itself what cannot be."""
    from anonlint.kernel.classes import CLASSES

    for cls in sorted(other.words | other.about):
        if cls not in CLASSES:
            raise RuleConflict(f"{_place(other)}: {other.code}: the vocabulary has no class {cls!r}")
    if other.status not in ("stable", "preview"):
        raise RuleConflict(f"{_place(other)}: {other.code}: status {other.status!r} is neither stable nor preview")
    if not other.doc.strip():
        raise RuleConflict(f"{_place(other)}: {other.code} has no docstring, which is its page")


def _place(candidate: Rule) -> str:
    from anonlint.rule.outside import place  # only on the way to an error message

    return place(candidate)


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
