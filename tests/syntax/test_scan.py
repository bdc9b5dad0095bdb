"""Vocabulary words are found as whole identifiers, wherever a text is cut for looking at it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from anonlint.syntax.scan import mentions, places

WORDS = frozenset(
    b"is_writable_migration_entry is_readable_migration_entry make_readable_migration_entry"
    b" pte_swp_mkuffd_wp pte_swp_soft_dirty PageAnonExclusive folio_add_anon_rmap_pte swp mk_pte".split()
)


def test_whole_identifiers_only() -> None:
    assert mentions(b"x = is_writable_migration_entry(e);", WORDS)
    assert not mentions(b"x = my_is_writable_migration_entry(e) + is_writable_migration_entry_x;", WORDS)
    assert places(b"swp swp_ _swp mk_pte+swp", b"swp") == [0, 21]
    assert places(b"swp", b"") == []


pieces = st.sampled_from([*sorted(WORDS), b"_", b" ", b"\n", b"swp_", b"migration_entry", b"(", b"x", b"1", b"\xe9"])


@given(st.lists(pieces, max_size=20))
def test_agrees_with_a_tokenizer(parts: list[bytes]) -> None:
    data = b"".join(parts)
    found = {word: [m.start() for m in re.finditer(rb"\w+", data) if m[0] == word] for word in WORDS}
    assert {word: places(data, word) for word in WORDS} == found
    expected = any(found.values())
    assert mentions(data, WORDS) == expected
    assert mentions(b"a b\n" * 20_000 + data, WORDS) == expected
    assert mentions(b"a b " * 20_000 + data, WORDS) == expected
