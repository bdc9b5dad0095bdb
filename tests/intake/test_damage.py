"""Hunks as mails leave them: what can be proved by the counts is mended, the rest is kept as partial."""

from anonlint.intake.patch import parse_patch
from anonlint.model.patch import Hunk

HEAD = b"--- a/x.c\n+++ b/x.c\n"
NEXT = b"@@ -90,2 +90,3 @@ int g(void)\n \tg1();\n+\tg2();\n \tg3();\n"
WHOLE = (b" \tone();\n", b"-\ttwo();\n", b"+\tthree();\n", b" \tfour();\n")


def read(hunk: bytes) -> list[Hunk]:
    """Read a damaged hunk; whatever it is, the hunk after it must be whole."""
    hunks = parse_patch(HEAD + hunk + NEXT)[0].hunks
    assert hunks[-1].new_start == 90 and not hunks[-1].partial
    assert b"".join(hunks[-1].lines) == b" \tg1();\n+\tg2();\n \tg3();\n"
    return list(hunks[:-1])


def test_context_that_lost_its_leading_blank_is_proved_by_the_counts() -> None:
    (hunk,) = read(b"@@ -10,3 +10,3 @@\n\tone();\n-\ttwo();\n+\tthree();\n\tfour();\n")
    assert hunk.lines == WHOLE
    assert hunk.damage and not hunk.partial


def test_context_that_lost_all_white_space_is_context() -> None:
    (hunk,) = read(b"@@ -10,4 +10,4 @@\nif (x) {\n-two();\n+three();\n\n}\n")
    assert hunk.lines == (b" if (x) {\n", b"-two();\n", b"+three();\n", b" \n", b" }\n")
    assert not hunk.partial


def test_no_break_spaces_at_the_front_are_blanks() -> None:
    (hunk,) = read(b"@@ -10,3 +10,3 @@\n\xc2\xa0\tone();\n-\ttwo();\n+\tthree();\n\xc2\xa0\tfour();\n")
    assert hunk.lines == WHOLE


def test_a_wrapped_line_is_joined_where_the_counts_agree() -> None:
    long = b"+\tentry = make_readable_exclusive_migration_entry(swp_offset(entry),"
    (hunk,) = read(b"@@ -10,2 +10,3 @@\n \tone();\n" + long + b"\nextra);\n \tfour();\n")
    assert hunk.lines == (WHOLE[0], long + b" extra);\n", WHOLE[3])
    assert hunk.partial


def test_text_inside_a_hunk_is_taken_out_where_the_counts_agree() -> None:
    (hunk,) = read(b"@@ -10,3 +10,3 @@\n \tone();\n-\ttwo();\n\nWhy is this gone?\n\n+\tthree();\n \tfour();\n")
    assert hunk.lines == WHOLE
    assert hunk.partial


def test_a_cut_splits_the_hunk_and_the_rest_counts_from_its_end() -> None:
    first, second = read(
        b"@@ -10,8 +10,9 @@ f\n \tone();\n-\ttwo();\n+\tthree();\n[...]\n \tfour();\n+\tfive();\n \tsix();\n"
    )
    assert (first.old_start, first.new_start, first.lines) == (10, 10, WHOLE[:3])
    assert (second.old_start, second.new_start) == (16, 16)
    assert second.lines == (b" \tfour();\n", b"+\tfive();\n", b" \tsix();\n")
    assert first.partial and second.partial


def test_counts_too_short_or_too_long_cost_only_trust() -> None:
    (short,) = read(b"@@ -10,9 +10,9 @@\n" + b"".join(WHOLE))
    (long,) = read(b"@@ -10,1 +10,1 @@\n" + b"".join(WHOLE))
    assert short.lines == long.lines == WHOLE
    assert short.partial and long.partial


def test_a_hunk_without_numbers_is_read_to_its_end() -> None:
    (hunk,) = read(b"@@ static int f(void) @@\n" + b"".join(WHOLE))
    assert hunk.lines == WHOLE and hunk.partial


def test_a_truncated_patch_keeps_what_is_there() -> None:
    hunks = parse_patch(HEAD + NEXT + b"@@ -200,9 +201,9 @@ int h(void)\n \tone();\n-\ttwo();")[0].hunks
    assert [(hunk.new_start, hunk.partial) for hunk in hunks] == [(90, False), (201, True)]
    assert hunks[1].lines == WHOLE[:2]


def test_a_signature_does_not_become_a_removed_line() -> None:
    hunks = parse_patch(HEAD + b"@@ -1,3 +1,2 @@\n \tone();\n-\ttwo();\n-- \n2.39.5\n")[0].hunks
    assert hunks[0].lines == WHOLE[:2]
    assert hunks[0].partial


def test_where_some_context_has_its_blank_an_odd_line_is_no_context() -> None:
    wrapped = b"+\tthis_is_a_rather_long_call(with_several, arguments,\nmore);\n"
    (hunk,) = read(b"@@ -10,3 +10,4 @@\n \tone();\n" + wrapped + b" \tfour();\n }\n")
    assert hunk.lines[1].endswith(b"arguments, more);\n") and hunk.lines[-1] == b" }\n"
    assert hunk.partial


def test_blank_lines_of_a_mail_do_not_use_up_the_counts() -> None:
    (hunk,) = read(b"@@ -10,3 +10,3 @@\n \tone();\n\n-\ttwo();\n+\tthree();\n }\n")
    assert hunk.partial and hunk.lines[-1] == b" }\n"
