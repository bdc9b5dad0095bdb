"""From a command line and the settings to the runner's options."""

import os
from typing import TYPE_CHECKING

from anonlint.cli.options import Parsed
from anonlint.errors import UsageError
from anonlint.intake import ground as grounds
from anonlint.policy import settings as policy
from anonlint.policy.select import choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anonlint.kernel.vocabulary import Vocabulary
    from anonlint.rule.plugin import Rule
    from anonlint.run.runner import Options

_LONGEST = 1_000_000.0  # seconds


def options(
    parsed: Parsed, settings: policy.Settings, inputs: tuple[str, ...], instead: "Mapping[str, bytes] | None" = None
) -> "Options":
    """Return what the runner needs for ``inputs``; the command line wins over the settings."""
    from anonlint import intake
    from anonlint.run import runner

    ground = tree(parsed)
    stands = ground != parsed.last("tree")
    request = intake.Request(
        inputs=inputs,
        tree=ground,
        git=parsed.all("git") + (_pushed(None if stands else ground) if parsed.flag("pushed") else ()),
        staged=parsed.flag("staged"),
        quoted=parsed.flag("quoted"),
        stands=stands,
        instead=instead,
    )
    kernel = parsed.last("kernel")
    return runner.Options(
        request=request,
        rules=rules(parsed, settings),
        kernel=_kernel(kernel, "--kernel") or _kernel(settings.kernel, settings.path),
        workers=number(parsed.last("jobs"), "--jobs"),
        vocabulary=settings.vocabulary,
        settings_path=settings.path,
        budget=_seconds(parsed.last("budget"), "--budget"),
        plugins=settings.plugins,
        cache="" if parsed.flag("no-cache") or parsed.flag("timings") else cache(),
    )


def vocabulary(found: policy.Settings) -> "Vocabulary":
    """Return the words that are known, with the user's own in front."""
    from anonlint.kernel.vocabulary import Vocabulary

    known = Vocabulary.load()
    return known.extend(found.vocabulary, found.path) if found.vocabulary else known


def settings(parsed: Parsed | None = None) -> policy.Settings:
    """Return the settings that hold where the user stands, with the rules from outside that a command line names."""
    found = policy.load(grounds.here())
    if parsed is not None and parsed.all("plugins"):
        from anonlint.policy.values import located

        found.plugins += located(parsed.all("plugins"), grounds.here())
    return found


def cache() -> str:
    """Return the file of what was found out before; "" where ANONLINT_NO_CACHE is set, or there is no place for it."""
    from anonlint.cache import store

    return "" if os.environ.get("ANONLINT_NO_CACHE") else store.place()


def tree(parsed: Parsed) -> str | None:
    """Return the tree that a command line names, else the one that the user stands in; --no-tree: None."""
    words = [key for key, _ in parsed.given if key in ("tree", "no-tree")]
    return grounds.tree(parsed.last("tree"), wanted=words[-1:] != ["no-tree"])


def rules(parsed: Parsed, settings: policy.Settings) -> "Sequence[Rule]":
    """Return the rules that the command line and the settings select."""
    from anonlint.rule import registry

    chosen, preview, plugins = selections(parsed, settings), parsed.flag("preview"), settings.plugins
    if chosen:
        return choose(registry.rules(plugins), chosen, preview)
    return registry.Later(lambda: choose(registry.rules(plugins), (), preview), "all" if preview else "stable")


def selections(parsed: Parsed, settings: policy.Settings) -> tuple[str, ...]:
    """Return the ordered list of selections; a --select on the command line starts it afresh."""
    signs = {"select": "", "ignore": "-"}
    given = [signs[key] + code.strip() for key, value in parsed.given if key in signs for code in value.split(",")]
    return tuple(given) if parsed.all("select") else (*settings.select, *given)


def _pushed(tree: str | None) -> tuple[str, ...]:
    from anonlint.cli import push  # lazily: only a hook asks

    return push.revisions(tree)


def _kernel(text: str, where: str) -> tuple[int, int] | None:
    if not text:
        return None
    from anonlint.policy.values import kernel_version

    return kernel_version(text, where)


def number(text: str, flag: str) -> int:
    """Return the number that an option gives; 0 for none."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 256):
        raise UsageError(f"{flag}: {text!r} is no number from 1 to 256")
    return int(text)


def _seconds(text: str, flag: str) -> float:
    if not text:
        return 0.0
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and 0 < float(text) <= _LONGEST):
        raise UsageError(f"{flag}: {text!r} is no number of seconds above 0")
    return float(text)
