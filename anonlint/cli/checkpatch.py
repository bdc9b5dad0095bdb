"""``anonlint checkpatch``: checkpatch.pl's command line, output and exit statuses, for the rules of anonlint."""

import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonlint.cli import inputs, output, streams
from anonlint.errors import InputError, UsageError
from anonlint.intake import files

if TYPE_CHECKING:
    from anonlint.model.finding import Finding
    from anonlint.model.report import Report
    from anonlint.report.checkpatch import Where
    from anonlint.rule.plugin import Rule

# Long options, as Getopt::Long has them: "!" may be negated, "=" takes a value, "+" counts.
_OPTIONS = {
    "quiet": "+", "verbose": "!", "tree": "!", "signoff": "!", "fixes-tag": "!", "patch": "!", "emacs": "!",
    "terse": "!", "showfile": "!", "file": "!", "git": "!", "subjective": "!", "strict": "!", "ignore": "=",
    "types": "=", "show-types": "!", "list-types": "!", "max-line-length": "=", "min-conf-desc-length": "=",
    "tab-size": "=", "root": "=", "summary": "!", "mailback": "!", "summary-file": "!", "fix": "!",
    "fix-inplace": "!", "ignore-perl-version": "!", "debug": "=", "test-only": "=", "codespell": "!",
    "codespellfile": "=", "typedefsfile": "=", "color": "=", "kconfig-prefix": "=", "help": "", "version": "",
    "nocolor": "",
}  # fmt: skip
_SHORT = {"q": "quiet", "v": "verbose", "f": "file", "g": "git", "h": "help"}
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def _verdict(report: "Report", shown: "list[Finding]") -> str:
    """Return the last word on an input. Ready for submission is only what was seen as a whole."""
    from anonlint.report.text import unjudged

    if shown:
        return "has style problems, please review."
    if report.errors:
        return "could not be checked."
    if not report.stats.files and not report.unseen:
        return "holds nothing that is checked here."
    if report.unseen:
        return f"has no obvious style problems in what was seen of it: {'; '.join(unjudged(report))}."
    return "has no obvious style problems and is ready for submission."


class _BadOption(Exception):
    """An option that checkpatch.pl does not have either."""


class _Arguments:
    """A command line read the way checkpatch.pl reads it: the last of an option wins, lists add up."""

    def __init__(self, words: Sequence[str]) -> None:
        self.values: dict[str, list[str]] = {}
        self.counts: dict[str, int] = {"quiet": 0}
        self.files: list[str] = []
        rest = list(reversed(words))
        while rest:
            word = rest.pop()
            if word == "--":
                self.files += reversed(rest)
                break
            if word == "-" or not word.startswith("-"):
                self.files.append(word)
            else:
                self._option(word, rest)

    def _option(self, word: str, rest: list[str]) -> None:
        name, equals, value = word.lstrip("-").partition("=")
        name = _SHORT.get(name, name)
        if name == "color" and not equals:
            value, equals = "auto", "="
        on = True
        if name not in _OPTIONS:
            bare = name.removeprefix("no-") if name.startswith("no-") else name.removeprefix("no")
            if bare == name or _OPTIONS.get(bare) not in ("!", "="):
                raise _BadOption(word)
            name, on = bare, False
        kind = _OPTIONS[name]
        if kind == "=" and on:
            if not equals and not rest:
                raise _BadOption(word)
            self.values.setdefault(name, []).append(value if equals else rest.pop())
        elif name == "color":
            self.values.setdefault(name, []).append("never")
        elif name == "nocolor":
            self.values.setdefault("color", []).append("never")
        else:
            self.counts[name] = self.counts.get(name, 0) + 1 if kind == "+" else int(on)

    def on(self, name: str, default: bool = False) -> bool:
        """Return whether a switch is on."""
        return bool(self.counts.get(name, default))

    def last(self, name: str, default: str = "") -> str:
        """Return an option's last value."""
        return self.values.get(name, [default])[-1]

    def types(self, name: str) -> list[str]:
        """Return the message types of --types or --ignore."""
        words = ",".join(self.values.get(name, ())).upper().replace(" ", ",").split(",")
        return sorted({word for word in words if word and not word.startswith("#")})


def run(words: Sequence[str]) -> int:
    """Read the command line, check every input, print and return checkpatch's exit status."""
    try:
        given = _Arguments(words)
    except _BadOption as error:
        output.complain(f"checkpatch: unknown option {error}")
        output.write(_usage())
        return 1
    if given.on("help") or given.on("version"):
        output.write(_usage())
        return 0
    if given.last("color", "auto") not in ("always", "auto", "never"):
        raise UsageError(f"checkpatch: invalid color mode: {given.last('color')}")
    if given.on("verbose") and given.on("terse"):
        raise UsageError("checkpatch: cannot use --verbose with --terse")
    if given.on("git") and (given.on("file") or given.on("fix")):
        raise UsageError("checkpatch: --git cannot be used with --file or --fix")
    return _Session(given).run()


