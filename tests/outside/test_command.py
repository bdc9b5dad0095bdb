"""``anonlint rule``: what it writes passes; what is wrong with a rule is said where it is."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.outside.test_loading import ROOT, anonlint

EXAMPLE = ROOT / "examples" / "rules"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    done = anonlint("rule", "new", "XY101", "page-mapped-writable", "mine", cwd=tmp_path)
    assert done.returncode == 0, done
    return tmp_path / "mine"


def outcome(directory: Path) -> tuple[int, str]:
    done = anonlint("rule", "test", directory.name, cwd=directory.parent)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_what_is_written_passes_and_finds_something(written: Path) -> None:
    status, text = outcome(written)
    assert (status, "XY101 page-mapped-writable: 2 fixtures" in text) == (0, True), text
    bad = written / "fixtures" / "XY101-page-mapped-writable" / "bad.c"
    done = anonlint("check", "--plugins", "./mine", str(bad), cwd=written.parent)
    assert done.returncode == 1 and "[XY101 page-mapped-writable]" in done.stdout
    page = anonlint("explain", "--plugins", "./mine", "XY101", cwd=written.parent).stdout
    assert "Bad::" in page and "Good::" in page and "want XY101" not in page and "pte_mkwrite" in page


def test_nothing_is_overwritten(written: Path) -> None:
    done = anonlint("rule", "new", "XY101", "page-mapped-writable", "mine", cwd=written.parent)
    assert done.returncode == 2 and "is there already" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("new", "AL777", "a-b"), "'AL777' is no code such as XY101"),
        (("new", "X1", "a-b"), "'X1' is no code"),
        (("new", "XY101", "thing"), "'thing' is no name such as a-bad-thing"),
        (("new", "XY101"), "takes CODE NAME"),
        (("tset", "x"), "did you mean test?"),
        (("test",), "is missing"),
        (("new", "XY101", "a-b", "/proc/nowhere"), "cannot be written"),
    ],
)
def test_wrong_words_are_said(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = anonlint("rule", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and message in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("rule.py", "Why: say", "And: say", ": the docstring has no 'Why:'"),
        ("rule.py", "permissions.", "permissions", "begins with a sentence"),
        ("rule.py", "an entry that", "An entry that", "a message starts low"),
        ("rule.py", 'p.events("store")', 'p.events("claim")', 'bad.c:6: XY101 "is stored writable" is not'),
        ("rule.py", "write == 1", "write != 1", "good.c:6: surplus XY101"),
        ("rule.py", "from the mapping's", "x", ""),
        ("good.c", None, None, "there is no fixtures/XY101-page-mapped-writable/good.c"),
        ("bad.c", "/* want", "/* wnat", "bad.c:1: nothing is wanted"),
    ],
)
def test_what_is_wrong_with_a_rule(written: Path, file: str, old: str | None, new: str | None, message: str) -> None:
    named = "page_mapped_writable.py" if file == "rule.py" else f"fixtures/XY101-page-mapped-writable/{file}"
    path = written / named
    if old is None or new is None:
        path.unlink()
    else:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    status, text = outcome(written)
    assert status == int(bool(message)), text
    assert message in text


def test_a_verdict_that_hangs_on_how_a_text_is_written_is_found(written: Path) -> None:
    rule = written / "page_mapped_writable.py"
    guard = '    if b"entry" not in p.source.data:\n        return\n'
    rule.write_text(rule.read_text().replace("    for event, _ in", f"{guard}    for event, _ in"))
    status, text = outcome(written)
    assert status == 1 and "bad.c: renamed: -XY101 map_page" in text


MENDS = """

def mend(finding, data):
    start = data.index(b"entry);", data.index(b"set_pte_at("))
    for title, text in (("say it twice", b"(entry)"), ("keep it read-only", b"pte_wrprotect(entry)")):
        yield Proposal(title, (Edit(start, start + 5, text),))

"""


def test_a_rule_proposes_and_only_what_is_proven_is_done(written: Path) -> None:
    rule = written / "page_mapped_writable.py"
    text = rule.read_text().replace("import Diagnostic,", "import Diagnostic, Edit, Proposal,")
    rule.write_text(text.replace("\n\n@rule(", f"{MENDS}\n@rule(\n    mends=mend,"))
    bad = written / "fixtures" / "XY101-page-mapped-writable" / "bad.c"
    asked = ("check", "--no-cache", "--select", "XY", "--plugins", "./mine")
    done = anonlint(*asked, "--diff", str(bad), cwd=written.parent)
    assert "XY101 would be mended: keep it read-only" in done.stderr, done
    assert "+\tset_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));" in done.stdout
    assert '"keep it read-only"' in anonlint(*asked, "--format", "sarif", str(bad), cwd=written.parent).stdout
    assert anonlint(*asked, "--fix", str(bad), cwd=written.parent).returncode == 0
    assert "pte_wrprotect(entry)" in bad.read_text()


def test_the_example_package_works_as_installed(tmp_path: Path) -> None:
    """It is built, installed into a fresh environment, and found by its entry point."""
    pytest.importorskip("hatchling")
    venv, home = tmp_path / "venv", tmp_path / "home"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    shutil.copytree(EXAMPLE, tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index"]
    wheel = ["wheel", "--no-build-isolation", *options, "--wheel-dir", str(tmp_path), str(tmp_path / "source")]
    subprocess.run([*pip, *wheel], check=True)
    (built,) = tmp_path.glob("*.whl")
    subprocess.run([*pip, "--python", str(venv / "bin" / "python"), "install", *options, str(built)], check=True)
    (home / "anonlint").mkdir(parents=True)
    (home / "anonlint" / "anonlint.toml").write_text('plugins = ["entry-points"]\n')
    packages = f"{ROOT}:{ROOT / 'rules'}:{sysconfig.get_path('purelib')}:{sysconfig.get_path('platlib')}"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(venv / "bin" / "python"), "-m", "anonlint", *arguments]
        environment = {"PYTHONPATH": packages, "XDG_CONFIG_HOME": str(home), "ANONLINT_NO_CACHE": "1"}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "ACME101  error" in run("rules").stdout
    tested = run("rule", "test", "acme_mm_rules")
    assert tested.returncode == 0, tested
    assert "ptep_modify_prot_start" in run("explain", "ACME101").stdout
    bad = EXAMPLE / "acme_mm_rules" / "fixtures" / "ACME101-live-entry-stored-back" / "bad.c"
    assert "ACME101 live-entry-stored-back" in run("check", str(bad)).stdout
