"""The command line's top: finds the subcommand, runs it, and turns every way to end into an exit status."""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonlint import limits
from anonlint.cli import commands, options, output, streams
from anonlint.errors import AnonlintError, UsageError

if TYPE_CHECKING:
    from types import FrameType

CLEAN, FOUND, FAILED = 0, 1, 2
INTERRUPTED = 130
_BY_SIGNAL = 128  # plus its number: the status of what a signal has ended
COLLECT = 1_000_000, 50, 1000  # thresholds of gc: run/verdict.py collects where there is something
# Subcommands whose module has another name than they, or more than one.
_OTHERS = {
    "rules": ("catalogue", "rules"),
    "explain": ("catalogue", "explain"),
    "mcp": ("serve", "mcp"),
    "lsp": ("serve", "lsp"),
}
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


def run() -> None:
    """Run the program and exit; the only place that does."""
    streams.open_closed()
    gc.set_threshold(*COLLECT)
    _heed_signals()
    sys.exit(streams.settle(main(sys.argv[1:])))


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; every failure has become one line on stderr."""
    try:
        status = _dispatch(arguments)
        return _BY_SIGNAL + limits.stopped if limits.stopped else status
    except AnonlintError as error:
        output.complain(str(error))
        return FAILED
    except limits.Interrupted as interrupted:
        return _BY_SIGNAL + interrupted.signal
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return streams.broken_pipe()
    except Exception as error:  # a bug of ours: one line that names the input, not a page
        if os.environ.get("ANONLINT_DEBUG"):
            raise
        output.complain(_crash(error, arguments))
        return FAILED


def _heed_signals() -> None:
    """Let the signals that end a program end the judging only, where any is done: what was found is printed."""
    for name in _ENDING:
        number = getattr(signal, name, None)  # not every system has all of them
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup(1) has one ignored
            signal.signal(number, _signalled)

    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, lambda _number, _frame: limits.ring())
        limits.watches = True


def _signalled(number: int, _frame: "FrameType | None") -> None:
    if limits.stopped or not limits.heeded:
        raise limits.Interrupted(number)
    limits.stop(number)


def _dispatch(arguments: Sequence[str]) -> int:
    word = arguments[0] if arguments else ""
    if word in ("-V", "--version"):
        from anonlint import __version__, built

        output.write(f"anonlint {__version__} ({built.how()})\n")
        return CLEAN
    if word in ("-h", "--help"):
        output.write(commands.overview())
        return CLEAN
    command = _command(word)
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
    """Run a subcommand; its module is imported only then: a check must not pay for the others."""
    from importlib import import_module

    if name == "help":
        output.write(options.help_text(_command(parsed.operands[0])) if parsed.operands else commands.overview())
        return CLEAN
    if name == "version":
        return _dispatch(["--version"])
    module, function = _OTHERS.get(name, (name, "run"))
    status: int = getattr(import_module(f"anonlint.cli.{module}"), function)(parsed)
    return status


def _command(word: str) -> options.Command:
    """Return the command of that name; raise UsageError that names a near one."""
    found = next((command for command in commands.COMMANDS if command.name == word), None)
    if found is None:
        raise UsageError(_no_command(word))
    return found


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
    if isinstance(error, MemoryError):
        return "out of memory"
    from anonlint.crash import place  # only on the way to an error

    words = " ".join(arguments)
    return (
        f"internal error on {words!r}: {type(error).__name__}: {error} (at {place(error)}; "
        "ANONLINT_DEBUG=1 shows the traceback)"
    )
