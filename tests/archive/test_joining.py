"""Which mails are one series."""

from difflib import unified_diff
from pathlib import Path

import pytest

from anonlint.archive import letters
from anonlint.archive.joining import missing
from tests.archive import lists
from tests.archive.contents import asked, found, run
from tests.archive.lists import Post, patch, post


def mail(name: str, subject: str, *above: str, day: int = 1, code: str = "") -> Post:
    text = patch(f"mm/{name}.c", code or lists.SOUND.format(name)) if "0/" not in subject else "What this is about.\n"
    return post(f"{name}@x", subject, text, above=[f"{one}@x" for one in above], day=day)


THREADED = [
    mail("c", "[PATCH 0/2] mm: it"),
    mail("a", "[PATCH 1/2] mm: a", "c"),
    mail("b", "[PATCH 2/2] mm: b", "c"),
]
SECOND = [
    mail("c2", "[PATCH v2 0/2] mm: it", "c", day=3),
    mail("a2", "[PATCH v2 1/2] mm: a", "c", "c2", day=3),
    mail("b2", "[PATCH v2 2/2] mm: b", "c", "c2", day=3),
]
CHAIN = [mail("a", "[PATCH 1/3] a"), mail("b", "[PATCH 2/3] b", "a"), mail("d", "[PATCH 3/3] d", "a", "b")]
LOOSE = [mail("a", "[patch 1/2] a"), mail("b", "[patch 2/2] b")]
RESENT = [mail("a3", "[PATCH RESEND 1/2] mm: a", "c", day=9), mail("b3", "[PATCH RESEND 2/2] mm: b", "c", day=9)]


def series(tmp_path: Path, posts: list[Post]) -> list[list[str]]:
    """Return the mails of each series, as a run puts them together."""
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    run(tmp_path, box, "--db", base, "-j", "1")
    rows = asked(base, "SELECT series, id FROM mail WHERE series ORDER BY series, part, number")
    out: dict[object, list[str]] = {}
    for number, name in rows:
        out.setdefault(number, []).append(str(name).removesuffix("@x"))
    return sorted(out.values())


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(
    ("posts", "joined"),
    [
        (THREADED, [["c", "a", "b"]]),
        (THREADED + SECOND, [["c", "a", "b"], ["c2", "a2", "b2"]]),
        (CHAIN, [["a", "b", "d"]]),
        (LOOSE, [["a", "b"]]),
        ([LOOSE[0], mail("b", "[patch 2/2] b", day=5)], [["a"], ["b"]]),
        ([mail("a", "[PATCH] a"), mail("b", "[PATCH] b", "a")], [["a"], ["b"]]),
    ],
)
def test_series(posts: list[Post], joined: list[list[str]], turn: int, tmp_path: Path) -> None:
    assert series(tmp_path, posts[::turn]) == joined


def test_a_series_that_is_sent_again_is_another_one(tmp_path: Path) -> None:
    assert series(tmp_path, THREADED + RESENT) == [["a3", "b3"], ["c", "a", "b"]]


def test_versions_and_missing_parts_and_replies_are_told(tmp_path: Path) -> None:
    bad = mail("b2", "[PATCH v2 2/3] mm: b", "c", "c2", day=3, code=lists.BAD.format("b"))
    others = [mail("c2", "[PATCH v2 0/3] mm: it", "c", day=3), bad]
    answer = post("r@x", "Re: [PATCH v2 2/3] mm: b", "Why?\n", above=["c@x", "c2@x", "b2@x"], sender="other@x")
    again = post("r2@x", "Re: [PATCH v2 2/3] mm: b", "So.\n", above=["c2@x", "b2@x", "r@x"], sender="dev@x")
    series(tmp_path, [*THREADED, *others, again, answer])
    text = run(tmp_path, "report", "--db", tmp_path / "a.sqlite", status=1).stdout
    assert "mm: it (v2, 3 parts, without 1, 3, 1 earlier version)" in text
    assert "mm: b, 2 replies" in text
    assert "by rule\n      1  AL108 pfn-before-kind\n" in text
    asked_for = run(
        tmp_path, "report", "--db", tmp_path / "a.sqlite", "--series", "https://lore.kernel.org/all/b2@x/", status=1
    )
    assert "1 finding of series" in asked_for.stdout


def test_a_part_that_comes_late_is_judged_with_the_others(tmp_path: Path) -> None:
    """The second part breaks what the first one makes: alone it is a hunk of an unknown file."""
    before, after = (code.format("x").splitlines(keepends=True) for code in (lists.SOUND, lists.BAD))
    first = mail("a", "[PATCH 1/2] a", code="".join(before))
    second = post(
        "b@x", "[PATCH 2/2] b", "".join(unified_diff(before, after, "a/mm/a.c", "b/mm/a.c", n=1)), above=["a@x"]
    )
    box, base = lists.maildir(tmp_path / "box", [second]), tmp_path / "a.sqlite"
    run(tmp_path, box, "--db", base, "-j", "1")
    assert asked(base, "SELECT kind FROM remark") == [("alone",)]
    lists.maildir(box, [first], 1)
    run(tmp_path, box, "--db", base, "-j", "1")
    assert asked(base, "SELECT kind FROM remark") == []
    assert found(base) == {("b@x", "page_of_x")}


def test_missing_parts_are_told_as_people_do() -> None:
    assert missing(7, [0, 2, 6]) == "1, 3-5, 7"
    assert missing(2, [1, 2]) == ""


def test_odd_fields_are_read() -> None:
    odd = b"From: x\nSubject: [PATCH 9/3] a\nDate: 99 Foo\nReferences: <a@b>\n <c@d>\nIn-Reply-To: <a@b> (his)\n\n"
    found = letters.read(odd)
    assert (found.sender, found.date, found.above, found.part) == ("x", 0, ("c@d", "a@b"), 1)
    assert found.id.endswith("@no-message-id") and letters.read(odd).id == found.id
