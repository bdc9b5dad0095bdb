"""Vocabulary words are found as whole identifiers, however the needles are chosen."""

import re

from hypothesis import given
from hypothesis import strategies as st

from anonlint.syntax.scan import gates, hits, mentions, stems

WORDS = frozenset(
    b"is_writable_migration_entry is_readable_migration_entry make_readable_migration_entry"
    b" pte_swp_mkuffd_wp pte_swp_soft_dirty PageAnonExclusive folio_add_anon_rmap_pte swp mk_pte".split()
)


def test_whole_identifiers_only() -> None:
    assert mentions(b"x = is_writable_migration_entry(e);", WORDS)
    assert not mentions(b"x = my_is_writable_migration_entry(e) + is_writable_migration_entry_x;", WORDS)
    assert hits(b"swp swp_ _swp mk_pte+swp", WORDS) == [0, 14, 21]


def test_one_needle_stands_for_many_words() -> None:
    assert b"migration_entry" in stems(WORDS)
    assert len(stems(WORDS)) < len(WORDS)
    assert all(any(stem in word for stem in stems(WORDS)) for word in WORDS)


def test_every_word_is_behind_one_gate() -> None:
    words = [word for _, behind in gates(WORDS) for word in behind]
    assert sorted(words) == sorted(WORDS)
    assert all(gate in word for gate, behind in gates(WORDS) for word in behind)
    assert len(gates(WORDS)) < len(stems(WORDS))


pieces = st.sampled_from([*sorted(WORDS), b"_", b" ", b"swp_", b"migration_entry", b"(", b"x"])


@given(st.lists(pieces, max_size=20))
def test_agrees_with_a_tokenizer(parts: list[bytes]) -> None:
    data = b"".join(parts)
    expected = [m.start() for m in re.finditer(rb"[A-Za-z_]\w*", data) if m[0] in WORDS]
    assert hits(data, WORDS) == expected
    assert mentions(data, WORDS) == bool(expected)
    assert mentions(data + b" " * 20_000, WORDS) == bool(expected)
