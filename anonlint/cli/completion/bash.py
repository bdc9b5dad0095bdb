"""Completion for bash 4 and newer; the bash-completion package is not needed."""

from collections.abc import Sequence

from anonlint.cli.completion import places
from anonlint.cli.completion.places import Expected
from anonlint.cli.options import Command

_HEAD = r"""# bash completion for anonlint; written by: anonlint completion bash

# Completes to one of the words, unless one of them was given already.
_anonlint_words() {
    local word
    for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        [[ " $1 " == *" $word "* ]] && return 1
    done
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_anonlint_files() { # -f or -d
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_anonlint_codes() { # of a list, what stands behind the last comma
    local head=
    [[ $cur == *,* ]] && head=${cur%,*},
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$("$program" rules 2>/dev/null | awk '{ print $1, $4 }')" \
        -- "${cur##*,}")
}

_anonlint_revisions() {
    local head=
    [[ $cur == *..* ]] && head=${cur%..*}..
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$(git for-each-ref --format='%(refname:short)' 2>/dev/null)" \
        -- "${cur##*..}")
}

_anonlint() {
    local program=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    # bash takes --format=json apart at the "="
    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
"""


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    first = [command.name for command in commands] + [flag for top in places.TOP_OPTIONS for flag in top[:2]]
    lines = ["    if ((COMP_CWORD == 1)); then", f"        {_words(first)}", "        return", "    fi"]
    lines += ['    case "$command $prev" in', *(line for command in commands for line in _values(command)), "    esac"]
    lines += ['    case "$command $cur" in']
    for command in commands:
        flags = [flag for option in command.options for flag in option.flags]
        lines.append(f'        "{command.name} -"*) {_words(flags)} ;;')
        wanted = " || ".join(_action(place) for place in places.operands(command))
        if wanted:
            lines.append(f"""        "{command.name} "*) {wanted} ;;""")
    lines += ["    esac", "}", "", "complete -F _anonlint anonlint"]
    return _HEAD + "\n".join(lines) + "\n"


def _values(command: Command) -> list[str]:
    """Return a case for each option that takes a value."""
    lines = []
    for option in command.options:
        if option.takes_value:
            label = "|".join(f'"{command.name} {flag}"' for flag in option.flags)
            place = places.value(option)
            action = _words(place.words) if place.words else _action(place)
            lines.append(f"        {label}) {action + '; ' if action else ''}return ;;")
    return lines


def _words(words: Sequence[str]) -> str:
    return f'mapfile -t COMPREPLY < <(compgen -W "{" ".join(words)}" -- "$cur")'


def _action(place: Expected) -> str:
    return {
        places.WORDS: f'_anonlint_words "{" ".join(place.words)}"',
        places.DIRECTORY: "_anonlint_files -d",
        places.FILE: "_anonlint_files -f",
        places.CODE: "_anonlint_codes",
        places.CODES: "_anonlint_codes",
        places.REVISION: "_anonlint_revisions",
    }.get(place.kind, "")
