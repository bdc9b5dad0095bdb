"""The user's settings: anonlint.toml, or [tool.anonlint] of pyproject.toml, in or above a directory, or the user's own.

Which rules are loaded from outside only the user's own file says: any other may be part of the tree that is checked.
"""

import os
from typing import Any

from anonlint import sidefile
from anonlint.errors import UsageError
from anonlint.policy.places import PathSelection
from anonlint.policy.words import FORMATS

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
        places: tuple[PathSelection, ...] = (),
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
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        why, _, at = str(error).partition(" (at ")
        last = data.count(b"\n", 0, len(data.rstrip())) + 1
        number = at.removeprefix("line ").partition(",")[0] if at.startswith("line ") else last
        raise UsageError(f"{path}:{number}: {why}") from error
    for key in table:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None


def _settings(path: str, values: dict[str, Any], remarks: tuple[str, ...]) -> Settings:
    from anonlint.policy.values import Wrong, line, readers  # only users with a settings file pay

    read: dict[str, Any] = {}
    known = readers(os.path.dirname(path), FORMATS, LEVELS)
    for key, value in values.items():
        if key not in known:
            raise UsageError(f"{path}:{line(path, key)}: unknown key {key!r} (known: {', '.join(known)})")
        name, reader = known[key]
        try:
            read[name] = reader(value)
        except Wrong as error:
            raise UsageError(f"{path}:{line(path, key, error.at, error.key)}: {key}: {error}") from error
    return Settings(path, remarks=remarks, **read)
