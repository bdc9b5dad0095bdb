"""Asks git, and only reads: objects by one ``cat-file --batch`` process, revisions, and blob diffs.

Git runs so that it takes no locks, writes no index, fetches nothing, and starts no program that the
repository's or the user's configuration names.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, NamedTuple

from anonlint.errors import InputError

if TYPE_CHECKING:  # loaded only when git is asked: it would double the start-up time
    import subprocess

LIMIT = 120.0  # seconds that one command, or one object, may take

# What a repository's, the user's or an included configuration may say otherwise: it would run programs,
# read files outside, or change what is printed. An option on git's command line wins over all of them.
_SAFE = (
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotePath=true",
    "core.untrackedCache=keep",
    "color.ui=false",
    "diff.algorithm=default",
    "diff.external=",
    "diff.ignoreSubmodules=none",
    "diff.interHunkContext=0",
    "diff.orderFile=/dev/null",
    "diff.relative=false",
    "diff.renameLimit=1000",
    "diff.submodule=short",
    "diff.suppressBlankEmpty=false",
    "diff.wsErrorHighlight=none",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "protocol.allow=never",
)
_ENVIRONMENT = {
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # a commit is what its id says
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_TRACE2": "0",  # the user's configuration may ask for it, too
    "GIT_TRACE2_EVENT": "0",
    "GIT_TRACE2_PERF": "0",
    "LC_ALL": "C",
}
# Of git's own variables these alone are handed on; others run programs, write files or change the output.
_KEPT = frozenset((
    "GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH",
))  # fmt: skip
# What ties git to one repository (git rev-parse --local-env-vars): handed on where that one is asked.
_LOCAL = frozenset((
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
))  # fmt: skip
_LOCAL_SETTINGS = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
_PATCH = ("-r", "-M", "-p", "-a", "-U0", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv")
_MAIL = ("-r", "-M", "-p", "-U3", "--no-color", "--no-ext-diff", "--no-textconv")
_PIECE = 1 << 20  # bytes read at once
_ONLY_C = ("--", ":(top)*.c", ":(top)*.h")
_PREFIXES = ("--src-prefix=a/", "--dst-prefix=b/")


# With these git maps and keeps little of a pack: for who asks for every object of a long history.
_FRUGAL = ("core.packedGitWindowSize=4m", "core.packedGitLimit=16m", "core.deltaBaseCacheLimit=8m")


class Object(NamedTuple):
    """An object of the repository: full id, type, bytes."""

    name: str
    kind: str
    data: bytes


class Repository:
    """A git repository that is only read. ``directory`` None means the current one, with git's variables.

    Close it, or use it in ``with``: it may hold a running process. ``frugal`` keeps that one small.
    """

    def __init__(self, directory: str | None = None, *, frugal: bool = False) -> None:
        self.directory = directory
        self._settings = _SAFE + _FRUGAL * frugal
        self._batch: subprocess.Popen[bytes] | None = None
        self._read = bytearray()  # what it has answered and nobody has taken yet

    def __enter__(self) -> "Repository":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if one was started."""
        if self._batch is None:
            return
        for pipe in (self._batch.stdin, self._batch.stdout):
            with suppress(BrokenPipeError):  # it may be gone already
                if pipe is not None:
                    pipe.close()
        self._batch.wait()
        self._batch = None
        self._read.clear()

    def trouble(self) -> str:
        """Return why git cannot read the repository; "" if it can."""
        status, _, error = self.run("rev-parse", "--git-dir")
        return "" if status == 0 else _first_line(error)

    def run(self, *words: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Run one git command; return its exit status, output and error text."""
        import subprocess

        try:
            done = subprocess.run(
                self._command(*words), input=stdin, capture_output=True, check=False,
                cwd=self.directory, env=self._environment(), timeout=LIMIT,
            )  # fmt: skip
        except OSError as error:
            raise InputError(self.directory or ".", f"git cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise self._too_slow(words[0]) from error
        return done.returncode, done.stdout, done.stderr

    def get(self, name: bytes) -> Object | str:
        """Return the object of that name (id, ``REV:path``); or "missing", "ambiguous" or "damaged"."""
        if b"\n" in name or not name:
            return "missing"
        stdin = self._pipe()
        with suppress(BrokenPipeError):  # git has given up: it answers nothing, which reads as missing
            stdin.write(name + b"\n")
            stdin.flush()
        line = self._answer()
        if not line:  # git ended at a damaged object: the next question needs another process
            self.close()
            return "damaged"
        words = line.decode("utf-8", "replace").split()
        if len(words) != 3 or not words[2].isdigit():  # "NAME missing", and NAME may hold blanks
            return "ambiguous" if words[-1:] == ["ambiguous"] else "missing"
        data = self._answer(int(words[2]) + 1)
        if len(data) != int(words[2]) + 1:
            self.close()
            return "damaged"
        return Object(words[0], words[1], data[:-1])

    def blob(self, name: str | bytes) -> bytes | None:
        """Return the bytes of a blob; None if there is no such blob."""
        found = self.get(name.encode() if isinstance(name, str) else name)
        return found.data if isinstance(found, Object) and found.kind == "blob" else None

    def blobs(self, prefix: str) -> list[bytes]:
        """Return every blob whose id begins with ``prefix``: none, one, or several if it is ambiguous."""
        found = self.get(prefix.encode())
        if isinstance(found, Object):
            return [found.data] if found.kind == "blob" else []
        if found != "ambiguous":
            return []
        names = self.run("rev-parse", f"--disambiguate={prefix}")[1].decode().split()
        blobs = [self.blob(name) for name in sorted(names)]
        return [data for data in blobs if data is not None]

    def commit(self, revision: str) -> str | None:
        """Return the full id of the commit that a revision names; None if there is none.

        A revision that begins with ``-`` is none: git would take it for an option.
        """
        if revision.startswith("-") or "\0" in revision or not revision:
            return None
        status, out, _ = self.run("rev-parse", "--verify", "--quiet", revision + "^{commit}")
        return out.decode().strip() if status == 0 else None

    def listed(self, *words: str) -> list[str]:
        """Return the full ids that ``git rev-list`` lists."""
        return self._checked("rev-list", *words).decode().split()

    def listed_long(self, *words: str) -> Iterator[str]:
        """Yield what ``git rev-list`` lists, however many there are: they wait in a file without a name."""
        import subprocess
        import tempfile

        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            try:
                status = subprocess.call(
                    self._command("rev-list", *words), stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
                    cwd=self.directory, env=self._environment(),
                )  # fmt: skip
            except OSError as error:
                raise InputError(self.directory or ".", f"git cannot be run: {error.strerror}") from error
            out.seek(0)
            errors.seek(0)
            if status:
                raise InputError(self.directory or ".", f"git rev-list: {_first_line(errors.read(_PIECE))}")
            for line in out:
                yield line.decode().strip()

    def is_shallow(self) -> bool:
        """Return whether the clone's history is cut off."""
        return self.run("rev-parse", "--is-shallow-repository")[1].strip() == b"true"

    def patch_of_commits(self, commits: list[tuple[str, ...]]) -> bytes:
        """Return the changes of ``*.c`` and ``*.h`` that each (commit, parent) brings, behind the commit's full id.

        A commit that is given without a parent brings its whole tree.
        """
        stdin = "".join(" ".join(names) + "\n" for names in commits).encode()
        words = ("diff-tree", "--stdin", "--root", *_PATCH, *_PREFIXES, *_ONLY_C)
        return self._checked(*words, stdin=stdin)

    def mail_of_commit(self, commit: str) -> bytes:
        """Return a commit as ``git format-patch`` writes it, whatever its settings are."""
        return self._checked("diff-tree", "--root", "--pretty=email", "--stat", "--summary", *_MAIL, *_PREFIXES, commit)

    def patch_of_index(self, base: str) -> bytes:
        """Return the changes of ``*.c`` and ``*.h`` from a tree-ish to the index."""
        return self._checked("diff-index", "--cached", *_PATCH, *_PREFIXES, base, *_ONLY_C)

    def patch_of_blobs(self, old: str, new: str) -> bytes:
        """Return the changes between two blobs."""
        return self._checked("diff", *_PATCH[2:], *_PREFIXES, old, new)

    def empty_tree(self) -> str:
        """Return the id of the empty tree, which need not exist."""
        return self._checked("hash-object", "-t", "tree", "--stdin").decode().strip()

    def files(self, commit: str | None, folder: str) -> list[tuple[str, bytes]]:
        """Return (blob id, path) of each plain file below a folder of a commit, or of the index."""
        words = ["ls-tree", "-r", "--full-tree", "-z", commit or "", "--", f"{folder}/"]
        if commit is None:
            words = ["ls-files", "--stage", "--full-name", "-z", "--", f":(top){folder}/"]
        found = []
        for line in self._checked(*words).split(b"\0"):
            facts, _, path = line.partition(b"\t")
            if facts.startswith(b"100"):  # the index: mode, id, stage; a tree: mode, type, id
                found.append((facts.split()[1 if commit is None else 2].decode(), path))
        return found

    def hooks(self) -> str:
        """Return the directory whose hooks git runs: core.hooksPath, else the one that all work trees share."""
        top = self._checked("rev-parse", "--show-toplevel" if self._has_work_tree() else "--absolute-git-dir")
        # The last value is the one that keeps hooks from running here.
        configured = self.run("config", "--type=path", "--get-all", "core.hooksPath")[1].split(b"\n")[:-2]
        common = self._checked("rev-parse", "--path-format=absolute", "--git-common-dir")
        path = configured[-1] if configured else os.path.join(common.rstrip(b"\n"), b"hooks")
        return os.fsdecode(os.path.join(top.rstrip(b"\n"), path))

    def _has_work_tree(self) -> bool:
        return self._checked("rev-parse", "--is-inside-work-tree").strip() == b"true"

    def _checked(self, *words: str, stdin: bytes = b"") -> bytes:
        status, out, error = self.run(*words, stdin=stdin)
        if status != 0:
            raise InputError(self.directory or ".", f"git {words[0]}: {_first_line(error)}")
        return out

    def _command(self, *words: str) -> list[str]:
        settings = [word for setting in self._settings for word in ("-c", setting)]
        return ["git", "--no-pager", *settings, *words]

    def _environment(self) -> dict[str, str]:
        is_here = self.directory is None or _is_here(self.directory)
        return {key: value for key, value in os.environ.items() if _is_handed_on(key, is_here)} | _ENVIRONMENT

    def _answer(self, size: int = 0) -> bytes:
        """Return the next ``size`` bytes that git writes, or with 0 the next line; fewer if git has ended."""
        import select

        assert self._batch is not None
        assert self._batch.stdout is not None
        pipe = self._batch.stdout.fileno()
        end = time.monotonic() + LIMIT
        while True:
            length = size or self._read.find(b"\n") + 1
            if length and len(self._read) >= length:
                break
            if not select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
                self._batch.kill()
                raise self._too_slow("cat-file")
            found = os.read(pipe, _PIECE)
            if not found:
                length = len(self._read)
                break
            self._read += found
        data = bytes(self._read[:length])
        del self._read[:length]
        return data

    def _too_slow(self, word: str) -> InputError:
        return InputError(self.directory or ".", f"git {word} did not answer within {LIMIT:g} seconds")

    def _pipe(self) -> IO[bytes]:
        """Return where objects are asked for; the process is started with the first."""
        if self._batch is None:
            import subprocess

            try:
                self._batch = subprocess.Popen(
                    self._command("cat-file", "--batch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, cwd=self.directory, env=self._environment(),
                )  # fmt: skip
            except OSError as error:
                raise InputError(self.directory or ".", f"git cannot be run: {error.strerror}") from error
        assert self._batch.stdin is not None
        return self._batch.stdin


def _first_line(error: bytes) -> str:
    lines = error.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "failed without a word"


def _is_handed_on(key: str, is_here: bool) -> bool:
    """Return whether git sees a variable of the environment."""
    if not key.startswith("GIT_") or key in _KEPT:
        return True
    return is_here and (key in _LOCAL or key.startswith(_LOCAL_SETTINGS))


def _is_here(directory: str) -> bool:
    try:
        return os.path.samefile(directory, ".")
    except OSError:  # one of them is gone
        return False
