"""Ten thousand mails, read with no loss; git mailsplit, git mailinfo and git apply are asked, too."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint.model.snapshot import Skip, Snapshot
from tests.intake.mails import MONTHS, Made, make
from tests.intake.samples import ask

COUNT = 10_000
ESCAPED = re.compile(rb"^(>*From )", re.MULTILINE)
SEPARATORS = {
    "mboxrd": b"From mboxrd@z Thu Jan  1 00:00:00 1970\n",
    "b4": b"From git@z Thu Jan  1 00:00:00 1970\n",
    "format-patch": b"From " + b"0" * 40 + b" Mon Sep 17 00:00:00 2001\n",
    "mailman": b"From a at b.c  Mon Dec  5 22:05:57 2022\n",
}


class Box(NamedTuple):
    """A mailbox: its name, the file and what it holds."""

    name: str
    path: Path
    mails: list[Made]


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> list[Box]:
    folder = tmp_path_factory.mktemp("boxes")
    found = []
    made: list[list[Made]] = [[] for _ in SEPARATORS]
    for number in range(COUNT):
        mail = make(number)  # where From lines are not escaped, git splits a mail that is attached to another one
        made[0 if mail.shape == "attached mail" else number % len(SEPARATORS)].append(mail)
    for mails, (name, separator) in zip(made, SEPARATORS.items(), strict=True):
        escape = name == "mboxrd"
        with (folder / name).open("wb") as file:
            for mail in mails:
                file.write(separator + (ESCAPED.sub(rb">\1", mail.data) if escape else mail.data) + b"\n")
        found.append(Box(name, folder / name, mails))
    return found


def snapshots(box: Box) -> tuple[dict[str, Snapshot], list[Skip]]:
    from anonlint.intake import Request
    from anonlint.intake import snapshots as read
    from tests.intake.samples import sort

    found, skips, errors = sort(read(Request((str(box.path),), quoted=True), lambda: b""))
    assert not errors
    assert len({snapshot.path for snapshot in found}) == len(found)
    return {snapshot.path: snapshot for snapshot in found}, skips


def images(snapshot: Snapshot) -> tuple[bytes, bytes]:
    before, after = snapshot.before, snapshot.after
    return before.source.data if before else b"", after.source.data if after else b""


def test_every_mail_of_every_mailbox_is_read_without_loss(boxes: list[Box]) -> None:
    lost = []
    for box in boxes:
        found, skips = snapshots(box)
        noted = {skip.path for skip in skips}
        for mail in box.mails:
            for change in mail.changes:
                snapshot = found.get(change.path)
                if mail.shape == "damaged: cut":  # nobody can tell what stood behind the last hunk
                    ok = snapshot is None or change.path in noted or begins(images(snapshot), change[1:3])
                elif not mail.sound:  # it is read, or it is said that it is damaged
                    ok = snapshot is not None and (change.path in noted or same(images(snapshot), change[1:3]))
                else:
                    ok = snapshot is not None and images(snapshot) == change[1:3] and change.path not in noted
                    ok = ok and snapshot is not None and snapshot.origin[2] == mail.title
                    ok = ok and snapshot is not None and snapshot.origin.date == mail.date
                if not ok:
                    lost.append((box.name, mail.shape, change.path))
    assert not lost, (len(lost), lost[:10])


def same(found: tuple[bytes, bytes], true: tuple[bytes, ...]) -> bool:
    """Return whether images are the same but for blanks."""
    return [b"".join(data.split()) for data in found] == [b"".join(data.split()) for data in true]


def begins(found: tuple[bytes, bytes], true: tuple[bytes, ...]) -> bool:
    return all(there.startswith(data) for data, there in zip(found, true, strict=True))


LOOP = 'for f in [0-9]*; do git mailinfo "$f.msg" "$f.patch" <"$f" >"$f.info" || echo "$f"; done'


def test_git_reads_the_same(boxes: list[Box], tmp_path: Path) -> None:
    for box in boxes:
        folder = tmp_path / box.name
        folder.mkdir()
        words = [
            "git",
            "mailsplit",
            *(["--mboxrd"] if box.name == "mboxrd" else []),
            "-d5",
            f"-o{folder}",
            str(box.path),
        ]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        assert int(done.stdout) == len(box.mails)
        for number, mail in enumerate(box.mails, 1):
            if not mail.git:
                (folder / f"{number:05}").unlink()
        done = subprocess.run(["sh", "-c", LOOP], cwd=folder, check=True, capture_output=True, text=True)
        assert done.stdout == ""
        asked = [(number, mail) for number, mail in enumerate(box.mails, 1) if mail.git]
        assert len(asked) > len(box.mails) // 3
        for number, mail in asked:
            assert mail.diff in (folder / f"{number:05}.patch").read_bytes(), (box.name, number, mail.shape)
            info = (folder / f"{number:05}.info").read_text()
            assert f"\nSubject: {mail.title}\n" in info, (box.name, number, info)
            date = re.search(r"^Date: (?:\w+, +)?\d+ (\w+) (\d+)", info, re.MULTILINE)
            assert date is not None and (int(date[2]), MONTHS.index(date[1]) + 1) == mail.date
        assert numstat(folder, [number for number, _ in asked]) == {
            change.path: (change.added, change.deleted) for _, mail in asked for change in mail.changes
        }


def numstat(folder: Path, numbers: list[int]) -> dict[str, tuple[int, int]]:
    """Return (added, deleted) lines by path, as git apply counts them."""
    found = {}
    for start in range(0, len(numbers), 500):
        names = [f"{number:05}.patch" for number in numbers[start : start + 500]]
        words = ["git", "apply", "--numstat", *names]
        done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
        for line in done.stdout.splitlines():
            added, deleted, path = line.split("\t")
            found[path] = int(added), int(deleted)
    return found


def test_one_mail_alone_is_read_as_in_its_mailbox(tmp_path: Path) -> None:
    for number in range(0, COUNT, 37):
        mail = make(number)
        if not mail.sound or mail.shape == "quoted":
            continue
        path = tmp_path / "one.eml"
        path.write_bytes(mail.data)
        found, skips, errors = ask(path)
        assert not skips and not errors, (number, mail.shape)
        assert [(s.path, *images(s)) for s in found] == [change[:3] for change in mail.changes], (number, mail.shape)
