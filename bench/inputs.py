"""Make what the bench is run on: a series of patches of edited kernel functions, and the vocabulary as a list of words.

``python -m bench.inputs TREE FOLDER`` writes series.mbox (17 patches, one on top of the other, from the edits
of tests/edits), one.patch (the first of them) and words into FOLDER. The bench runs it as a process of its own: what
it imports would count as memory of whatever is started after it.
"""

import sys
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import chain, zip_longest
from pathlib import Path

from anonlint.kernel.vocabulary import Vocabulary
from tests.edits.edits import DoesNotApply, Edit, apply, edits

PATCHES = 17
_MAIL = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Tobias Fenn <tobias.fenn@example.org>
Date: Mon, 13 Jan 2025 09:{number:02}:00 +0100
Subject: [PATCH {number}/{total}] {subject}

Signed-off-by: Tobias Fenn <tobias.fenn@example.org>
---
diff --git a/{path} b/{path}
{diff}-- \n2.39.5

"""


def series(tree: Path, chosen: Sequence[Edit], total: int) -> list[str]:
    """Return so many patches, each on top of those before it: of the edits, the first that go together."""
    files: dict[str, str] = {}
    touched: set[tuple[str, str]] = set()
    patches: list[str] = []
    for edit in chosen:
        if len(patches) == total:
            break
        if (edit.file, edit.function) in touched or not (tree / edit.file).is_file():
            continue
        before = files.get(edit.file) or (tree / edit.file).read_bytes().decode("latin-1")
        try:
            after = apply(edit, before)
        except DoesNotApply:
            continue
        touched.add((edit.file, edit.function))
        files[edit.file] = after
        patches.append(_mail(len(patches) + 1, total, edit, before, after))
    return patches


def _mail(number: int, total: int, edit: Edit, before: str, after: str) -> str:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    diff = "".join(unified_diff(old, new, f"a/{edit.file}", f"b/{edit.file}"))
    subject = f"mm: {edit.name.replace('-', ' ')}"
    return _MAIL.format(number=number, total=total, subject=subject, path=edit.file, diff=diff)


def in_turns(kernel: str) -> Iterator[Edit]:
    """Yield the edits of a kernel: one that breaks something, one that keeps the meaning, and so on."""
    mine = [edit for edit in edits() if edit.kernel == kernel and not edit.known]
    breaking, keeping = [e for e in mine if e.code], [e for e in mine if not e.code]
    return (edit for edit in chain(*zip_longest(breaking, keeping)) if edit is not None)


def words() -> str:
    """Return the words of the vocabulary, one a line."""
    return "".join(f"{word}\n" for word in sorted(Vocabulary.load().words))


def main(tree: Path, folder: Path) -> None:
    """Write the files."""
    patches = series(tree, list(in_turns("6.12")), PATCHES)
    if len(patches) < PATCHES:
        sys.exit(f"bench: only {len(patches)} edits of tests/edits go together in {tree}")
    (folder / "series.mbox").write_bytes("".join(patches).encode("latin-1"))
    (folder / "one.patch").write_bytes(patches[0].encode("latin-1"))
    (folder / "words").write_text(words())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
