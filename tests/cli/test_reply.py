"""Answers to mails: read back by those who take them, and held against the mails that they answer."""

import email.policy
import mailbox
import re
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from anonlint.model.finding import Evidence
from anonlint.model.letter import Letter
from anonlint.model.patch import FilePatch, Hunk, Patch
from anonlint.report.reply import replies
from tests.cli.clones import BROKEN, SOUND, Clone
from tests.programs import ROOT
from tests.report import reports as R  # noqa: N812 - short

OTHER = SOUND.replace(b"protect_entries", b"other_entries")
SENDER = "J\u00f6rg Author <author@example.org>"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone with a series of three patches behind its first commit; the second one breaks something."""
    made = Clone(tmp_path)
    made.commit("mm: fine", SOUND + b"\n" + OTHER)
    made.commit("mm: break it, in a patch with a subject that is so long that it does not fit", BROKEN + b"\n" + OTHER)
    made.commit(
        "mm: break the other one", BROKEN + b"\n" + OTHER.replace(b"make_readable_exclusive_", b"make_readable_")
    )
    return made


def series(clone: Clone, *words: str) -> Path:
    path = clone.path.parent / "series.mbox"
    lists = ["--to=linux-mm@kvack.org", "--cc=a@example.org", "--cc=b@example.org", "--thread", "--cover-letter"]
    text = clone.git("format-patch", "--stdout", f"--from={SENDER}", *lists, *words, "-3")
    path.write_text(text.replace("*** SUBJECT HERE ***", "mm: a series"))
    return path


def parsed(data: bytes) -> EmailMessage:
    message = BytesParser(policy=email.policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def mails(path: Path) -> list[EmailMessage]:
    box = mailbox.mbox(path)
    try:
        return [parsed(bytes(message)) for message in box]
    finally:
        box.close()


def answers(clone: Clone, path: Path, *words: str) -> list[EmailMessage]:
    done = clone.run("anonlint", "reply", "-q", "-o", "out.mbox", *words, str(path))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    return mails(clone.path / "out.mbox")


def test_each_mail_with_a_finding_is_answered_where_it_stands(clone: Clone) -> None:
    path = series(clone)
    sent = {" ".join(mail["Subject"].split()): mail for mail in mails(path)}
    found = answers(clone, path)
    assert len(found) == 2
    for reply in found:
        asked = sent[reply["Subject"].removeprefix("Re: ")]
        assert reply["In-Reply-To"].strip() == asked["Message-Id"].strip()
        assert reply["References"].split() == [*asked["References"].split(), asked["Message-Id"].strip()]
        assert reply["To"] == SENDER
        assert reply["Cc"].split(", ") == ["linux-mm@kvack.org", "a@example.org", "b@example.org"]
        assert reply["From"] is None and reply["Date"] is None


def test_what_is_quoted_was_sent_and_what_is_said_fits(clone: Clone) -> None:
    path = series(clone)
    sent = path.read_text().splitlines()
    for reply in answers(clone, path):
        lines = reply.get_content().splitlines()
        quoted = [line[2:] for line in lines if line.startswith("> ")]
        assert [line for line in quoted if line not in ("[...]", "") and line not in sent] == []
        assert {line[:3] for line in quoted} >= {"---", "+++", "@@ "}
        said = [line for line in lines if not line.startswith(">")]
        assert max(len(line) for line in said) <= 72
        assert all(line == line.rstrip() for line in lines)
        at = next(i for i, line in enumerate(lines) if "AL103" in line)
        assert any(line.endswith("J\u00f6rg Author wrote:") for line in lines)
        way = lines.index("The path that leads there:")
        step, code = lines[way + 2 : way + 4]
        assert re.fullmatch(r"  line \d+: is_writable_migration_entry\(\) is true for a writable entry", step)
        assert code == "      if (!is_writable_migration_entry(entry))"
        before = [line for line in lines[:at] if line.startswith("> ")]
        assert before[-1].startswith("> +") and "make_readable_migration_entry" in before[-1]
        assert "What breaks:" in reply.get_content() and "What to do:" in reply.get_content()


def test_two_patches_of_one_name_are_two(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    clone.commit("mm: tidy up", SOUND + b"\n" + OTHER)
    clone.commit("mm: tidy up", BROKEN + b"\n" + OTHER)
    path = clone.path.parent / "two.mbox"
    path.write_text(clone.git("format-patch", "--stdout", "--no-numbered", "--thread", f"--from={SENDER}", "-2"))
    first, second = mails(path)
    assert first["Subject"] == second["Subject"]
    (reply,) = answers(clone, path)
    assert reply["In-Reply-To"].strip() == second["Message-Id"].strip()
    assert "> +\t\tentry = make_readable_migration_entry" in reply.get_content()


def test_a_directory_gets_a_file_for_each_answer(clone: Clone) -> None:
    done = clone.run("anonlint", "reply", "-q", "-o", "answers/", str(series(clone)))
    assert done.returncode == 1
    files = sorted((clone.path / "answers").iterdir())
    assert [file.name[:30] for file in files] == [
        "0001-Re-PATCH-2-3-mm-break-it-",
        "0002-Re-PATCH-3-3-mm-break-the",
    ]
    assert all(file.suffix == ".eml" and len(file.name) < 64 for file in files)


def test_git_send_email_takes_them(clone: Clone) -> None:
    if not (Path(clone.git("--exec-path").strip()) / "git-send-email").exists():
        pytest.skip("git send-email is not installed")
    path = series(clone)
    asked = [mail["Message-Id"].strip() for mail in mails(path)][2:]
    clone.run("anonlint", "reply", "-q", "-o", "answers/", str(path))
    names = [str(path) for path in sorted((clone.path / "answers").iterdir())]
    words = ["--dry-run", "--confirm=never", "--from=Me <me@example.org>", "--suppress-cc=self"]
    done = clone.run("git", "-c", "sendemail.validate=false", "send-email", *words, *names)
    if "Mail::Address" in done.stderr:
        pytest.skip("git send-email misses a Perl module: apt-get install libmailtools-perl")
    assert done.returncode == 0, done.stderr
    assert all(f"In-Reply-To: {name}" in done.stdout for name in asked)
    assert done.stdout.count("Dry-OK. Log says:") == 2
    assert "Subject: Re: [PATCH 3/3] mm: break the other one" in done.stdout


def test_git_reads_the_mailbox(clone: Clone, tmp_path: Path) -> None:
    answers(clone, series(clone))
    (tmp_path / "split").mkdir()
    assert clone.git("mailsplit", f"-o{tmp_path / 'split'}", "out.mbox") == "2\n"


def test_a_quoted_patch_is_quoted_again(clone: Clone) -> None:
    mail = (ROOT / "examples/review-mail.txt").read_text()
    done = clone.run("anonlint", "reply", "--no-tree", "--quoted", "--select", "AL108", "-", stdin=mail)
    assert done.returncode == 1
    assert "\n> > + struct page *page = pfn_swap_entry_to_page(moving);\n\nchange_pte_range(): pfn_swap" in done.stdout
    assert "anonlint: a mail has no Message-Id" in done.stderr
    assert "In-Reply-To" not in done.stdout


def test_a_remark_stands_on_an_added_line_and_says_where_it_was_found(clone: Clone) -> None:
    path = series(clone)
    reply = answers(clone, path)[0].get_content()
    assert "That is at mm/protect.c:6:\n\n      if (!is_writable_migration_entry(entry))\n" in reply


def test_what_the_mail_does_not_show_is_told_all_the_same() -> None:
    hunk = Hunk(10, 10, (b" a\n", b"-b\n", b"+c\n"))
    patch = Patch((FilePatch(b"mm/mprotect.c", b"mm/mprotect.c", hunks=(hunk,)),))
    letter = Letter("[PATCH] x", "x.mbox:1", "<1@x>", "", "A <a@x>", "", "", "", (patch,))
    found = R.PFN._replace(mail="x.mbox:1")
    (reply,) = replies([letter], [found])
    assert "\n> +++ b/mm/mprotect.c\n\nchange_pte_range(): takes the page of a swap entry" in reply.text
    assert "That is at mm/mprotect.c:155:\n\n      struct page *page" in reply.text
    wide = found._replace(text="\tx" + " = yy" * 40, because=(Evidence("mm/a.c", 1, 1, "so", "\tif (x)"),))
    (reply,) = replies([letter], [wide])
    assert max(map(len, reply.text.splitlines())) <= 72 and " =...\n" in reply.text
    assert "\n  mm/a.c:1: so\n      if (x)\n" in reply.text
    assert replies([letter._replace(place="x.mbox:9")], [found]) == []
    elsewhere = found._replace(path="mm/rmap.c", evidence=())
    assert "That is at mm/rmap.c:155:" in replies([letter], [elsewhere])[0].text


def test_nothing_to_say_is_no_mail(clone: Clone) -> None:
    path = clone.path.parent / "fine.mbox"
    path.write_text(clone.git("format-patch", "--stdout", "-1", "HEAD~2"))
    done = clone.run("anonlint", "reply", str(path))
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing found" in done.stderr


def test_what_is_no_mail_is_refused(clone: Clone) -> None:
    done = clone.run("anonlint", "reply", "mm/protect.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "anonlint: mm/protect.c: is no mail: there is nobody to answer\n"


def test_a_header_of_the_mail_cannot_add_one(clone: Clone) -> None:
    path = series(clone)
    path.write_bytes(path.read_bytes().replace(b"Cc: a@example.org", b"Cc: a\x1b[2J\x0b@example.org"))
    done = clone.run("anonlint", "reply", "-q", str(path))
    assert all(c in "\n\t" or c.isprintable() for c in done.stdout)
