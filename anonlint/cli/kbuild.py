"""``anonlint kbuild``: a checker for the kernel's ``make C=1 CHECK="anonlint kbuild"``, in sparse's manner.

kbuild hands over sparse's and the compiler's flags (some 125 words) and the source file last. Our own
options come first; of the rest only what is meant for us is read, and everything else is let be.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonlint.cli import commands, inputs, options, output

if TYPE_CHECKING:
    from anonlint.model.finding import Finding

_FIRST = "-D__linux__"  # the first word of CHECKFLAGS: what stands before it is ours


class Flags:
    """What of a checker's command line concerns us: prefix, muted rules, whether findings fail the build."""

    __slots__ = ("fails", "muted", "prefix")

    def __init__(self, words: Sequence[str]) -> None:
        self.prefix = ""
        self.fails = "-Wsparse-error" in words
        self.muted: set[str] = set()
        for word in words:
            if word == "-fdiagnostic-prefix" or word.startswith("-fdiagnostic-prefix="):
                self.prefix = f"{word.partition('=')[2] or 'anonlint'}: "
            elif word == "-Wno-anonlint":
                self.muted.add("")
            elif word.startswith("-Wno-anonlint-"):
                self.muted.add(word.removeprefix("-Wno-anonlint-").lower().replace("_", "-"))

    def wants(self, finding: "Finding") -> bool:
        """Return whether a finding is not muted; notes are shown where W=1 asks for more."""
        if self.muted & {"", finding.code.lower(), finding.name}:
            return False
        return finding.severity.word != "note" or "1" in os.environ.get("KBUILD_EXTRA_WARN", "")


def run(words: Sequence[str]) -> int:
    """Check one file; return 0 unless -Wsparse-error was given, so that a finding never stops a build."""
    at = next((i for i, word in enumerate(words) if word == _FIRST), 0)
    parsed = options.parse(commands.KBUILD, [w for w in words[:at] if w != "--"])
    rest = words[at:] if at else [w for w in words if w not in ("--strict-exit",)]
    strict = parsed.flag("strict-exit") or "--strict-exit" in words
    source = next((w for w in reversed(rest) if w.endswith(".c") and not w.startswith("-")), "")
    if not source:
        return 0  # nothing that we read: an assembler file, say
    found, failed = _check(parsed, source, Flags(rest))
    if failed:
        return 2 if strict else 0
    return int(found and Flags(rest).fails)


def _check(parsed: options.Parsed, source: str, flags: Flags) -> tuple[bool, bool]:
    """Print a file's findings; return whether there are any, and whether something went wrong."""
    from anonlint.run import runner

    asked = inputs.options(parsed, inputs.settings(parsed), (source,))
    release = _release(os.environ.get("KERNELVERSION", ""))
    report = runner.check(asked._replace(workers=1, kernel=asked.kernel or release), lambda: b"")
    shown = [finding for finding in report.findings if flags.wants(finding)]
    for error in report.errors:
        output.complain(error)
    output.say("".join(_line(finding, flags) + "\n" for finding in shown))
    return bool(shown), bool(report.errors)


def _line(finding: "Finding", flags: Flags) -> str:
    from anonlint.report.safe import safe
    from anonlint.report.text import headline

    word = "error" if flags.fails or finding.severity.word == "error" else "warning"
    place = f"{safe(finding.path)}:{finding.line}:{finding.column}"
    return f"{place}: {flags.prefix}{word}: {headline(finding)} [{finding.code} {finding.name}]"


def _release(text: str) -> tuple[int, int] | None:
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0]
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
