"""Small texts that several tests of this room read, and a way to read them."""

from collections.abc import Callable
from pathlib import Path

from anonlint.intake import Intake, Request, snapshots
from anonlint.model.snapshot import Skip, Snapshot

DIFF = (
    b"diff --git a/mm/x.c b/mm/x.c\nindex 1234567..89abcde 100644\n--- a/mm/x.c\n+++ b/mm/x.c\n"
    b"@@ -7,4 +7,5 @@ static int f(struct page *page)\n"
    b" \tif (a == b)\n-\t\treturn 1;\n+\t\treturn 2; /* \xc3\xa4 */\n+\tg();\n }\n \n"
)
AFTER = b"\tif (a == b)\n\t\treturn 2; /* \xc3\xa4 */\n\tg();\n}\n\n"
FIELDS = b"From: A B <a@b.c>\nDate: Mon, 5 Dec 2022 22:05:57 -0500\nMessage-Id: <x@y>\n"
MAIL = FIELDS + b"Subject: [PATCH v2 2/3] mm: do it\n\nlog\n---\n mm/x.c | 2 +-\n\n" + DIFF + b"-- \n2.39.5\n\n"


def read(
    data: bytes, *, quoted: bool = False, wanted: Callable[[bytes], bool] | None = None
) -> tuple[list[Snapshot], list[Skip], list[str]]:
    """Read ``data`` from standard input; return snapshots, skips and errors."""
    return sort(snapshots(Request(("-",), quoted=quoted), lambda: data, wanted))


def ask(
    *inputs: Path | str, tree: Path | None = None, git: str = "", staged: bool = False
) -> tuple[list[Snapshot], list[Skip], list[str]]:
    """Read files, or commits of a tree."""
    names = tuple(str(name) for name in inputs)
    request = Request(names, str(tree) if tree else None, (git,) if git else (), staged)
    return sort(snapshots(request, lambda: b""))


def sort(items: "object") -> tuple[list[Snapshot], list[Skip], list[str]]:
    """Return snapshots, skips and errors apart from each other."""
    found: list[Intake] = list(items)  # type: ignore[call-overload]
    return (
        [item.snapshot for item in found if item.snapshot],
        [item.skip for item in found if item.skip],
        [item.error for item in found if item.error],
    )


def after(snapshot: Snapshot) -> bytes:
    """Return the bytes of the image after."""
    assert snapshot.after is not None
    return snapshot.after.source.data


def before(snapshot: Snapshot) -> bytes:
    """Return the bytes of the image before."""
    assert snapshot.before is not None
    return snapshot.before.source.data
