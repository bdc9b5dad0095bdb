"""``anonlint completion``: shell completion, written from the table of subcommands and options."""

from anonlint.cli import output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError


def run(parsed: Parsed) -> int:
    """Print the completion script of the shell that was named."""
    output.write(script(parsed.operands[0]))
    return 0


def script(shell: str) -> str:
    """Return the completion script of one shell."""
    from anonlint.cli.commands import COMMANDS

    if shell == "bash":
        from anonlint.cli.completion import bash

        return bash.script(COMMANDS)
    if shell == "zsh":
        from anonlint.cli.completion import zsh

        return zsh.script(COMMANDS)
    if shell == "fish":
        from anonlint.cli.completion import fish

        return fish.script(COMMANDS)
    raise UsageError(f"completion: {shell!r} is none of bash, zsh, fish")
