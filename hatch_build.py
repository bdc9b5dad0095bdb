"""Puts into the wheel what is made of the sources: the rules' examples and the shells' completion scripts.

The examples are fixtures of the tests, and what ``anonlint explain`` shows.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPLETIONS = {
    "bash": "share/bash-completion/completions/anonlint",
    "zsh": "share/zsh/site-functions/_anonlint",
    "fish": "share/fish/vendor_completions.d/anonlint.fish",
}


class Made(BuildHookInterface):  # type: ignore[type-arg]
    """Adds fixtures/CODE-name/{bad,good}*.c as data of anonlint_rules, and completion scripts where shells look."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files, and write those that are made; an editable installation has them in the checkout."""
        if version == "editable":
            return
        for path in sorted(Path(self.root, "fixtures").glob("AL*/*.c")):
            if path.name.startswith(("bad", "good")):
                build_data["force_include"][str(path)] = f"anonlint_rules/fixtures/{path.parent.name}/{path.name}"
        sys.path.insert(0, self.root)
        try:
            from anonlint.cli.completion import script  # the standard library is all that it needs
        finally:
            sys.path.remove(self.root)
        made = Path(self.directory, "completions")
        made.mkdir(parents=True, exist_ok=True)
        for shell, place in COMPLETIONS.items():
            (made / shell).write_text(script(shell))
            build_data["shared_data"][str(made / shell)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was made only to be put in."""
        for shell in COMPLETIONS:
            Path(self.directory, "completions", shell).unlink(missing_ok=True)
        if version != "editable":
            Path(self.directory, "completions").rmdir()
