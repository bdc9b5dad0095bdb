"""Completion for zsh: a function for $fpath, which may also be sourced."""

from collections.abc import Sequence

from anonlint.cli.completion import places
from anonlint.cli.completion.places import Expected
from anonlint.cli.options import Command, Option

_HEAD = r"""#compdef anonlint
# zsh completion for anonlint; written by: anonlint completion zsh

_anonlint_code() {
    local -a codes
    codes=(${(f)"$(anonlint rules 2>/dev/null | awk '{ print $1 ":" $4 }')"})
    _describe rule codes
}

_anonlint_codes() {
    local -a codes
    codes=(${(f)"$(anonlint rules 2>/dev/null | awk '{ print $1; print $4 }')"})
    _sequence -s , compadd - $codes
}

_anonlint_revisions() {
    local -a revisions
    revisions=(${(f)"$(git for-each-ref --format='%(refname:short)' 2>/dev/null)"})
    [[ $PREFIX == *..* ]] && compset -P '*..'
    compadd -a revisions
}

_anonlint() {
    if (( CURRENT == 2 )); then
        local -a commands
"""
_FOOT = r"""    esac
}

if [[ $funcstack[1] == _anonlint ]]; then _anonlint "$@"; else compdef _anonlint anonlint; fi
"""


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    words = [_quoted(f"{command.name}:{places.brief(command.summary)}") for command in commands]
    top = [f"'(- *)'{{{short},{long}}}{_quoted(f'[{text}]')}" for short, long, text in places.TOP_OPTIONS]
    lines = ["        commands=(", *(f"            {word}" for word in words), "        )"]
    lines += ["        _describe command commands", f"        _arguments {' '.join(top)}", "        return", "    fi"]
    lines += ["    local command=$words[2]", "    shift words", "    (( CURRENT-- ))", "    case $command in"]
    for command in commands:
        specs = [_option(option) for option in command.options] + _operands(command)
        lines += [f"        {command.name}) _arguments -s -S : \\"]
        lines += [f"            {spec} \\" for spec in specs[:-1]] + [f"            {specs[-1]} ;;"]
    return _HEAD + "\n".join(lines) + "\n" + _FOOT


def _option(option: Option) -> str:
    """Return the spec of one option; one that takes a value may come again, the last one wins."""
    text = f"[{_escaped(places.brief(option.help), '[]')}]"
    if not option.takes_value:
        spelled = f"{{{','.join(option.flags)}}}" if len(option.flags) > 1 else option.flags[0]
        return f"'({' '.join(option.flags)})'{spelled}{_quoted(text)}"
    flags = [f"{flag}=" if flag.startswith("--") else f"{flag}+" for flag in option.flags]
    spelled = f"{{{','.join(flags)}}}" if len(flags) > 1 else flags[0]
    return f"'*'{spelled}{_quoted(text + ':' + _escaped(option.key, ':') + ':' + _action(places.value(option)))}"


def _operands(command: Command) -> list[str]:
    found = places.operands(command)
    return [
        _quoted(f"{i}:word:{_action(place)}" if place.kind == places.WORDS else f"*:{place.kind}:{_action(place)}")
        for i, place in enumerate(found, 1)
    ]


def _action(place: Expected) -> str:
    return {
        places.WORDS: f"({' '.join(place.words)})",
        places.DIRECTORY: "_files -/",
        places.FILE: "_files",
        places.CODE: "_anonlint_code",
        places.CODES: "_anonlint_codes",
        places.REVISION: "_anonlint_revisions",
    }.get(place.kind, " ")


def _escaped(text: str, characters: str) -> str:
    return "".join("\\" + c if c in characters else c for c in text.replace("\\", "\\\\"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
