"""What one patch of a series breaks and a later one mends is told once, where it comes, with who mends it."""

import json
import re
from pathlib import Path

import pytest

from anonlint.cli.main import main
from tests.runner.test_across_files import Clone
from tests.runner.test_series import GOOD, LOSES_BIT, LOSES_EXCLUSIVE, body

FINE, BAD, WORSE = (body(kind, "narrow") for kind in (GOOD, LOSES_BIT, LOSES_EXCLUSIVE))
REWRITTEN = re.sub(r"\bnew\b", "fresh", BAD)
OTHER = body(GOOD, "other")
Told = tuple[str, str, str, int]


def series(folder: Path, *texts: str) -> Clone:
    """Return a clone with a patch for each text of mm/one.c but the first."""
    clone = Clone(folder / "clone", mm__one_c=texts[0])
    for number, text in enumerate(texts[1:], 1):
        clone.commit(f"patch {number}", mm__one_c=text)
    return clone


def told(clone: Clone, count: int) -> list[Told]:
    """Return what commits say, having seen that a mailbox of them says the same."""
    rules = "AL1 AL4"
    found = clone.report(git=(f"HEAD~{count}..HEAD",), rules=rules).findings
    box = clone.root.parent / "series.mbox"
    box.write_text(clone.git("format-patch", f"-{count}", "--stdout"))
    clone.git("reset", "-q", "--hard", f"HEAD~{count}")
    mails = clone.report(str(box), rules=rules).findings
    assert [f._replace(commit="", mail="") for f in mails] == [f._replace(commit="", mail="") for f in found]
    return sorted((f.code, f.subject, f.gone_by, f.gone_at) for f in found)


@pytest.mark.parametrize(
    ("texts", "want"),
    [
        ((FINE, BAD, FINE), [("AL401", "patch 1", "patch 2", 2)]),
        ((FINE, BAD, BAD + OTHER, FINE + OTHER), [("AL401", "patch 1", "patch 3", 3)]),
        ((FINE, BAD, BAD + OTHER), [("AL401", "patch 1", "", 0)]),
        # what is broken again is another thing that a patch brings
        ((FINE, BAD, FINE, BAD), [("AL401", "patch 1", "patch 2", 2), ("AL401", "patch 3", "", 0)]),
        (
            (FINE, BAD, FINE, FINE + OTHER, BAD + OTHER, FINE),
            [("AL401", "patch 1", "patch 2", 2), ("AL401", "patch 4", "patch 5", 5)],
        ),
        # written anew in between it is what it was
        ((FINE, BAD, REWRITTEN, FINE), [("AL401", "patch 1", "patch 3", 3)]),
        ((FINE, BAD, REWRITTEN), [("AL401", "patch 1", "", 0)]),
        # one that goes, another that comes
        ((FINE, BAD, WORSE), [("AL103", "patch 2", "", 0), ("AL401", "patch 1", "patch 2", 2)]),
        # taken away with all of its function
        (("", BAD, ""), [("AL401", "patch 1", "patch 2", 2)]),
    ],
)
def test_where_it_comes_and_who_mends_it(tmp_path: Path, texts: tuple[str, ...], want: list[Told]) -> None:
    head = "int some;\n"
    clone = series(tmp_path, *(head + text for text in texts))
    assert told(clone, len(texts) - 1) == want


def test_an_old_one_that_goes_is_not_the_new_one(tmp_path: Path) -> None:
    """Two functions of one name, in two configurations: the same is wrong in both, and only one was so before."""
    one, two = f"#ifdef CONFIG_SOME\n{BAD}#else\n{FINE}#endif\n", f"#ifdef CONFIG_SOME\n{BAD}#else\n{BAD}#endif\n"
    assert told(series(tmp_path, one, two, one), 2) == [("AL401", "patch 1", "patch 2", 2)]


def test_siblings_that_differ_for_a_while(tmp_path: Path) -> None:
    differs = OTHER.replace("if (!is_writable_migration_entry(entry))\n\t\treturn;", "")
    clone = series(tmp_path, FINE + OTHER, FINE + differs, FINE + OTHER)
    found = [f for f in clone.report(git=("HEAD~2..HEAD",), rules="AL101").findings if f.code == "AL101"]
    assert [(f.subject, f.gone_by, f.gone_at) for f in found] == [("patch 1", "patch 2", 2)]


def test_each_format_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = series(tmp_path, FINE, BAD, BAD + OTHER, FINE + OTHER)
    words = ["check", "--no-cache", "--tree", str(clone.root), "--git", "HEAD~3..HEAD"]
    monkeypatch.setenv("COLUMNS", "200")
    for form in ("text", "full", "markdown", "html"):
        assert main([*words, "--format", form]) == 1
        out = " ".join(capsys.readouterr().out.split())
        assert out.count("mended by patch 3 (patch 3): a bisection that stops in between meets it") == 1, form
    assert main([*words, "--format", "json"]) == 1
    [found] = json.loads(capsys.readouterr().out)["findings"]
    assert (found["subject"], found["gone_by"], found["gone_at"]) == ("patch 1", "patch 3", 3)
