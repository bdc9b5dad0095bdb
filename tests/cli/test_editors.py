"""What docs/editors.md shows, tried in the editors that are installed."""

import json
import os
import pty
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, SOUND, Clone
from tests.programs import ROOT

DOCUMENT = (ROOT / "docs/editors.md").read_text().partition("# As lists of lines")[2]  # the rest: tests/serve
TWO = b"\n" + BROKEN + SOUND.replace(b"protect_entries", b"other")  # an error, and a warning for the siblings
EXPECTED = [["mm/protect.c", 7, "e", "AL103"], ["mm/protect.c", 25, "w", "AL101"]]
EMACS = """
(require 'compile)
(load (pop command-line-args-left))
(find-file "mm/protect.c")
(anonlint-buffer)
(while (get-buffer-process "*compilation*") (accept-process-output nil 0.05))
(with-current-buffer "*compilation*"
  (font-lock-ensure)
  (goto-char (point-min))
  (condition-case nil
      (while t
        (compilation-next-error 1)
        (let* ((message (get-text-property (point) 'compilation-message))
               (place (compilation--message->loc message)))
          (princ (format "%s\\t%s\\t%s\\t%s\\n"
                         (caar (compilation--loc->file-struct place)) (compilation--loc->line place)
                         (compilation--message->type message)
                         (buffer-substring (point) (line-end-position))))))
    (error nil)))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.write("mm/protect.c", TWO)
    return made


def block(language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.M | re.S)
    assert match is not None
    return match[1]


def test_the_example_lines_are_what_comes_out(clone: Clone) -> None:
    found = [line.split(":") for line in clone.run("anonlint", "check", "mm/protect.c").stdout.splitlines()]
    assert sorted((f[0], int(f[1]), f[3]) for f in found) == [
        ("mm/protect.c", 7, " error"),
        ("mm/protect.c", 25, " warning"),
    ]


@pytest.mark.parametrize("compiler", [True, False], ids=["compiler", "default errorformat"])
def test_vim(clone: Clone, tmp_path: Path, compiler: bool) -> None:
    if shutil.which("vim") is None:
        pytest.skip("vim is not installed")
    script = tmp_path / "home/.vim/compiler/anonlint.vim"
    script.parent.mkdir(parents=True)
    script.write_text(block("vim"))
    commands = ["compiler anonlint", "silent make! %"] if compiler else ["set mp=anonlint\\ check", "silent make! %"]
    out = tmp_path / "list"
    listed = "[bufname(v:val.bufnr), v:val.lnum, v:val.col, v:val.type, v:val.text]"
    commands.append(f"call writefile(map(getqflist(), 'json_encode({listed})'), '{out}')")
    words = [word for command in commands for word in ("-c", command)]
    done = clone.run("vim", "-es", "-N", "-u", "NONE", "-i", "NONE", *words, "-c", "qa!", "mm/protect.c")
    assert out.exists(), done.stdout + done.stderr
    found = [json.loads(line) for line in out.read_text().splitlines()]
    places = [[file, line, kind, text] for file, line, column, kind, text in found if line and column]
    assert sorted([f, n] for f, n, _, _ in places) == sorted([f, n] for f, n, _, _ in EXPECTED)
    if compiler:
        assert sorted([f, n, k, re.findall(r"\[(\w+) ", t)[-1]] for f, n, k, t in places) == sorted(EXPECTED)
        assert len(found) == len(places)


def test_emacs(clone: Clone, tmp_path: Path) -> None:
    if shutil.which("emacs") is None:
        pytest.skip("emacs is not installed")
    (tmp_path / "shown.el").write_text(block("elisp"))
    (tmp_path / "try.el").write_text(EMACS)
    done = clone.run("emacs", "-Q", "--batch", "-l", str(tmp_path / "try.el"), str(tmp_path / "shown.el"))
    found = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert sorted((line, kind) for _, line, kind, _ in found) == [("25", "1"), ("7", "2")], done.stderr
    assert all(name.endswith("mm/protect.c") for name, _, _, _ in found)


def test_visual_studio_code(clone: Clone) -> None:
    task = json.loads(block("json"))["tasks"][0]
    clone.git("add", ".")
    lines = clone.run(task["command"], *task["args"]).stdout.splitlines()
    pattern = task["problemMatcher"]["pattern"]
    matches = [re.match(pattern["regexp"], line) for line in lines]
    found = [
        [match[pattern["file"]], int(match[pattern["line"]]), match[pattern["severity"]][0]]
        for match in matches if match
    ]  # fmt: skip
    assert sorted(found) == sorted(expected[:3] for expected in EXPECTED)
    assert len(found) == len(lines)


def test_one_line_each_on_a_terminal_too(clone: Clone) -> None:
    master, slave = pty.openpty()
    clone.env["TERM"] = "xterm-256color"
    command = ["anonlint", "check", "--format", "gcc", "mm/protect.c"]
    with subprocess.Popen(command, cwd=clone.path, env=clone.env, stdout=slave, stderr=subprocess.DEVNULL):
        os.close(slave)
        shown = b""
        while shown.count(b"\n") < len(EXPECTED):
            shown += os.read(master, 4096)
    os.close(master)
    piped = clone.run(*command).stdout
    assert shown.decode() == piped.replace("\n", "\r\n")
