"""``anonlint hook``: git hooks that run anonlint, put where git looks for them."""

import os
import sys

from anonlint import sidefile
from anonlint.cli import output
from anonlint.cli.options import Parsed, near
from anonlint.errors import InputError, UsageError

HOOKS = ("pre-commit", "pre-applypatch", "pre-push", "sendemail-validate")

_SCRIPT = """\
#!/bin/sh
{mark}
# {what}
python={python}
anonlint() {{
    if [ -x "$python" ]; then "$python" -P -m anonlint "$@"; else command anonlint "$@"; fi
}}
{guard}{line} && exit 0
echo {words} >&2
exit 1
"""
_MERGE = (
    "# Both sides of a merge were checked before.\ngit rev-parse --quiet --verify MERGE_HEAD >/dev/null && exit 0\n"
)
_COVER = "# A cover letter holds no patch.\ngrep -q '^@@ ' \"$1\" || exit 0\n"


def run(parsed: Parsed) -> int:
    """Install, show or remove one hook."""
    action, name = parsed.operands
    actions = {"install": _install, "show": _show, "uninstall": _uninstall}
    if action not in actions:
        raise UsageError(f"hook: {action!r} is none of {', '.join(actions)}{near(action, list(actions))}")
    if name not in HOOKS:
        raise UsageError(f"hook: {name!r} is none of {', '.join(HOOKS)}{near(name, HOOKS)}")
    return actions[action](name, parsed.last("tree") or None)


def script(name: str) -> str:
    """Return the text of a hook; it runs this very installation, and the one in $PATH once this is gone."""
    what, guard, line, words = _parts(name)
    return _SCRIPT.format(
        mark=_mark(name), what=what, python=_quoted(sys.executable), guard=guard, line=line, words=_quoted(words)
    )


def _parts(name: str) -> tuple[str, str, str, str]:
    """Return what a hook does, what it passes over, the line that checks, and what it says when that fails."""
    if name == "pre-commit":
        return (
            "Checks what is staged before git commit makes a commit of it.",
            _MERGE,
            "anonlint check --staged",
            "anonlint: nothing was committed (git commit --no-verify commits all the same)",
        )
    if name == "pre-applypatch":
        return (
            "Checks the patch that git am has applied before it makes a commit of it.",
            "",
            "anonlint check --staged",
            "anonlint: the patch is applied, but not committed. Mend it, git add, git am --continue; or git am --skip; "
            "or take it as it is: git -c core.hooksPath=/dev/null am --continue",
        )
    if name == "pre-push":
        return (
            "Checks the commits that git push sends.",
            "",
            "anonlint check --pushed",
            "anonlint: nothing was pushed (git push --no-verify pushes all the same)",
        )
    return (
        "Checks each mail before git send-email sends the first.",
        _COVER,
        'anonlint check --tree . -- "$1"',
        "anonlint: nothing was sent (git send-email --no-validate sends all the same)",
    )


def _install(name: str, tree: str | None) -> int:
    path, text = _path(name, tree), script(name)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # never over an existing file, nor through a link
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777)
    except FileExistsError:
        if _read(path) == text:
            output.write(f"{path} is installed already\n")
            return 0
        line = _parts(name)[2]
        raise UsageError(
            f"{path} exists and is left as it is; to run anonlint from it, add the line: {line} || exit 1"
        ) from None
    except OSError as error:
        raise InputError(path, f"cannot be written: {error.strerror}") from error
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(text)
    output.write(f"installed {path}\n")
    return 0


def _show(name: str, _: str | None) -> int:
    output.write(script(name))
    return 0


def _uninstall(name: str, tree: str | None) -> int:
    path = _path(name, tree)
    if _mark(name) not in _read(path).split("\n")[:2]:
        raise UsageError(f"{path} is not there, or anonlint did not write it: nothing is removed")
    try:
        os.unlink(path)
    except OSError as error:
        raise InputError(path, f"cannot be removed: {error.strerror}") from error
    output.write(f"removed {path}\n")
    return 0


def _path(name: str, tree: str | None) -> str:
    from anonlint.intake.git import Repository

    if tree is not None and not os.path.isdir(tree):
        raise InputError(tree, "is no directory")
    with Repository(tree) as repository:
        trouble = repository.trouble()
        if trouble:
            raise InputError(tree or ".", f"git cannot read the repository (--tree names one): {trouble}")
        return os.path.join(repository.hooks(), name)


def _read(path: str) -> str:
    """Return the text of a file; "" if there is none that can be read."""
    try:
        return sidefile.read(path).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _mark(name: str) -> str:
    return f"# Written by: anonlint hook install {name}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