def _usage() -> str:
    from anonlint import __version__
    from anonlint.cli import commands, options

    return f"Version: {__version__}\n\n" + options.help_text(commands.CHECKPATCH)


class _Session:
    """One call: options that hold for every input, and what was found so far."""

    def __init__(self, given: _Arguments) -> None:
        from anonlint.report.checkpatch import Style

        self.given = given
        self.root = given.last("root")
        terse = given.on("terse")
        self.quiet = given.counts["quiet"] + terse
        colour = {"always": True, "never": False}.get(given.last("color", "auto"), sys.stdout.isatty())
        self.style = Style(
            emacs=given.on("emacs") or terse,
            terse=terse,
            showfile=given.on("showfile"),
            show_types=given.on("show-types"),
            colour=colour,
            strict=given.on("strict") or given.on("subjective"),
        )
        self.rules = self._rules()
        self.explained: set[str] = set()
        self.failed = False

    def run(self) -> int:
        """Check the inputs one after the other."""
        if self.given.on("list-types"):
            return self.list_types()
        files = self.given.files or ["-"]
        inputs = self._commits(files) if self.given.on("git") else [(name, name, False) for name in files]
        clean = True
        for name, vname, is_commit in inputs:
            clean &= self.one(name, vname, is_commit=is_commit, banner=len(inputs) > 1)
            if clean and self._silent():
                return 2 if self.failed else 0
        if not self.quiet:
            self.words("types", "Used")
            self.words("ignore", "Ignored")
            if not clean:
                output.write(
                    "\nNOTE: If any of the errors are false positives, please report\n"
                    "      them to the maintainer, see CHECKPATCH in MAINTAINERS.\n"
                )
        return 2 if self.failed else int(not clean)

    def list_types(self) -> int:
        """Print the message types."""
        from anonlint.report.checkpatch import type_of
        from anonlint.rule import registry

        names = sorted(type_of(rule.name) for rule in registry.rules())
        lines = [f"{i:4}\t{name}" for i, name in enumerate(names, 1)]
        output.write("#\tMessage type\n\n" + "\n".join(lines) + "\n")
        return 0

    def words(self, option: str, title: str) -> None:
        """Print which types were used or ignored."""
        types = self.given.types(option)
        if types and not (option == "ignore" and self.given.types("types")):
            output.write(f"\nNOTE: {title} message types: {' '.join(types)}\n")

    def one(self, name: str, vname: str, *, is_commit: bool, banner: bool) -> bool:
        """Check one input and print its report; return whether it is clean."""
        data = b"" if is_commit else self._read(name)
        as_file = not is_commit and (self.given.on("file") or _is_c(name, data))
        if name == "-" and not is_commit:
            subject = re.search(rb"^Subject:\s+(.+)", data, re.I | re.M)
            vname = f'"{subject[1].decode("utf-8", "replace").strip()}"' if subject else "Your patch"
        if not as_file and not is_commit and b"\n@@ -" not in b"\n" + data and self._silent():
            return True
        from anonlint.report.safe import safe

        report = self._check(name, data, is_commit=is_commit, as_file=as_file)
        for error in report.errors:
            output.complain(error)
            self.failed = True
        if is_commit and not report.errors:
            data = self._patch(name)
        shown = [f for f in report.findings if self._wanted(f)]
        clean = not shown
        if banner and not self.quiet:
            output.write("-" * len(vname) + f"\n{vname}\n" + "-" * len(vname) + "\n")
        if clean and self.given.on("mailback"):
            return True
        verdict = f"\n{safe(vname)} {_verdict(report, shown)}\n" if self.quiet == 0 else ""
        output.write(self._report(shown, name, data, as_file=as_file) + verdict)
        return clean

    def _report(self, shown: "list[Finding]", name: str, data: bytes, *, as_file: bool) -> str:
        from anonlint.report import checkpatch
        from anonlint.report.safe import safe

        style = self.style._replace(as_file=as_file)
        rows, lines = _file_rows(data) if as_file else _patch_rows(data)
        parts = []
        for finding in shown:
            key = ("" if as_file else finding.path, finding.line)
            where = rows(key)
            parts.append(checkpatch.block(finding, name, where, style, self._explain(finding)))
        clean, named = not shown, safe(name) if self.given.on("summary-file") else ""
        if self.given.on("summary", default=True) and not (clean and self.quiet == 1):
            parts.append(checkpatch.total(shown, lines, style, named))
        return "".join(parts)

    def _explain(self, finding: "Finding") -> str:
        """Return the rule's explanation the first time that --verbose asks for it."""
        if not self.given.on("verbose") or finding.code in self.explained:
            return ""
        self.explained.add(finding.code)
        from anonlint.rule import registry

        return registry.rule(finding.code).doc.partition("\nMisses: ")[0].strip()

    def _wanted(self, finding: "Finding") -> bool:
        if finding.severity.word == "note" and not self.style.strict:
            return False
        return self.given.last("test-only") in finding.message

    def _silent(self) -> bool:
        return self.given.on("mailback") or not self.given.on("patch", default=True)

    def _rules(self) -> "Sequence[Rule]":
        from anonlint.rule import registry

        types, ignored = self.given.types("types"), self.given.types("ignore")
        if not types and not ignored:
            return registry.Later(registry.rules, "every")
        from anonlint.report.checkpatch import type_of

        if types:
            return tuple(rule for rule in registry.rules() if type_of(rule.name) in types or rule.code in types)
        return tuple(
            rule for rule in registry.rules() if type_of(rule.name) not in ignored and rule.code not in ignored
        )

    def _check(self, name: str, data: bytes, *, is_commit: bool, as_file: bool) -> "Report":
        from anonlint import intake
        from anonlint.intake import ground
        from anonlint.run import runner

        request = intake.Request(
            inputs=() if is_commit else (name if os.path.isfile(name) or not data else "-",),  # a pipe is read once
            tree=None if as_file else ground.tree(self.root, wanted=self.given.on("tree", default=True)),
            git=(name,) if is_commit else (),
            stands=not self.root,
        )
        asked = runner.Options(request, self.rules, workers=1, cache=inputs.cache())
        return runner.check(asked, lambda: data)

    def _read(self, name: str) -> bytes:
        if name == "-":
            return streams.read()
        try:
            return files.read(name)
        except InputError:
            return b""  # the run itself says what is wrong, naming the file

    def _commits(self, words: Sequence[str]) -> list[tuple[str, str, bool]]:
        """Return (id, name, True) of the commits that --git names, oldest first."""
        from anonlint.intake.commits import commits, read_commit
        from anonlint.intake.git import Repository

        found: list[tuple[str, str, bool]] = []
        with Repository(self.root or None) as repository:
            for word in words:
                read = [read_commit(repository, name) for name in commits(repository, word)]
                found[:0] = [(c.name, f'Commit {c.name[:12]} ("{c.subject}")', True) for c in read]
        if not found:
            raise UsageError("checkpatch: no git commits after extraction!")
        return found

    def _patch(self, commit: str) -> bytes:
        from anonlint.intake.git import Repository

        return Repository(self.root or None).mail_of_commit(commit)


