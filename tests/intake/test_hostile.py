"""Whatever comes in: no exception, no hang, and images that hold together."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlint.model.snapshot import Image
from tests.intake.samples import DIFF, FIELDS, MAIL, read
from tests.intake.test_mail import BROKEN, MAILS
from tests.intake.test_quoted import LOST, REPLY

SEEDS = [*MAILS.values(), *BROKEN.values(), REPLY + LOST, DIFF]
LINES = sorted({line for seed in SEEDS for line in seed.split(b"\n")})


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A mail or patch with lines taken out, put in, quoted, and bytes changed."""
    lines = draw(st.sampled_from(SEEDS)).split(b"\n")
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        how = draw(st.sampled_from(["drop", "put", "quote", "cut", "odd"]))
        if how == "put":
            lines.insert(at, draw(st.sampled_from(LINES)))
        elif how == "drop":
            del lines[at : at + 1]
        elif how == "quote":
            lines[at:] = [b"> " + line for line in lines[at:]]
        elif how == "cut":
            lines[at:] = []
        else:
            lines.insert(at, draw(st.binary(max_size=6)))
    return draw(st.sampled_from([b"\n", b"\n", b"\r\n"])).join(lines)


def holds_together(image: Image | None) -> bool:
    if image is None or image.fragments is None:
        return True
    assert image.source.lines is not None
    ends = [0, *(fragment.span.end for fragment in image.fragments)]
    starts = [*(fragment.span.start for fragment in image.fragments), len(image.source.data)]
    return ends == starts and len(image.source.lines) == image.source.data.count(b"\n")


@settings(max_examples=300, deadline=None)
@given(spoilt(), st.booleans())
def test_spoilt_mails_are_read_without_a_fall(data: bytes, quoted: bool) -> None:
    found, _, errors = read(data, quoted=quoted)
    assert len(errors) <= 1
    for snapshot in found:
        assert holds_together(snapshot.before) and holds_together(snapshot.after)


HEAD = b"--- a/x.c\n+++ b/x.c\n"
HOSTILE = {
    "folded field": FIELDS + b" a\n" * 100_000 + b"\n" + DIFF,
    "parameters": FIELDS + b"Content-Type: multipart/mixed" + b';a="' * 100_000 + b"\n\nx",
    "quote marks": FIELDS + b"\n" + b">" * 300_000 + b"\n" + DIFF,
    "empty hunks": HEAD + b"@@ -1,9 +1,9 @@\n" * 30_000,
    "one long hunk": HEAD + b"@@ -1,9999999 +1,9999999 @@\n" + b"+\tx\n" * 200_000,
    "prose": HEAD + b"@@ -1,99999 +1,99999 @@\n" + b"what is it, then\n+\tx\n" * 50_000,
    "separators": b"From x\nFrom: y\n\n" * 30_000,
    "boundaries": FIELDS + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 50_000,
    "encoded words": FIELDS + b"Subject: " + b"=?a?q?" * 100_000 + b"\n\n" + DIFF,
    "brackets": FIELDS + b"Subject: " + b"[a] re: " * 100_000 + b"\n\n" + DIFF,
    "zeros": b"\0" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_no_faster_than_the_input(name: str) -> None:
    start = time.process_time()
    read(HOSTILE[name], quoted=True)
    assert time.process_time() - start < 5  # each takes below one second; quadratic ones took minutes


def test_a_patch_of_60_kb_is_read_within_milliseconds() -> None:
    hunk = (
        b"@@ -%d,7 +%d,8 @@ static int f(void)\n"
        + b" \tcontext = line(of, code);\n" * 6
        + b"-\told();\n+\ta();\n+\tb();\n"
    )
    text = MAIL[: MAIL.index(b"@@")] + b"".join(hunk % (i * 20 + 1, i * 21 + 1) for i in range(280))
    assert len(text) > 60_000

    def seconds() -> float:
        start = time.process_time()
        assert len(read(text)[0]) == 1
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.02  # 2 ms where it was written
