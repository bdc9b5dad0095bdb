"""Applying: the same as git, moved or not, and never nearly."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonlint.intake.apply import added_lines, apply, apply_hunks, apply_loosely, has_id, reverse
from anonlint.intake.patch import parse_patch

WORDS = [b"a", b"b", b"", b"}", b"\tif (x)", b"-- ", b"+++ b/x", b"--- a/x", b"@@ -1 +1 @@", b"\\ x", b"\xff\r"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=14)


@st.composite
def edits(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two texts that differ in a few places; either may lack its last line end."""
    old = draw(TEXT)
    new = list(old)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(new)))
        new[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(WORDS), max_size=2))
    ends = draw(st.tuples(st.booleans(), st.booleans()))
    first, second = (b"".join(line + b"\n" for line in lines) for lines in (old, new))
    return (first.removesuffix(b"\n") if ends[0] else first), (second.removesuffix(b"\n") if ends[1] else second)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits(), st.integers(0, 4))
def test_what_git_diff_says_gives_the_new_file(tmp_path: Path, pair: tuple[bytes, bytes], context: int) -> None:
    old, new = pair
    (tmp_path / "old").write_bytes(old)
    (tmp_path / "new").write_bytes(new)
    command = ["git", "diff", "--no-index", "--text", f"-U{context}", "--full-index", "old", "new"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout
    files = parse_patch(text)
    if old == new:
        assert files == []
        return
    (file,) = files
    assert not any(hunk.damage for hunk in file.hunks)
    assert apply(old, file) == new
    undone = apply_hunks(new, reverse(file.hunks))
    assert undone is not None and undone.data == old
    assert has_id(old, file.old_id) and has_id(new, file.new_id) and not has_id(new, file.old_id)
    done = apply_hunks(old, file.hunks)
    assert done is not None and done.added == added_lines(file.hunks)
    lines = new.split(b"\n")
    expected = sorted(line[1:].rstrip(b"\n") for hunk in file.hunks for line in hunk.lines if line[:1] == b"+")
    assert sorted(lines[number - 1] for number in done.added) == expected


OLD = b"".join(b"line %d\n" % i for i in range(1, 41))
PATCH = (
    b"--- a/x.c\n+++ b/x.c\n@@ -9,3 +9,4 @@\n line 9\n-line 10\n+ten\n+more\n line 11\n"
    b"@@ -30,2 +31,2 @@\n line 30\n-line 31\n+x\n"
)


def test_a_moved_hunk_applies_and_its_lines_are_numbered_where_they_are() -> None:
    done = apply_hunks(b"top\n" * 5 + OLD, parse_patch(PATCH)[0].hunks)
    assert done is not None
    lines = done.data.split(b"\n")
    assert [lines[number - 1] for number in sorted(done.added)] == [b"ten", b"more", b"x"]


@pytest.mark.parametrize("change", [(b"line 11", b"line eleven"), (b"line 31\n", b""), (b"line 9\n", b"line 9 \n")])
def test_there_is_no_fuzz(change: tuple[bytes, bytes]) -> None:
    assert apply(OLD.replace(*change), parse_patch(PATCH)[0]) is None


def test_of_several_places_the_nearest_is_taken() -> None:
    hunks = parse_patch(b"@@ -10,2 +10,2 @@\n same\n-a\n+b\n")[0].hunks
    before = b"same\na\n" + b"x\n" * 4 + b"same\na\n" + b"x\n" * 9 + b"same\na\n"
    done = apply_hunks(before, hunks)
    assert done is not None and done.added == frozenset({8})


def test_a_hunk_without_context_does_not_move() -> None:
    hunks = parse_patch(b"@@ -2 +2 @@\n-a\n+b\n")[0].hunks
    assert apply_hunks(b"a\nx\na\n", hunks) is None


def test_a_hunk_moves_with_the_one_before_it() -> None:
    text = b"@@ -2,2 +2,2 @@\n line 2\n-line 3\n+three\n@@ -10 +10,0 @@\n-line 10\n"
    done = apply_hunks(b"top\n" * 5 + OLD, parse_patch(text)[0].hunks)
    assert done is not None and b"line 9\nline 11\n" in done.data


def test_white_space_damage_can_be_looked_past_and_the_file_keeps_its_own() -> None:
    before = b"f()\n{\n\tif (a)\n\t\tb();\n\tc();\n}\n"
    hunks = parse_patch(b"@@ -2,4 +2,4 @@\n {\n if (a)\n- b();\n+ d();\n c();\n")[0].hunks
    assert apply_hunks(before, hunks) is None
    done = apply_loosely(before, hunks)
    assert done is not None and done.data == b"f()\n{\n\tif (a)\n d();\n\tc();\n}\n"
