"""Rules about software bits of entries: soft-dirty, uffd-wp, young, dirty."""
