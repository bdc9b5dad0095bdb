"""Asks git, and only reads: objects by one ``cat-file --batch`` process, revisions, and blob diffs.

Git runs so that it takes no locks, writes no index, fetches nothing, and starts no program that the
repository's or the user's configuration names.
"""

import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, NamedTuple

from anonlint.errors import InputError

if TYPE_CHECKING:  # loaded only when git is asked: it would double the start-up time
    import subprocess

_SAFE = (
    "core.fsmonitor=false",
    "core.untrackedCache=keep",
    "core.hooksPath=/dev/null",
    "core.quotePath=true",
    "log.showSignature=false",
    "protocol.allow=never",
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
# What ties git to another repository than the one asked for (git rev-parse --local-env-vars).
_LOCAL = frozenset((
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
))  # fmt: skip
# What changes the output, runs programs or writes files.
_NEVER = frozenset((
    "GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
    "GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF", "GIT_TRACE_PACKET", "GIT_TRACE_PACKFILE", "GIT_TRACE_SETUP",
))  # fmt: skip
_PATCH = ("-r", "-M", "-p", "-a", "-U0", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv")
_ONLY_C = ("--", ":(top)*.c", ":(top)*.h")
_PREFIXES = ("--src-prefix=a/", "--dst-prefix=b/")


class Object(NamedTuple):
    """An object of the repository: full id, type, bytes."""

    name: str
    kind: str
    data: bytes


class Repository:
    """A git repository that is only read. ``directory`` None means the current one, with git's variables.

    Close it, or use it in ``with``: it may hold a running process.
    """

    def __init__(self, directory: str | None = None) -> None:
        self.directory = directory
        self._batch: subprocess.Popen[bytes] | None = None

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
                cwd=self.directory, env=self._environment(),
            )  # fmt: skip
        except OSError as error:
            raise InputError(self.directory or ".", f"git cannot be run: {error.strerror}") from error
        return done.returncode, done.stdout, done.stderr

    def get(self, name: bytes) -> Object | str:
        """Return the object of that name (id, ``REV:path``); or "missing", "ambiguous" or "damaged"."""
        if b"\n" in name or not name:
            return "missing"
        stdin, stdout = self._pipes()
        with suppress(BrokenPipeError):  # git has given up: it answers nothing, which reads as missing
            stdin.write(name + b"\n")
            stdin.flush()
        line = stdout.readline()
        if not line:  # git ended at a damaged object: the next question needs another process
            self.close()
            return "damaged"
        words = line.decode("utf-8", "replace").split()
        if len(words) != 3 or not words[2].isdigit():  # "NAME missing", and NAME may hold blanks
            return "ambiguous" if words[-1:] == ["ambiguous"] else "missing"
        data = stdout.read(int(words[2]) + 1)
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

    def patch_of_commits(self, commits: list[str]) -> bytes:
        """Return the changes of ``*.c`` and ``*.h``, each commit's behind a line with its full id."""
        stdin = "".join(commit + "\n" for commit in commits).encode()
        words = ("diff-tree", "--stdin", "--root", *_PATCH, *_PREFIXES, *_ONLY_C)
        return self._checked(*words, stdin=stdin)

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
        settings = [word for setting in _SAFE for word in ("-c", setting)]
        return ["git", "--no-pager", *settings, *words]

    def _environment(self) -> dict[str, str]:
        environment = {key: value for key, value in os.environ.items() if key not in _NEVER}
        if self.directory is not None and not _is_here(self.directory):
            for key in _LOCAL:
                environment.pop(key, None)
        return environment | _ENVIRONMENT

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
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
        assert self._batch.stdout is not None
        return self._batch.stdin, self._batch.stdout


def _first_line(error: bytes) -> str:
    lines = error.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "failed without a word"


def _is_here(directory: str) -> bool:
    try:
        return os.path.samefile(directory, ".")
    except OSError:  # one of them is gone
        return False
