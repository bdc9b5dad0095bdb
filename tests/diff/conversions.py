"""Loads the conversions, and compares two texts of a file the way ``anonlint diff`` does."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from anonlint.intake import Request
from anonlint.intake.image import whole
from anonlint.model.change import FunctionChange
from anonlint.model.snapshot import Origin, Snapshot
from anonlint.run.context import Context, Options
from anonlint.run.differ import Differ
from tests.edits.edits import Change, Edit, spelled

KERNELS = ("6.1", "6.12")


class Conversion(NamedTuple):
    """One conversion of one kernel's function, and what is to be said of it."""

    edit: Edit
    verdict: str
    row: str
    states: str

    @property
    def name(self) -> str:
        """Return what it is called in test output."""
        return f"{self.edit.name}-{self.edit.kernel}"


def conversions() -> Iterator[Conversion]:
    """Yield all conversions, once for each kernel."""
    data = tomllib.loads(Path(__file__).with_name("conversions.toml").read_text())
    for item in data["conversion"]:
        for kernel in KERNELS:
            words = {name: texts[kernel] for name, texts in data["words"].items()}
            changes = tuple(Change(spelled(c[0], words), spelled(c[1], words), *c[2:]) for c in item["replace"])
            edit = Edit(
                item["name"],
                kernel,
                item["file"],
                item["function"],
                code="",
                note="",
                where="",
                also=frozenset(),
                before=item.get("before", ""),
                changes=changes,
                opaque=False,
                known="",
                kind="",
            )
            yield Conversion(edit, item["verdict"], item.get("row", ""), item.get("states", ""))


def compared(path: str, before: str, after: str, kernel: str = "") -> Iterator[FunctionChange]:
    """Yield what is different between two texts of a file; what dates them is in them, but for ``kernel``."""
    major, _, minor = kernel.partition(".")
    context = Context(Options(Request(), (), kernel=(int(major), int(minor)) if kernel else None))
    old, new = (whole(path, text.encode("latin-1")) for text in (before, after))
    yield from Differ(Snapshot(path, Origin("test"), old, new, frozenset()), context, (None, None)).changes()


def of(changes: Iterator[FunctionChange], name: str) -> FunctionChange:
    """Return the change of a function itself; what comes behind it is not worked out."""
    return next(change for change in changes if change.name == name and not change.because)
