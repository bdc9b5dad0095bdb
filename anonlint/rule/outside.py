"""Rules that do not ship with anonlint: where they are, and what is loaded of them.

A word that names them is a file or directory, the dotted name of a module or package, or ``entry-points`` (of the
packages installed beside anonlint; ``entry-points:NAME`` is one of them). Whoever names them trusts them: they are
Python code, and run.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from anonlint.errors import UsageError
from anonlint.rule.plugin import Rule

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "anonlint.rules"  # of entry points
INSTALLED = "entry-points"
_MOST = 1000  # files of one package


def is_path(word: str) -> bool:
    """Return whether a word names a file or directory, and no module."""
    return os.path.isabs(word)


def found(words: Sequence[str]) -> list[Rule]:
    """Import what the words name and return the rules in it; UsageError names the file and line of what is wrong."""
    rules: dict[int, Rule] = {}
    for word in words:
        here = [rule for module in _modules(word) for rule in _rules(module)]
        if not here:
            raise UsageError(f"{word}: no rules are in it")
        rules.update((id(rule), rule) for rule in here)
    return list(rules.values())


def files(words: Sequence[str]) -> list[str]:
    """Return the files that the words stand for, without running any of them."""
    paths: list[str] = []
    for word in words:
        if is_path(word):
            paths += [word] if os.path.isfile(word) else _below(word)
        elif word.partition(":")[0] == INSTALLED:
            paths += [path for entry in _entry_points(word) for path in _files_of(entry.module)]
        else:
            paths += _files_of(word)
    return sorted(set(paths))


def place(rule: Rule) -> str:
    """Return the file and line of a rule."""
    code = getattr(rule.check, "__code__", None)
    return rule.check.__module__ if code is None else f"{code.co_filename}:{code.co_firstlineno}"


def _rules(module: ModuleType) -> list[Rule]:
    """Return the rules that a module defines: those that it only imports are another's."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, Rule) and getattr(value, "check", None) and value.check.__module__ == module.__name__
    ]


def _modules(word: str) -> Iterator[ModuleType]:
    if is_path(word):
        if os.path.isdir(word):
            yield from _of_directory(word)
        elif os.path.isfile(word):
            yield _of_file(word)
        else:
            raise UsageError(f"{word}: there is no such file or directory of rules")
    elif word.partition(":")[0] == INSTALLED:
        for entry in _entry_points(word):
            yield from _of_module(entry.module)
    else:
        yield from _of_module(word)


def _of_directory(path: str) -> Iterator[ModuleType]:
    """Yield the modules of a directory: a package, where it has an __init__.py, else one for each file."""
    if os.path.isfile(os.path.join(path, "__init__.py")):
        name = os.path.basename(os.path.abspath(path))
        _loaded(name, os.path.join(path, "__init__.py"), [path])
        yield from _of_module(name)
        return
    for file in _below(path):
        if not os.path.basename(file).startswith("_"):
            yield _of_file(file)


def _of_file(path: str) -> ModuleType:
    return _loaded("anonlint_outside_" + "".join(c if c.isalnum() else "_" for c in os.path.abspath(path)), path, None)


def _loaded(name: str, path: str, folders: list[str] | None) -> ModuleType:
    """Import a file under a name of its own."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    class Fresh(SourceFileLoader):
        """Compiles what the file holds: kept bytecode is told from it by whole seconds, and somebody may be writing."""

        def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
            code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
            return code

    known = sys.modules.get(name)
    if known is not None:
        if os.path.abspath(known.__file__ or "") == os.path.abspath(path):
            return known
        raise UsageError(f"{path}: there is another package {name}: give the directory a name of its own")
    spec = spec_from_file_location(name, path, loader=Fresh(name, path), submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if not isinstance(error, Exception | SystemExit):
            raise  # somebody ends the run
        raise UsageError(_why(error, path)) from error
    return module


def _of_module(name: str) -> Iterator[ModuleType]:
    """Yield a module and, of a package, all modules below it."""
    root = _imported(name)
    yield root
    for folder in getattr(root, "__path__", ()):
        for path in _below(folder):
            parts = os.path.relpath(path, folder)[:-3].split(os.sep)
            if not any(part.startswith("_") for part in parts):
                yield _imported(".".join((name, *parts)))


def _imported(name: str) -> ModuleType:
    """Import a module; never from the current directory, which may be the tree that is checked."""
    path = sys.path
    sys.path = [entry for entry in path if entry not in ("", os.getcwd())]
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and (name + ".").startswith(error.name + "."):
            raise UsageError(f"rules {name}: there is no module {error.name!r} (a path has a / in it)") from error
        raise UsageError(_why(error, name)) from error
    finally:
        sys.path = path


def _entry_points(word: str) -> "list[EntryPoint]":
    """Return the entry points that a word names; only here is looked for what is installed."""
    from importlib.metadata import entry_points

    wanted = word.partition(":")[2]
    known = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    chosen = [entry for entry in known if wanted in ("", entry.name)]
    if not chosen:
        names = ", ".join(entry.name for entry in known) or "none"
        raise UsageError(f"{word}: no package has such an entry point (group {GROUP}: {names})")
    return chosen


def _files_of(name: str) -> list[str]:
    """Return the files of a module's outermost package; only of that is the place known without running anything."""
    from importlib.util import find_spec

    path = sys.path
    sys.path = [entry for entry in path if entry not in ("", os.getcwd())]
    try:
        spec = find_spec(name.partition(".")[0])
    except ValueError:
        spec = None
    finally:
        sys.path = path
    if spec is None:
        return []
    folders = list(spec.submodule_search_locations or ())
    return [path for folder in folders for path in _below(folder)] or [spec.origin or ""]


def _below(folder: str) -> list[str]:
    """Return the Python files below a directory, sorted; hidden ones and those of tests and examples are not meant."""
    paths: list[str] = []
    for where, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")) and name not in _ASIDE)
        paths += [os.path.join(where, name) for name in sorted(names) if name.endswith(".py")]
        if len(paths) > _MOST:
            raise UsageError(f"{folder}: more than {_MOST} Python files are below it: name the directory of the rules")
    return paths


_ASIDE = frozenset(("tests", "fixtures"))


def _why(error: BaseException, path: str) -> str:
    """Return where and why loading failed, in one line: the last place that is neither Python's machinery nor ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {error.msg}"
    where, trace = path, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(("<", _OURS)) and "/importlib/" not in file.replace(os.sep, "/"):
            where = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{where}: {type(error).__name__}: {error}"


_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