def _is_c(name: str, data: bytes) -> bool:
    return name.endswith((".c", ".h")) and not data.startswith((b"diff ", b"From ", b"--- "))


def _file_rows(data: bytes) -> "tuple[_Rows, int]":
    texts = [f"+{line.decode('utf-8', 'replace')}" for line in data.split(b"\n")]
    if texts and texts[-1] == "+":
        texts.pop()
    return _Rows({("", i): (i, text, texts[i - 2] if i > 1 else "") for i, text in enumerate(texts, 1)}), len(texts)


def _patch_rows(data: bytes) -> "tuple[_Rows, int]":
    """Find the lines of the files after a patch in the patch's text, and count the lines of its hunks."""
    found: dict[tuple[str, int], tuple[int, str, str]] = {}
    path, number, count, before = "", 0, 0, ""
    for row, line in enumerate(data.split(b"\n"), 1):
        start = _HUNK.match(line)
        if line.startswith(b"+++ "):
            path, number = line[4:].split(b"\t")[0].decode("utf-8", "replace").partition("/")[2], 0
        elif start is not None:
            number, before = int(start[1]), ""
        elif number and line[:1] in (b" ", b"+"):
            text = line.decode("utf-8", "replace")
            found[path, number] = (row, text, before)
            number, count, before = number + 1, count + 1, text
        elif number and line[:1] != b"-":
            number = 0
    return _Rows(found), count


class _Rows:
    """Input lines by path and line number."""

    def __init__(self, found: dict[tuple[str, int], tuple[int, str, str]]) -> None:
        self.found = found

    def __call__(self, key: tuple[str, int]) -> "Where":
        from anonlint.report.checkpatch import Where

        return Where(*self.found.get(key, ()))
