"""Every form of a list is read from where it was left, and what was rewritten is noticed."""

import gzip
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.archive import lists
from tests.archive.contents import asked, found, run
from tests.archive.lists import Post


def some(first: int, last: int) -> list[Post]:
    rng = Random(3)
    return [post for number in range(last) for post in lists.series(number, rng) if number >= first]


OLD, NEW = some(0, 8), some(8, 12)


def put(form: str, place: Path, posts: list[Post], start: int) -> None:
    """Append mails to a list."""
    if form == "inbox":
        lists.inbox(place, posts)
    elif form == "maildir":
        lists.maildir(place, posts, start)
    else:
        lists.mailbox(place / "2026.mbox", posts)


@pytest.mark.parametrize("form", ["inbox", "maildir", "mailbox"])
def test_only_what_is_new_is_read(form: str, tmp_path: Path) -> None:
    base, place = tmp_path / "a.sqlite", tmp_path / "list"
    put(form, place, OLD, 0)
    run(tmp_path, place, "--db", base, "-j", "1")
    assert found(base) == lists.answers(OLD)
    put(form, place, NEW, len(OLD))
    run(tmp_path, place, "--db", base, "-j", "1")
    assert found(base) == lists.answers(OLD + NEW)
    read = asked(base, "SELECT mails FROM run ORDER BY number")
    assert read == [(len(OLD),), (len(NEW) + (form == "mailbox"),)]  # the last one of a mailbox may have grown
    report = run(tmp_path, "report", "--db", base, "--new", "--format", "json", status=1).stdout
    assert report.count('"fingerprint"') == len(lists.answers(NEW))
    done = run(tmp_path, place, "--db", base, "-j", "1")
    assert "0 mails read, 0 series judged, 0 new findings" in done.stderr
    run(tmp_path, "report", "--db", base, "--new", status=0)


def test_epochs_are_read_one_after_the_other(tmp_path: Path) -> None:
    place, base = tmp_path / "list", tmp_path / "a.sqlite"
    half = len(OLD) // 2
    lists.inbox(place, OLD[:half])
    lists.inbox(place, OLD[half:], epoch=1)
    run(tmp_path, place, "--db", base, "-j", "1")
    assert found(base) == lists.answers(OLD)


def test_a_mail_that_was_taken_out_is_forgotten(tmp_path: Path) -> None:
    place, base = lists.inbox(tmp_path / "list", OLD), tmp_path / "a.sqlite"
    run(tmp_path, place, "--db", base, "-j", "1")
    gone = next(post for post in OLD if post.bad)
    lists.inbox(place, [gone.id])
    run(tmp_path, place, "--db", base, "-j", "1")
    assert found(base) == lists.answers(OLD) - lists.answers([gone])
    assert not asked(base, f"SELECT 1 FROM mail WHERE id = '{gone.id}'")


def test_a_history_that_was_rewritten_is_read_anew(tmp_path: Path) -> None:
    place, base = lists.inbox(tmp_path / "list", OLD + NEW), tmp_path / "a.sqlite"
    run(tmp_path, place, "--db", base, "-j", "1")
    clone = place / "git" / "0.git"
    subprocess.run(["rm", "-r", str(clone)], check=True)
    lists.inbox(place, OLD)
    done = run(tmp_path, place, "--db", base, "-j", "1")
    assert "has been rewritten: it is read anew" in done.stderr
    assert f"{len(NEW)} of its mails are gone" in done.stderr
    assert found(base) == lists.answers(OLD)
    assert "0 series judged" in done.stderr  # what has come again is what it was


def test_a_mailbox_that_was_rewritten_is_read_anew(tmp_path: Path) -> None:
    box, base = lists.mailbox(tmp_path / "a.mbox", OLD + NEW), tmp_path / "a.sqlite"
    run(tmp_path, box, "--db", base, "-j", "1")
    box.unlink()
    lists.mailbox(box, NEW)
    done = run(tmp_path, box, "--db", base, "-j", "1")
    assert "rewritten" in done.stderr and f"{len(OLD)} of its mails are gone" in done.stderr
    assert "0 series judged" in done.stderr  # what lies elsewhere now is what it was
    assert found(base) == lists.answers(NEW)


