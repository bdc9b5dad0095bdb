"""Completion for fish."""

from collections.abc import Iterator, Sequence

from anonlint.cli.completion import places
from anonlint.cli.completion.places import Expected
from anonlint.cli.options import Command, Option

_HEAD = r"""# fish completion for anonlint; written by: anonlint completion fish

function __anonlint_codes
    anonlint rules 2>/dev/null | awk '{ print $1 "\t" $4 }'
end

function __anonlint_revisions
    git for-each-ref --format='%(refname:short)' 2>/dev/null
end

complete -c anonlint -f
"""


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    first = "-n __fish_use_subcommand"
    lines = [
        f"complete -c anonlint {first} -s {short[1:]} -l {long[2:]} -d {_quoted(text)}"
        for short, long, text in places.TOP_OPTIONS
    ]
    for command in commands:
        text = _quoted(places.brief(command.summary))
        lines.append(f"complete -c anonlint {first} -a {command.name} -d {text}")
    for command in commands:
        lines += [_option(command.name, option) for option in command.options]
        lines += _operands(command)
    return _HEAD + "\n".join(lines) + "\n"


def _option(command: str, option: Option) -> str:
    flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
    value = f" {_action(places.value(option))}" if option.takes_value else ""
    condition = f"-n '__fish_seen_subcommand_from {command}'"
    return f"complete -c anonlint {condition} {flags}{value} -d {_quoted(places.brief(option.help))}"


def _operands(command: Command) -> Iterator[str]:
    """Yield a line for each place: it is reached when the places before it have been filled."""
    condition = f"__fish_seen_subcommand_from {command.name}"
    for place in places.operands(command):
        words = " ".join(place.words)
        here = f"{condition}; and not __fish_seen_subcommand_from {words}" if words else condition
        action = "-F" if place.kind == places.FILE else _action(place)
        yield f"complete -c anonlint -n '{here}' {action.replace('-x ', '')}"
        condition += f"; and __fish_seen_subcommand_from {words}" if words else ""


def _action(place: Expected) -> str:
    return {
        places.WORDS: f"-x -a '{' '.join(place.words)}'",
        places.DIRECTORY: "-x -a '(__fish_complete_directories)'",
        places.FILE: "-r -F",
        places.CODE: "-x -a '(__anonlint_codes)'",
        places.CODES: "-x -a '(__fish_complete_list , __anonlint_codes)'",
        places.REVISION: "-x -a '(__anonlint_revisions)'",
    }.get(place.kind, "-x")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
