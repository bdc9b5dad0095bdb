"""Built-in rules of anonlint, one file per rule."""
