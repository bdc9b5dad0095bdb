"""The command line's top: finds the subcommand, runs it, and turns every way to end into an exit status."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonlint.cli import commands, options, output, streams
from anonlint.errors import AnonlintError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

CLEAN, FOUND, FAILED = 0, 1, 2
INTERRUPTED = 130


def run() -> None:
    """Run the program and exit; the only place that does."""
    streams.open_closed()
    sys.exit(streams.settle(main(sys.argv[1:])))


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; every failure has become one line on stderr."""
    try:
        return _dispatch(arguments)
    except AnonlintError as error:
        output.complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return streams.broken_pipe()
    except Exception as error:  # a bug of ours: one line that names the input, not a page
        if os.environ.get("ANONLINT_DEBUG"):
            raise
        output.complain(_crash(error, arguments))
        return FAILED


def _dispatch(arguments: Sequence[str]) -> int:
    word = arguments[0] if arguments else ""
    if word in ("-V", "--version"):
        from anonlint import __version__

        output.write(f"anonlint {__version__}\n")
        return CLEAN
    if word in ("-h", "--help"):
        output.write(commands.overview())
        return CLEAN
    command = next((c for c in commands.COMMANDS if c.name == word), None)
    if command is None:
        raise UsageError(_no_command(word))
    if word == "kbuild" and "--help" not in arguments:
        from anonlint.cli import kbuild

        return kbuild.run(arguments[1:])
    if word == "checkpatch":
        from anonlint.cli import checkpatch

        return checkpatch.run(arguments[1:])
    parsed = options.parse(command, arguments[1:])
    if parsed.flag("help"):
        output.write(options.help_text(command))
        return CLEAN
    options.check_operands(command, parsed)
    return _run(command.name, parsed)


def _run(name: str, parsed: options.Parsed) -> int:
    # Each subcommand's module is imported only when it runs: a check must not pay for the others.
    if name == "check":
        from anonlint.cli import check

        return check.run(parsed)
    if name == "table":
        from anonlint.cli import table

        return table.run(parsed)
    if name == "settings":
        from anonlint.cli import settings

        return settings.run(parsed)
    if name == "doctor":
        from anonlint.cli import doctor

        return doctor.run(parsed)
    if name == "hook":
        from anonlint.cli import hook

        return hook.run(parsed)
    if name == "b4":
        from anonlint.cli import b4

        return b4.run(parsed)
    if name == "completion":
        from anonlint.cli import completion

        return completion.run(parsed)
    from anonlint.cli import catalogue

    return catalogue.rules(parsed) if name == "rules" else catalogue.explain(parsed)


def _no_command(word: str) -> str:
    names = [command.name for command in commands.COMMANDS]
    if not word:
        return f"a command is missing: {', '.join(names)} (see anonlint --help)"
    if word.startswith("-"):
        return f"unknown option {word} before a command (see anonlint --help)"
    if os.path.exists(word):
        return f"unknown command {word!r}; to check that input: anonlint check {word}"
    return f"unknown command {word!r}{options.near(word, names)} (see anonlint --help)"


def _crash(error: Exception, arguments: Sequence[str]) -> str:
    """Return one line: the input, the error, and where in anonlint it came from."""
    trace: TracebackType | None = error.__traceback__
    place = ""
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename.replace(os.sep, "/")
        if "/anonlint" in path:
            place = f"{path.rpartition('/anonlint')[2].lstrip('/')}:{trace.tb_lineno}"
        trace = trace.tb_next
    words = " ".join(arguments)
    return (
        f"internal error on {words!r}: {type(error).__name__}: {error} (at {place}; "
        "ANONLINT_DEBUG=1 shows the traceback)"
    )
