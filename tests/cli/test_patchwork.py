"""The poster, against a server on this machine that answers as Patchwork's API does."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.clones import BROKEN, SOUND, Clone

TOKEN = "0123456789abcdef"


class Server(ThreadingHTTPServer):
    """Patches by message id, and the checks that were posted for them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.patches: dict[str, int] = {}
        self.checks: list[tuple[int, dict[str, Any]]] = []
        self.tokens: list[str | None] = []
        self.moved = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """patchwork/api: the list of patches, and the checks of one."""

    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, value: object, **headers: str) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.server.tokens.append(self.headers["Authorization"])
        query = parse_qs(urlsplit(self.path).query)
        if self.server.moved:
            self.answer(301, {}, Location=self.server.moved)
        elif urlsplit(self.path).path != "/api/patches/" or query.get("project") != ["linux-mm"]:
            self.answer(404, {"detail": "Not found."})
        else:
            number = self.server.patches.get(query["msgid"][0])
            self.answer(200, [] if number is None else [{"id": number, "name": "x"}])

    def do_POST(self) -> None:
        match = re.fullmatch(r"/api/patches/(\d+)/checks/", self.path)
        values = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Token {TOKEN}":
            self.answer(403, {"detail": "Invalid token."})
        elif match is None or int(match[1]) not in self.server.patches.values():
            self.answer(404, {"detail": "Not found."})
        elif wrong := problems(values):
            self.answer(400, wrong)
        else:
            self.server.checks.append((int(match[1]), values))
            self.answer(201, values)


def problems(values: dict[str, Any]) -> dict[str, str]:
    """Return what patchwork.yaml's CheckCreate has against a check."""
    wrong = {}
    if values.get("state") not in ("pending", "success", "warning", "fail"):
        wrong["state"] = "not a valid choice"
    if not re.fullmatch(r"[-a-zA-Z0-9_]{1,255}", values.get("context", "default")):
        wrong["context"] = "not a slug"
    if len(values.get("target_url") or "") > 200:
        wrong["target_url"] = "too long"
    if set(values) - {"state", "context", "target_url", "description"}:
        wrong["fields"] = "unknown"
    return wrong


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def clone(tmp_path: Path, server: Server) -> Clone:
    """Return a clone with a series of two, mailed, that the server knows."""
    made = Clone(tmp_path)
    made.commit("mm: break it", BROKEN)
    made.commit("mm: mend it", SOUND)
    text = made.git("format-patch", "--stdout", "--thread", "-2")
    (made.path / "series.mbox").write_text(text)
    for number, name in enumerate(re.findall(r"^Message-Id:\s*<(.*)>$", text, re.M | re.I)):
        server.patches[name] = 100 + number
    made.env["PATCHWORK_TOKEN"] = TOKEN
    return made


def post(clone: Clone, server: Server, *words: str) -> tuple[int, str, str]:
    command = ["anonlint", "patchwork", "-q", "--server", server.url, "--project", "linux-mm", *words, "series.mbox"]
    done = clone.run(*command)
    return done.returncode, done.stdout, done.stderr


def test_each_patch_gets_its_check(clone: Clone, server: Server) -> None:
    status, out, err = post(clone, server, "--context", "mm-lint", "--target-url", "https://ci.example.org/1")
    assert (status, err) == (0, "")
    (first, broken), (second, fine) = server.checks
    assert (first, second) == (100, 101)
    assert broken["state"] == "fail" and broken["context"] == "mm-lint"
    assert broken["description"].startswith("1 error; mm/protect.c:6: AL103 protect_entries(): protection change")
    assert fine == {
        "state": "success", "context": "mm-lint", "description": "nothing found",
        "target_url": "https://ci.example.org/1",
    }  # fmt: skip
    assert out.splitlines()[1] == f"success [PATCH 2/2] mm: mend it: nothing found ({server.url}/patch/101/)"
    assert server.tokens == [None, None]  # who only asks needs none


def test_two_patches_of_one_name_are_two(tmp_path: Path, server: Server) -> None:
    clone = Clone(tmp_path)
    for text in (BROKEN, SOUND):
        clone.commit("mm: tidy up", text)
    mails = clone.git("format-patch", "--stdout", "--no-numbered", "--thread", "-2")
    (clone.path / "series.mbox").write_text(mails)
    names = re.findall(r"^Message-Id:\s*<(.*)>$", mails, re.M | re.I)
    server.patches = {name: 100 + number for number, name in enumerate(names)}
    clone.env["PATCHWORK_TOKEN"] = TOKEN
    assert post(clone, server)[0] == 0
    assert [(number, check["state"]) for number, check in server.checks] == [(100, "fail"), (101, "success")]


def test_a_dry_run_posts_nothing_and_needs_no_token(clone: Clone, server: Server) -> None:
    del clone.env["PATCHWORK_TOKEN"]
    status, out, _ = post(clone, server, "--dry-run")
    assert status == 0 and out.count("(not posted)") == 2
    assert not server.checks
    status, out, err = post(clone, server)
    assert (status, out) == (2, "")
    assert err == "anonlint: patchwork: $PATCHWORK_TOKEN is not set (--dry-run posts nothing)\n"


def test_what_the_server_refuses_is_said_and_the_others_are_posted(clone: Clone, server: Server) -> None:
    del server.patches[next(iter(server.patches))]
    status, _, err = post(clone, server)
    assert status == 2 and "knows no patch <" in err
    assert [number for number, _ in server.checks] == [101]
    clone.env["PATCHWORK_TOKEN"] = "wrong"
    status, _, err = post(clone, server)
    assert status == 2 and 'answers 403 to /api/patches/101/checks/: {"detail": "Invalid token."}' in err
    assert "wrong" not in err


def test_no_redirect_is_followed(clone: Clone, server: Server) -> None:
    server.moved = f"{server.url}/elsewhere"
    status, _, err = post(clone, server)
    assert status == 2 and "answers 301" in err and len(server.tokens) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--server", "http://patchwork.example.org"), "a token is sent over https only"),
        (("--server", "file:///etc/passwd"), "is no address of a server"),
        (("--context", "a b"), "holds more than letters"),
        (("--target-url", "javascript:x"), "is no address of at most 200"),
    ],
)
def test_wrong_options_are_said_before_anything_is_sent(
    clone: Clone, server: Server, words: tuple[str, str], message: str
) -> None:
    command = ["anonlint", "patchwork", "--server", server.url, "--project", "linux-mm", *words, "series.mbox"]
    done = clone.run(*command)
    assert (done.returncode, done.stdout) == (2, "") and message in done.stderr
    assert not server.tokens


def test_a_server_that_is_not_there_is_one_line(clone: Clone, server: Server) -> None:
    server.shutdown()
    server.server_close()
    status, _, err = post(clone, server)
    assert status == 2 and err.count("\n") == 2 and "no answer that can be read" in err
