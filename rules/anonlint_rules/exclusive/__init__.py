"""Rules about PG_anon_exclusive: sharing, unmapping, pinning, swapping, setting and clearing it."""