def test_the_last_mail_of_a_mailbox_may_grow(tmp_path: Path) -> None:
    box, base = lists.mailbox(tmp_path / "a.mbox", OLD), tmp_path / "a.sqlite"
    whole = box.read_bytes()
    at = whole.rindex(b"From mboxrd") + 400
    box.write_bytes(whole[:at])
    run(tmp_path, box, "--db", base, "-j", "1")
    box.write_bytes(whole)
    run(tmp_path, box, "--db", base, "-j", "1")
    assert found(base) == lists.answers(OLD)
    assert asked(base, "SELECT count(*) FROM mail") == [(len(OLD),)]


def test_a_packed_mailbox_is_judged_after_it_was_read(tmp_path: Path) -> None:
    plain, base = lists.mailbox(tmp_path / "plain", OLD), tmp_path / "a.sqlite"
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "2026.mbox.gz").write_bytes(gzip.compress(plain.read_bytes()))
    run(tmp_path, tmp_path / "list", "--db", base, "-j", "1")
    assert found(base) == lists.answers(OLD)


def test_one_mail_on_two_lists_is_one_mail(tmp_path: Path) -> None:
    one, other, base = tmp_path / "one", tmp_path / "other", tmp_path / "a.sqlite"
    footed = [post._replace(data=post.data + b"_______\nmailing list\n") for post in OLD]
    run(tmp_path, lists.maildir(one, OLD), "--db", base, "-j", "1")
    done = run(tmp_path, lists.maildir(other, footed), "--db", base, "-j", "1")
    assert "0 series judged" in done.stderr
    assert asked(base, "SELECT count(*) FROM mail") == [(len(OLD),)]
    assert found(base) == lists.answers(OLD)


def test_a_mail_may_get_flags_and_move_before_it_is_judged(tmp_path: Path) -> None:
    place, base = lists.maildir(tmp_path / "box", OLD), tmp_path / "a.sqlite"
    run(tmp_path, place, "--db", base, "-j", "1")
    for path in sorted((place / "new").iterdir()):
        path.rename(place / "cur" / f"{path.name}:2,FS")
    done = run(tmp_path, place, "--db", base, "-j", "1", "--again")
    assert "0 mails read" in done.stderr
    assert found(base) == lists.answers(OLD)


def test_other_rules_are_said_to_be_others(tmp_path: Path) -> None:
    place, base = lists.maildir(tmp_path / "box", OLD), tmp_path / "a.sqlite"
    run(tmp_path, place, "--db", base, "-j", "1", "--select", "AL2")
    assert found(base) == set()
    done = run(tmp_path, place, "--db", base, "-j", "1")
    assert "8 series were judged by other rules or another anonlint (--again judges them anew)" in done.stderr
    run(tmp_path, place, "--db", base, "-j", "1", "--again")
    assert found(base) == lists.answers(OLD)
    (tmp_path / "anonlint.toml").write_text('[[rules]]\npaths = ["mm"]\nignore = ["AL108"]\n')
    run(tmp_path, place, "--db", base, "-j", "1", "--again")
    assert found(base) == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "nowhere: is not there"),
        (("empty",), "is neither a public-inbox"),
        ((), "a DIR, --git A..B or report is needed"),
        (("empty", "--git", "HEAD"), "a range A..B is needed"),
        (("box", "--cluster", "8"), "is not local:N"),
        (("box", "--since", "2026-01-01"), "--since is for reports"),
        (("report", "-j", "2"), "--jobs is for judging"),
        (("box", "--db", "text"), "text: is no sound SQLite database"),
        (("box", "--db", "no/where"), "no/where: cannot be made"),
        (("report", "--db", "nothing"), "nothing: there is no such file"),
        (("box", "--select", "XX1"), "unknown rule 'XX1'"),
        (("box", "--tree", "nowhere"), "the tree is no directory"),
    ],
)
def test_what_makes_no_sense_is_said(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    lists.maildir(tmp_path / "box", OLD[:1])
    (tmp_path / "text").write_text("no database " * 100)
    done = run(tmp_path, *words, status=2)
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_file_that_is_no_mailbox_is_named(tmp_path: Path) -> None:
    place = lists.mailbox(tmp_path / "list" / "a.mbox", OLD).parent
    (place / "b.bin").write_bytes(b"\0\1\2" * 100)
    done = run(tmp_path, place, "--db", tmp_path / "a.sqlite", "-j", "1")
    assert "b.bin: 0: is no mailbox" in done.stderr
    assert found(tmp_path / "a.sqlite") == lists.answers(OLD)
