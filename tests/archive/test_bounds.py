"""A mail that kills its worker or takes too long costs itself and nothing else; memory does not grow with the list."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from anonlint.archive import worker
from anonlint.archive.program import program
from anonlint.archive.units import Died, Judged, Unit, UnitMail, Way
from tests.archive import lists
from tests.archive.contents import asked, command, environment, found, run
from tests.archive.saboteur import sabotage

MEMORY = 100 << 20
# Runs a command and prints the peak of the largest process in it, in KiB.
LARGEST = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
WAY = Way((), False, None, (), "", False, 0.1, False, program())


def poisoned(*words: str) -> list[lists.Post]:
    """Return a series of three whose second part holds a word, and a patch alone."""
    posts = []
    for part in (1, 2, 3):
        text = f"{words[0] if part == 2 else ''}\n\n" + lists.patch(f"mm/p{part}.c", lists.BAD.format(part))
        above = () if part == 1 else ("1@p",)
        posts.append(
            lists.post(f"{part}@p", f"[PATCH {part}/3] mm: {part}", text, above=above, bad=(f"page_of_{part}",))
        )
    text = lists.patch("mm/alone.c", lists.BAD.format("alone"))
    return [*posts, lists.post("alone@p", "[PATCH] mm: alone", text, bad=("page_of_alone",))]


@pytest.mark.fault(
    "a mail of an archive kills the process that works on it",
    "it is tried again alone, then named and left out; the rest of its series is judged",
)
def test_a_mail_that_kills_is_named_and_left_out(tmp_path: Path) -> None:
    posts = poisoned("KILLS")
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    done = run(tmp_path, box, "--db", base, "-j", "2", first=sabotage(tmp_path / "site"))
    assert (
        "2@p: left out: the process that works on it is killed by signal 9, and again when it is alone" in done.stderr
    )
    assert found(base) == lists.answers(posts) - {("2@p", "page_of_2")}
    assert asked(base, "SELECT path, kind FROM remark WHERE kind = 'lost'") == [("2@p", "lost")]
    report = run(tmp_path, "report", "--db", base, status=1).stdout
    assert "2@p: left out" in report


@pytest.mark.fault(
    "a mail of an archive hangs the process that works on it",
    "the process is ended, and the mail treated as one that kills",
)
def test_a_worker_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_GRACE", 3.0)
    monkeypatch.syspath_prepend(sabotage(tmp_path / "site"))
    one = worker.Worker(WAY)
    died = one.judge(Unit(1, (UnitMail("x@y", b"SLEEPS"),)))
    assert isinstance(died, Died) and "had not answered" in died.how
    assert isinstance(one.judge(Unit(2)), Judged)  # by another process
    one.end()


@pytest.mark.fault("a mail of an archive takes longer than --budget", "what is not judged is said to be, and why")
def test_a_mail_that_takes_too_long_is_named(tmp_path: Path) -> None:
    box, base = lists.maildir(tmp_path / "box", poisoned("")), tmp_path / "a.sqlite"
    run(tmp_path, box, "--db", base, "--budget", "0.000001", "-j", "1")
    reasons = {str(row[0]) for row in asked(base, "SELECT reason FROM remark WHERE kind = 'skipped'")}
    assert any("it takes longer than --budget 1e-06 seconds" in reason for reason in reasons)
    assert any("for each of its 3 mails" in reason for reason in reasons)


def test_workers_that_never_work_are_no_fault_of_the_mails(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import sys\nif 'serve' in ' '.join(sys.orig_argv):\n    sys.exit(3)\n")
    box, base = lists.maildir(tmp_path / "box", poisoned("")), tmp_path / "a.sqlite"
    done = run(tmp_path, box, "--db", base, "-j", "1", status=2, first=site)
    assert "the worker processes do not work" in done.stderr
    assert asked(base, "SELECT count(*) FROM series WHERE state = 'waiting'") == [(2,)]


@pytest.mark.fault(
    "the disk is full while an archive is judged", "one line; what is kept is sound, and the next run goes on"
)
def test_a_full_disk_costs_what_is_not_kept_yet(tmp_path: Path) -> None:
    posts = lists.mixed(300, 20)
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    words = shlex.join(command(box, "--db", base, "-j", "1"))
    limited = ["sh", "-c", f"ulimit -f 300; exec {words}"]  # blocks of 512 bytes that a file may have
    done = subprocess.run(limited, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert "a.sqlite: cannot be used as a database" in done.stderr
    run(tmp_path, box, "--db", base, "-j", "1")
    assert found(base) == lists.answers(posts)


def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    for count in (300, 1500):
        box = lists.mailbox(tmp_path / f"{count}.mbox", lists.mixed(count, 10))
        words = command(box, "--db", tmp_path / f"{count}.sqlite", "-j", "1")
        small = [sys.executable, "-c", LARGEST, *map(str, words)]  # a child's peak begins with that of its parent
        done = subprocess.run(small, env=environment(tmp_path), cwd=tmp_path, capture_output=True, timeout=600)
        assert done.returncode == 0
        assert int(done.stdout) * 1024 < MEMORY


def test_a_worker_does_not_grow_with_what_it_has_judged() -> None:
    one = worker.Worker(WAY._replace(budget=60.0))
    sizes = []
    for number, post in enumerate(lists.mixed(1200, 0)):
        assert isinstance(one.judge(Unit(number, (UnitMail(post.id, post.data),))), Judged)
        if number in (200, 1199):
            status = Path(f"/proc/{one.pid}/status").read_text()
            sizes.append(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")))
    one.end()
    assert sizes[1] - sizes[0] < 4 << 10  # KiB
