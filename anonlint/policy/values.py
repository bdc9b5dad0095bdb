"""What the keys of a settings file may hold, and where in the file one stands."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from anonlint import sidefile
from anonlint.errors import UsageError
from anonlint.policy.places import PathSelection

Reader = Callable[[Any], Any]


class Wrong(ValueError):
    """A value that cannot be; ``at`` and ``key`` say in which table of an array, and at which key of it."""

    def __init__(self, why: str, at: int = 0, key: str = "") -> None:
        super().__init__(why)
        self.at = at
        self.key = key


def readers(directory: str, formats: Sequence[str], levels: Sequence[str]) -> dict[str, tuple[str, Reader]]:
    """Return for each key the name that settings have it under, and what reads it; paths are from ``directory`` on."""
    return {
        "kernel": ("kernel", _kernel),
        "fail-level": ("fail_level", lambda value: _word(value, levels)),
        "format": ("output_format", lambda value: _word(value, formats)),
        "select": ("select", _strings),
        "vocabulary": ("vocabulary", _strings),
        "baseline": ("baseline", lambda value: os.path.join(directory, _text(value))),
        "rules": ("places", _places),
        "strict": ("strict", _switch),
        "plugins": ("plugins", lambda value: located(_strings(value), directory)),
    }


def line(path: str, key: str, at: int = 0, inner: str = "") -> int:
    """Return the line of a key in a TOML file, or of one in the ``at``-th table of that name; 1 if it is not found."""
    lines = sidefile.read(path).decode("utf-8", "replace").splitlines()
    start = next((i for i, text in enumerate(lines) if text.strip().startswith("[tool.anonlint")), 0)
    head = re.compile(rf"\s*\[\[?\s*(?:tool\.anonlint\.)?{re.escape(key)}\s*\]")
    tables = [i for i, text in enumerate(lines) if i >= start and head.match(text)]
    if not tables:
        return next((i + 1 for i, text in enumerate(lines) if i >= start and _begins(text, key)), 1)
    first = tables[min(at, len(tables) - 1)]
    last = tables[at + 1] if at + 1 < len(tables) else len(lines)
    return next((i for i in range(first, last) if inner and _begins(lines[i], inner)), first) + 1


def _begins(text: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", text) is not None


def kernel_version(text: str, where: str) -> tuple[int, int]:
    """Return (6, 12) for "6.12"; raise UsageError naming ``where`` otherwise."""
    major, dot, minor = text.partition(".")
    if not (dot and major.isdigit() and minor.isdigit() and text.isascii()):
        raise UsageError(f"{where}: {text!r} is no kernel version like 6.12")
    return int(major), int(minor)


def located(words: Sequence[str], directory: str) -> tuple[str, ...]:
    """Return what names rules from outside with its paths made absolute, from ``directory`` on."""
    return tuple(_located(word, directory) for word in words)


def _located(word: str, directory: str) -> str:
    is_path = word.startswith((".", "~")) or "/" in word or os.sep in word or word.endswith(".py")
    return os.path.normpath(os.path.join(directory, os.path.expanduser(word))) if is_path else word


def _kernel(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong('must be a string like "6.12"')
    try:
        kernel_version(value, "")
    except UsageError as error:
        raise Wrong(str(error).removeprefix(": ")) from error
    return value


def _word(value: Any, words: Sequence[str]) -> str:
    if value not in words:
        raise Wrong(f"{value!r} is none of {', '.join(words)}")
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong("must be a string")
    return value


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def _places(value: Any) -> tuple[PathSelection, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Wrong("must be an array of tables: [[rules]] with paths, select, ignore")
    return tuple(_place(at, item) for at, item in enumerate(value))


def _place(at: int, item: dict[str, Any]) -> PathSelection:
    for key in item:
        if key not in ("paths", "select", "ignore"):
            raise Wrong(f"a table has paths, select and ignore, not {key!r}", at, key)
    if "paths" not in item:
        raise Wrong("a table has paths, select and ignore: paths is missing", at)
    words: dict[str, tuple[str, ...]] = {}
    for key, value in item.items():
        try:
            words[key] = _strings(value)
        except Wrong as error:
            raise Wrong(f"{key} {error}", at, key) from error
    signs = {"select": "", "ignore": "-"}
    return PathSelection(
        words["paths"], tuple(signs[key] + word for key in words if key in signs for word in words[key])
    )


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Wrong("must be a list of strings")
    return tuple(value)
