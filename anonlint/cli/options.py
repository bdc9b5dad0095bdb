"""Command lines: what an option is, how a line of arguments is read, and how the help is laid out.

One table (`anonlint.cli.commands`) drives all three. argparse is not used: importing it costs as much
as checking a small patch may. Plain classes, because making a NamedTuple class costs 0.5 ms.
"""

from collections.abc import Sequence

from anonlint.errors import UsageError

HELP_WIDTH = 79


class Option:
    """One option. ``choices`` limit its value; a switch has neither choices nor ``metavar``."""

    __slots__ = ("choices", "flags", "help", "metavar")

    def __init__(self, flags: tuple[str, ...], text: str, metavar: str = "", choices: tuple[str, ...] = ()) -> None:
        self.flags = flags
        self.help = text
        self.metavar = metavar
        self.choices = choices

    @property
    def key(self) -> str:
        """Return the name that `Parsed` files the option under: its last flag without dashes."""
        return self.flags[-1].lstrip("-")

    @property
    def takes_value(self) -> bool:
        """Return False for a switch."""
        return bool(self.metavar or self.choices)


class Command:
    """One subcommand. ``operands`` is the usage text of its arguments, ``least`` how many it needs.

    ``most`` limits their number (None: no limit); ``notes`` is a free paragraph below the options.
    """

    __slots__ = ("examples", "least", "most", "name", "notes", "operands", "options", "summary")

    def __init__(
        self,
        name: str,
        summary: str,
        operands: str,
        options: tuple[Option, ...],
        examples: tuple[str, ...],
        *,
        least: int = 0,
        most: int | None = None,
        notes: str = "",
    ) -> None:
        self.name = name
        self.summary = summary
        self.operands = operands
        self.options = options
        self.examples = examples
        self.least = least
        self.most = most
        self.notes = notes


class Parsed:
    """A command line that was read: (key, value) pairs in their order, and the operands."""

    __slots__ = ("given", "operands")

    def __init__(self, given: tuple[tuple[str, str], ...], operands: tuple[str, ...]) -> None:
        self.given = given
        self.operands = operands

    def flag(self, key: str) -> bool:
        """Return whether the switch was given."""
        return any(k == key for k, _ in self.given)

    def last(self, key: str, default: str = "") -> str:
        """Return the option's value; the last one wins."""
        return next((v for k, v in reversed(self.given) if k == key), default)

    def all(self, key: str) -> tuple[str, ...]:
        """Return every value that the option was given, in order."""
        return tuple(v for k, v in self.given if k == key)


def parse(command: Command, arguments: Sequence[str]) -> Parsed:
    """Read ``arguments`` (without program and command name); raise UsageError with one line."""
    table = {flag: option for option in command.options for flag in option.flags}
    given: list[tuple[str, str]] = []
    operands: list[str] = []
    rest = list(reversed(arguments))
    while rest:
        word = rest.pop()
        if word == "--":
            operands.extend(reversed(rest))
            break
        if word == "-" or not word.startswith("-"):
            operands.append(word)
        elif word.startswith("--"):
            given.append(_long(command, table, word, rest))
        else:
            given.append(_short(command, table, word, rest))
    return Parsed(tuple(given), tuple(operands))


def check_operands(command: Command, parsed: Parsed) -> None:
    """Raise UsageError unless the number of operands fits the command."""
    count = len(parsed.operands)
    if count < command.least:
        name = command.name
        raise UsageError(f"{name}: {command.operands} is missing (see anonlint {name} --help)")
    if command.most is not None and count > command.most:
        raise UsageError(f"{command.name}: unexpected argument {parsed.operands[command.most]!r}")


def near(word: str, known: Sequence[str]) -> str:
    """Return "; did you mean X?" for the nearest of ``known``, or ""."""
    from difflib import get_close_matches  # lazily: only on the way to an error

    close = get_close_matches(word, known, 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


def help_text(command: Command) -> str:
    """Return the ``--help`` text of one command."""
    usage = f"usage: anonlint {command.name} {'[OPTION...] ' if command.options else ''}{command.operands}"
    first, *more = _filled(usage, 0)
    parts = [first, *(f"           {line}" for line in more), "", *_filled(command.summary, 0), "", "options:"]
    for option in command.options:
        parts += _option_lines(option)
    if command.notes:
        parts += [""]
        for paragraph in command.notes.split("\n\n"):
            parts += [*_filled(paragraph, 0), ""]
        parts.pop()
    parts += ["", "examples:", *(f"  {line}" for line in command.examples)]
    return "\n".join(parts) + "\n"


def _long(command: Command, table: dict[str, Option], word: str, rest: list[str]) -> tuple[str, str]:
    flag, equals, value = word.partition("=")
    option = table.get(flag)
    if option is None:
        hint = near(flag, list(table)) or f" (see anonlint {command.name} --help)"
        raise UsageError(f"{command.name}: unknown option {flag}{hint}")
    if not option.takes_value:
        if equals:
            raise UsageError(f"{command.name}: option {flag} takes no value")
        return option.key, ""
    return option.key, _checked(command, option, flag, value if equals else _next(command, flag, rest))


def _short(command: Command, table: dict[str, Option], word: str, rest: list[str]) -> tuple[str, str]:
    flag, tail = word[:2], word[2:]
    option = table.get(flag)
    if option is None:
        hint = near(f"-{word}", list(table))  # -format for --format
        see = f" (see anonlint {command.name} --help)"
        raise UsageError(f"{command.name}: unknown option {word if hint else flag}{hint or see}")
    if not option.takes_value:
        if tail:
            rest.append(f"-{tail}")  # -vv, -qv: the other letters are read next
        return option.key, ""
    return option.key, _checked(command, option, flag, tail or _next(command, flag, rest))


def _next(command: Command, flag: str, rest: list[str]) -> str:
    if not rest:
        raise UsageError(f"{command.name}: option {flag} needs a value")
    return rest.pop()


def _checked(command: Command, option: Option, flag: str, value: str) -> str:
    if option.choices and value not in option.choices:
        words = ", ".join(option.choices) + near(value, option.choices)
        raise UsageError(f"{command.name}: option {flag}: {value!r} is none of {words}")
    return value


def _option_lines(option: Option) -> list[str]:
    value = "|".join(option.choices) if option.choices else option.metavar
    head = ", ".join(option.flags) + (f" {value}" if value else "")
    text = _filled(option.help, 24)
    if len(head) <= 20:
        text[0] = f"  {head:<22}{text[0].lstrip()}"
        return text
    return [*_heads(head), *text]


def _heads(head: str) -> list[str]:
    """Return an option with its choices as lines that are not too long; they are broken behind a bar."""
    lines, rest = [], f"  {head}"
    while len(rest) > HELP_WIDTH:
        cut = rest.rindex("|", 0, HELP_WIDTH) + 1 if "|" in rest[:HELP_WIDTH] else HELP_WIDTH
        lines.append(rest[:cut])
        rest = f"      {rest[cut:]}"
    return [*lines, rest]


def _filled(text: str, indent: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and indent + len(line) + 1 + len(word) > HELP_WIDTH:
            lines.append(" " * indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, " " * indent + line]
