"""What docs/editors.md says about the language server, tried in the editors that are installed."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, Clone
from tests.programs import ROOT

pytest.importorskip("pygls", reason="pip install -e '.[dev]'")

DOCUMENT = (ROOT / "docs/editors.md").read_text().partition("# As lists of lines")[0]
NEOVIM = """
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 100)
local lines = {}
for _, found in ipairs(vim.diagnostic.get(0)) do
  table.insert(lines, string.format("%d:%d %s %s", found.lnum + 1, found.col + 1, found.source, found.code or ""))
end
vim.fn.writefile(lines, vim.env.SEEN)
"""
EMACS = """
(package-initialize)
(require 'eglot)
(load (expand-file-name "shown.el"))
(setq eglot-sync-connect t eglot-events-buffer-size 0)
(find-file "mm/protect.c")
(apply #'eglot (eglot--guess-contact))
(let ((until (+ (float-time) 60)))
  (while (and (< (float-time) until) (not (flymake-diagnostics)))
    (flymake-start)
    (accept-process-output nil 0.2)))
(with-temp-file (getenv "SEEN")
  (dolist (found (with-current-buffer "protect.c" (flymake-diagnostics)))
    (insert (format "%d %s\\n"
                    (with-current-buffer "protect.c" (line-number-at-pos (flymake-diagnostic-beg found)))
                    (flymake-diagnostic-text found)))))
"""
VIM = """
let g:waited = 0
while empty(ale#engine#GetLoclist(bufnr('%'))) && g:waited < 300
  sleep 200m
  let g:waited += 1
endwhile
call writefile(map(copy(ale#engine#GetLoclist(bufnr('%'))), 'v:val.lnum . ":" . v:val.col . " " . v:val.text'), $SEEN)
qall!
"""
PACKS = (Path("/usr/share/vim/vimfiles/pack"), Path.home() / ".vim/pack")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.write("mm/protect.c", BROKEN)
    made.env["SEEN"] = str(tmp_path / "seen.txt")
    return made


def block(language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.M | re.S)
    assert match is not None
    return match[1]


def seen(clone: Clone) -> str:
    path = Path(clone.env["SEEN"])
    return path.read_text() if path.exists() else ""


def test_neovim(clone: Clone, tmp_path: Path) -> None:
    if shutil.which("nvim") is None:
        pytest.skip("nvim is not installed")
    (tmp_path / "init.lua").write_text(block("lua"))
    (tmp_path / "wait.lua").write_text(NEOVIM)
    words = ["--headless", "-i", "NONE", "-u", str(tmp_path / "init.lua"), "mm/protect.c"]
    done = clone.run("nvim", *words, "-c", f"luafile {tmp_path / 'wait.lua'}", "-c", "qall!", timeout=120)
    assert re.match(r"6:7 anonlint (AL103)?\n", seen(clone)), done.stderr


def test_emacs_with_eglot(clone: Clone, tmp_path: Path) -> None:
    if shutil.which("emacs") is None:
        pytest.skip("emacs is not installed")
    have = clone.run("emacs", "-q", "--batch", "--eval", "(package-initialize)", "--eval", "(require 'eglot)")
    if have.returncode:
        pytest.skip("eglot is not installed: apt-get install elpa-eglot")
    (clone.path / "shown.el").write_text(block("elisp"))
    (tmp_path / "try.el").write_text(EMACS)
    done = clone.run("emacs", "-q", "--batch", "-l", str(tmp_path / "try.el"), timeout=120)
    assert re.match(r"6 .*protect_entries\(\): protection change", seen(clone)), done.stderr


def test_the_extension_is_one(tmp_path: Path) -> None:
    """Visual Studio Code itself is not tried: that its parts are what it takes is."""
    manifest = json.loads(block("json"))
    assert manifest["main"] == "./extension.js" and manifest["activationEvents"] == ["onLanguage:c"]
    code = block("js")
    assert all(f'"{name}/node"' in code for name in manifest["dependencies"])
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (tmp_path / "extension.js").write_text(code)
    stub = "exports.LanguageClient = class { constructor(...a) { this.a = a; } start() { return this.a; } stop() {} };"
    (tmp_path / "node_modules/vscode-languageclient").mkdir(parents=True)
    (tmp_path / "node_modules/vscode-languageclient/node.js").write_text(stub)
    script = 'const e = require("./extension.js"); console.log(JSON.stringify(e.activate())); e.deactivate();'
    done = subprocess.run(["node", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    name, server, client = json.loads(done.stdout)
    assert (name, server) == ("anonlint", {"command": "anonlint", "args": ["lsp"]})
    assert client["documentSelector"] == [{"scheme": "file", "language": "c"}]


def test_vim_with_ale(clone: Clone, tmp_path: Path) -> None:
    if shutil.which("vim") is None or not any(found for place in PACKS for found in place.glob("*/opt/ale")):
        pytest.skip("vim or ALE is not installed: apt-get install vim-nox vim-ale")
    linter = Path(clone.env["HOME"]) / ".vim/ale_linters/c/anonlint.vim"
    linter.parent.mkdir(parents=True)
    linter.write_text(block("vim"))
    (tmp_path / "wait.vim").write_text(VIM)
    setting = re.search(r"`(let g:ale_linters = [^`]*)`", DOCUMENT)
    assert setting is not None
    before = ["--cmd", "filetype on", "--cmd", "packadd ale", "--cmd", setting[1]]
    words = ["-es", "-N", "-i", "NONE", "-u", "NONE", *before, "mm/protect.c", "-c", "call ale#Queue(0, 'lint_file')"]
    done = clone.run("vim", *words, "-c", f"source {tmp_path / 'wait.vim'}", timeout=120)
    assert re.match(r"6:7 protect_entries\(\): protection change", seen(clone)), done.stdout + done.stderr
