"""Rules about COW reuse: what must be proven before a private page is mapped writable."""
