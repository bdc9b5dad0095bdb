"""``anonlint b4``, run by b4 itself, offline."""

import email
import json
import quopri
import re
from base64 import encodebytes
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, SPELLED, Clone
from tests.programs import tool

COMMENT = b"/* a comment: \xc3\xa4 */\n"
ERROR = re.compile(
    r"anonlint: mm/protect\.c:7: ERROR: protect_entries\(\): .* \[AL103 protect-changes-exclusivity\]$", re.M
)
CODERS: dict[str, Callable[[bytes], bytes]] = {
    "8bit": bytes,
    "base64": encodebytes,
    "quoted-printable": quopri.encodestring,
}
REVIEW = """
import email, email.policy, json, sys
from b4.review import checks
message = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.EmailPolicy(utf8=True))
print(json.dumps(checks.run_perpatch_checks([("x", message)], [sys.argv[2]], ".")))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone in which b4 uses anonlint, on a prep branch with a sound and a broken commit."""
    made = Clone(tmp_path)
    for key, value in (("user.name", "C O Mitter"), ("user.email", "committer@example.org")):
        made.git("config", "--global", key, value)
    for name in ("prep", "am"):
        made.git("config", f"b4.{name}-perpatch-check-cmd", "anonlint b4")
    b4(made, "prep", "-n", "topic", "-f", "main")
    commit(made)
    return made


def commit(clone: Clone) -> None:
    # the one word looks like base64: who believes the mail's header finds nothing else
    clone.commit("mm: fine\n\nOops\n\nNo harm.", COMMENT + SPELLED)
    clone.commit("mm: break it\n\nOops\n\nMuch harm.", COMMENT + BROKEN)


def b4(clone: Clone, *words: str) -> str:
    done = clone.run(tool("b4"), "--offline-mode", *words)
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)


def mails(clone: Clone, directory: Path, encoding: str) -> list[Path]:
    """Return the two commits as mails whose bodies are encoded, as list servers send them."""
    clone.git("format-patch", "-q", "-2", "-o", str(directory / "out"))
    found = []
    for number, path in enumerate(sorted((directory / "out").iterdir()), 1):
        patch = email.message_from_bytes(path.read_bytes())
        body = patch.get_payload(decode=True)
        assert isinstance(body, bytes)
        coded = CODERS[encoding](body)
        subject = str(patch["Subject"]).replace("[PATCH]", f"[PATCH {number}/2]")
        head = (
            f"From: A <a@example.org>\nDate: Fri, 2 Jan 2026 03:04:05 +0000\nMessage-Id: <{number}@x>\n"
            f"Subject: {subject}\n{'References: <1@x>' if number > 1 else 'X-First: yes'}\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
        )
        path.write_bytes(head.encode() + coded)
        found.append(path)
    return found


def test_prep_check(clone: Clone) -> None:
    said = b4(clone, "prep", "--check")
    assert ERROR.search(said)
    assert "Success: 1, Warning: 0, Error: 1" in said


def test_prep_check_asks_again_when_the_command_has_changed(clone: Clone) -> None:
    b4(clone, "prep", "--check")
    clone.git("config", "b4.prep-perpatch-check-cmd", "anonlint b4 --rules-version 2 --fail-level never")
    assert "Success: 2, Warning: 0, Error: 0" in b4(clone, "prep", "--check")


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_am_check_whatever_the_mails_are_encoded_in(clone: Clone, tmp_path: Path, encoding: str) -> None:
    # b4 decodes the bodies and leaves the header field that says how they were encoded
    mailbox = tmp_path / "series.mbox"
    separator = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
    mailbox.write_bytes(b"".join(separator + m.read_bytes() + b"\n" for m in mails(clone, tmp_path, encoding)))
    clone.git("checkout", "-q", "main")
    said = b4(clone, "am", "-m", str(mailbox), "--check", "-o", str(tmp_path / "am"), "1@x")
    fine, broken = said.split("[PATCH 2/2]")
    assert "anonlint: passed all checks" in fine
    assert ERROR.search(broken)


@pytest.mark.parametrize("encoding", ["8bit", "base64"])
def test_review(tmp_path: Path, encoding: str) -> None:
    clone = Clone(tmp_path)
    commit(clone)
    python = str(Path(tool("b4")).parent / "python3")
    results = []
    for mail in mails(clone, tmp_path, encoding):
        done = clone.run(python, "-c", REVIEW, str(mail), "anonlint b4 --format json")
        assert done.returncode == 0, done.stderr
        results += json.loads(done.stdout)["x"]
    assert [(r["tool"], r["status"], r["summary"]) for r in results] == [
        ("anonlint", "pass", "1 file; 1 function analysed; nothing found"),
        ("anonlint", "fail", "1 file; 1 function analysed; 1 error"),
    ]
    assert "mm/protect.c:7:7 error AL103 protect-changes-exclusivity\n" in results[1]["details"]
    assert "readable-exclusive" in results[1]["details"]  # the table


@pytest.mark.parametrize("words", [(), ("--format", "json")], ids=["text", "json"])
@pytest.mark.parametrize(
    "mail", ["From: a@b.c\nDate: x\nSubject: [PATCH 0/2] cover\n\nNo patch.\n", "", "From: a@b.c\nDate: x\n\n+x\n"]
)
def test_nothing_is_said_where_there_is_nothing_to_say(tmp_path: Path, mail: str, words: tuple[str, ...]) -> None:
    done = Clone(tmp_path).run("anonlint", "b4", *words, stdin=mail)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n" if words else "", "")


def test_trouble_is_a_failure_in_both_protocols(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    done = clone.run("anonlint", "b4", stdin="\0\1\2\3 binary")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("anonlint: <stdin>: ") or done.stderr.startswith("anonlint: -: ")
    done = clone.run("anonlint", "b4", "--format=json", stdin="\0\1\2\3 binary")
    (result,) = json.loads(done.stdout)
    assert (result["status"], done.stderr) == ("fail", "")


def test_the_settings_of_the_tree_count(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    commit(clone)
    _, broken = mails(clone, tmp_path, "8bit")
    clone.write("anonlint.toml", b'select = ["AL101"]\n')
    done = clone.run("anonlint", "b4", stdin=broken.read_text())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
