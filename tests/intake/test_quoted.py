"""Replies: what is quoted, at which depth, and what the reviewer wrote in between."""

from anonlint.model.snapshot import Snapshot
from tests.intake.samples import AFTER, DIFF, FIELDS, MAIL, after, before, read

REPLY = FIELDS + b"Subject: Re: [PATCH] x\n\nOn Monday, C wrote:\n"


def quote(text: bytes, mark: bytes = b"> ") -> bytes:
    return b"".join((mark + line).rstrip(b" ") + b"\n" for line in text.split(b"\n")[:-1])


def one(text: bytes) -> Snapshot:
    found, skips, errors = read(REPLY + text, quoted=True)
    assert (skips, errors) == ([], [])
    (snapshot,) = found
    return snapshot


def partial(snapshot: Snapshot) -> list[bool]:
    assert snapshot.after is not None and snapshot.after.fragments is not None
    return [fragment.partial for fragment in snapshot.after.fragments]


def test_quoted_patches_are_read_only_when_asked_for() -> None:
    found, skips, _ = read(REPLY + quote(DIFF))
    assert not found
    assert [skip.reason for skip in skips] == ["the only diff is a quoted one (--quoted reads it)"]
    assert after(one(quote(DIFF))) == AFTER


def test_a_fix_in_a_reply_is_the_authors_own() -> None:
    text = REPLY + quote(b"please fix\n") + b"\nOk:\n\n" + DIFF
    assert [after(s) for s in read(text)[0]] == [AFTER]


def test_every_depth_and_style_of_quoting() -> None:
    for mark in (b"> ", b">", b"> > ", b">> ", b"> > > > "):
        assert after(one(quote(DIFF, mark))) == AFTER, mark


def test_two_depths_are_two_patches() -> None:
    other = DIFF.replace(b"mm/x.c", b"mm/y.c")
    found = read(REPLY + quote(DIFF, b"> > ") + b"> no:\n" + quote(other), quoted=True)[0]
    assert [(s.path, after(s)) for s in found] == [("mm/x.c", AFTER), ("mm/y.c", AFTER)]


def test_a_reviewers_text_inside_a_hunk_is_taken_out() -> None:
    cut = DIFF.index(b"+\t\treturn 2")
    text = quote(DIFF[:cut]) + b"\nWhy one?\n\n> deeper\n\n" + quote(DIFF[cut:])
    text = text.replace(b"> deeper", b">> deeper")
    snapshot = one(text)
    assert after(snapshot) == AFTER
    assert partial(snapshot) == [False]


LOST = b"""> diff --git a/mm/x.c b/mm/x.c
> --- a/mm/x.c
> +++ b/mm/x.c
> @@ -40,6 +40,7 @@ static void first(struct mm_struct *mm)
> pages++;
> } else if (is_swap_pte(old)) {
> swp_entry_t entry = pte_to_swp_entry(old);
> + struct page *page = pfn_swap_entry_to_page(entry);
> pte_t new;
>
> if (is_writable_migration_entry(entry)) {

Is this always one? I doubt it; it
could be a swap entry

> @@ -50,7 +51,11 @@ static void first(struct mm_struct *mm)
> * just be safe
> */
> - entry = make_readable_migration_entry(
> - swp_offset(entry));

And here,

> + if (PageAnon(page))
> + entry = make_readable_exclusive_migration_entry(
> + swp_offset(entry));
> + else
> + entry = make_readable_migration_entry(
> + swp_offset(entry));
> new = swp_entry_to_pte(entry);
> if (soft)
> new = mark(new);

<snip>

> diff --git a/mm/y.c b/mm/y.c
> --- a/mm/y.c
> +++ b/mm/y.c
> @@ -1,2 +1,2 @@
> {
> - a();
> + b();
"""


def test_a_reply_whose_lines_lost_their_white_space() -> None:
    found, skips, _ = read(REPLY + LOST, quoted=True)
    assert not skips
    assert [s.path for s in found] == ["mm/x.c", "mm/y.c"]
    first = found[0]
    assert partial(first) == [False, False]
    assert before(first).split(b"\n")[6:9] == [
        b"* just be safe",
        b"*/",
        b" entry = make_readable_migration_entry(",
    ]
    assert after(first).count(b"\n") == 7 + 11
    assert first.after is not None and first.after.source.lines is not None
    assert first.after.source.lines[:7] == tuple(range(40, 47))
    assert first.after.source.lines[7:] == tuple(range(51, 62))
    assert first.added == frozenset({43, *range(53, 59)})


def test_a_snipped_quoted_hunk_is_partial_and_says_so() -> None:
    found, skips, _ = read(REPLY + quote(DIFF[: DIFF.index(b" }\n")]) + b"[snip]\n" + quote(DIFF), quoted=True)
    assert [partial(snapshot) for snapshot in found] == [[True], [False]]
    assert after(found[0]) == AFTER[: AFTER.index(b"}")]
    assert [(skip.path, skip.line) for skip in skips] == [("mm/x.c", 7)]
    assert "do not fit the counts" in skips[0].reason


def test_quoted_lines_under_no_mail_header_are_a_reply_too() -> None:
    found = read(quote(DIFF), quoted=True)[0]
    assert [after(snapshot) for snapshot in found] == [AFTER]


def test_own_and_quoted_patches_of_one_mail() -> None:
    found = read(MAIL + quote(DIFF.replace(b"mm/x.c", b"mm/q.c")), quoted=True)[0]
    assert [snapshot.path for snapshot in found] == ["mm/x.c", "mm/q.c"]
