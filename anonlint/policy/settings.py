"""The user's settings: anonlint.toml, or [tool.anonlint] of pyproject.toml, in or above a directory, or the user's own.

Which rules are loaded from outside only the user's own file says: any other may be part of the tree that is checked.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

from anonlint import sidefile
from anonlint.errors import UsageError
from anonlint.policy.places import Place

FORMATS = ("text", "gcc", "full", "json")
LEVELS = ("note", "warning", "error", "never")


class Settings:
    """What a settings file says; "" and () where it says nothing. ``path`` names the file, if there is one.

    ``select`` is an ordered list as `anonlint.policy.select.choose` takes it, ``vocabulary`` holds rows
    of the kernel vocabulary. ``baseline`` is the file of known findings, ``places`` say which rules count where.
    ``strict`` says whether what was not judged is a failure. ``plugins`` say where rules are that do not ship with
    anonlint. ``remarks`` tell what was passed over.
    """

    __slots__ = (
        "baseline",
        "fail_level",
        "format",
        "kernel",
        "path",
        "places",
        "plugins",
        "remarks",
        "select",
        "strict",
        "vocabulary",
    )

    def __init__(
        self,
        path: str = "",
        *,
        kernel: str = "",
        fail_level: str = "",
        output_format: str = "",
        select: tuple[str, ...] = (),
        vocabulary: tuple[str, ...] = (),
        baseline: str = "",
        places: tuple[Place, ...] = (),
        strict: bool = False,
        plugins: tuple[str, ...] = (),
        remarks: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.kernel = kernel
        self.fail_level = fail_level
        self.format = output_format
        self.select = select
        self.vocabulary = vocabulary
        self.baseline = baseline
        self.places = places
        self.strict = strict
        self.plugins = plugins
        self.remarks = remarks

    def over(self, own: "Settings") -> "Settings":
        """Return these settings with the rules from outside that the user's own file names."""
        if self.plugins:
            why = f"plugins: not loaded: {own.path or 'your own settings file'} or --plugins may name them, no tree"
            self.remarks += (f"{self.path}: {why}",)
        self.plugins = own.plugins
        return self


def own_path() -> str:
    """Return where the user's own settings are, "" where there is no home."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    base = base if os.path.isabs(base) else os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "anonlint", "anonlint.toml") if os.path.isabs(base) else ""


def load(directory: str) -> Settings:
    """Return the settings of the nearest file in ``directory`` or above it; the user's own if there is none.

    A file counts that belongs to the user, to root, or to the owner of ``directory``, where the user chose to stand:
    nobody else's in a directory above that many share.
    """
    own = _own()
    directory = os.path.abspath(directory)
    trusted = _trusted(directory)
    remarks: tuple[str, ...] = ()
    while True:
        for name, table in (("anonlint.toml", ()), ("pyproject.toml", ("tool", "anonlint"))):
            path = os.path.join(directory, name)
            if _is_foreign(path, trusted):
                remarks = remarks or ((_FOREIGN.format(path),) if not table else ())
                continue
            found = _read(path, table)
            if found is not None:
                return own if path == own.path else _settings(path, found, remarks).over(own)
        parent = os.path.dirname(directory)
        if parent == directory:
            own.remarks += remarks
            return own
        directory = parent


_FOREIGN = "{}: belongs to another user: it does not count"


def _own() -> Settings:
    """Return the settings of the user's own file."""
    path = own_path()
    if not path or _is_foreign(path, {0, os.geteuid()} if hasattr(os, "geteuid") else set()):
        return Settings(remarks=(_FOREIGN.format(path),) if path else ())
    found = _read(path, ())
    return Settings() if found is None else _settings(path, found, ())


def _is_foreign(path: str, trusted: set[int]) -> bool:
    """Return whether a file is there and belongs to somebody whose settings do not count."""
    return bool(trusted) and os.path.lexists(path) and os.lstat(path).st_uid not in trusted


def _trusted(directory: str) -> set[int]:
    """Return whose settings count, by user id; nothing where there are no users."""
    try:
        return {0, os.geteuid(), os.stat(directory).st_uid} if hasattr(os, "geteuid") else set()
    except OSError:
        return {0, os.geteuid()}


def kernel_version(text: str, where: str) -> tuple[int, int]:
    """Return (6, 12) for "6.12"; raise UsageError naming ``where`` otherwise."""
    major, dot, minor = text.partition(".")
    if not (dot and major.isdigit() and minor.isdigit() and text.isascii()):
        raise UsageError(f"{where}: {text!r} is no kernel version like 6.12")
    return int(major), int(minor)


def _read(path: str, table: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the table of a TOML file; None if there is no such file or table."""
    try:
        data = sidefile.read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if table and b"anonlint" not in data:
        return None
    import tomllib  # lazily: 10 ms that only users with a settings file pay

    try:
        value: Any = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    for key in table:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None


def _settings(path: str, values: dict[str, Any], remarks: tuple[str, ...]) -> Settings:
    known: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
        "kernel": ("kernel", _kernel),
        "fail-level": ("fail_level", lambda where, value: _word(where, value, LEVELS)),
        "format": ("output_format", lambda where, value: _word(where, value, FORMATS)),
        "select": ("select", _strings),
        "vocabulary": ("vocabulary", _strings),
        "baseline": ("baseline", lambda where, value: os.path.join(os.path.dirname(path), _text(where, value))),
        "rules": ("places", _places),
        "strict": ("strict", _switch),
        "plugins": ("plugins", lambda where, value: located(_strings(where, value), os.path.dirname(path))),
    }
    read: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise UsageError(f"{path}: unknown key {key!r} (known: {', '.join(known)})")
        name, reader = known[key]
        read[name] = reader(f"{path}: {key}", value)
    return Settings(path, remarks=remarks, **read)


def located(words: Sequence[str], directory: str) -> tuple[str, ...]:
    """Return what names rules from outside with its paths made absolute, from ``directory`` on."""
    return tuple(_located(word, directory) for word in words)


def _located(word: str, directory: str) -> str:
    is_path = word.startswith((".", "~")) or "/" in word or os.sep in word or word.endswith(".py")
    return os.path.normpath(os.path.join(directory, os.path.expanduser(word))) if is_path else word


def _kernel(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f'{where}: must be a string like "6.12"')
    kernel_version(value, where)
    return value


def _word(where: str, value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise UsageError(f"{where}: {value!r} is none of {', '.join(words)}")
    return str(value)


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{where}: must be a string")
    return value


def _switch(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where}: must be true or false")
    return value


def _places(where: str, value: Any) -> tuple[Place, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UsageError(f"{where}: must be an array of tables: [[rules]] with paths, select, ignore")
    found = []
    for item in value:
        unknown = sorted(item.keys() - {"paths", "select", "ignore"})
        if unknown or "paths" not in item:
            raise UsageError(
                f"{where}: a table has paths, select and ignore" + (f", not {unknown[0]!r}" if unknown else "")
            )
        signed = [
            ("" if key == "select" else "-") + word
            for key in item
            if key != "paths"
            for word in _strings(where, item[key])
        ]
        found.append(Place(_strings(where, item["paths"]), tuple(signed)))
    return tuple(found)


def _strings(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}: must be a list of strings")
    return tuple(value)
