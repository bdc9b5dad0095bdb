"""Puts the rules' examples into the wheel: they are fixtures of the tests, and what ``anonlint explain`` shows."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Examples(BuildHookInterface):  # type: ignore[type-arg]
    """Adds fixtures/CODE-name/{bad,good}*.c as data of anonlint_rules."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Name the files."""
        for path in sorted(Path(self.root, "fixtures").glob("AL*/*.c")):
            if path.name.startswith(("bad", "good")):
                build_data["force_include"][str(path)] = f"anonlint_rules/fixtures/{path.parent.name}/{path.name}"
