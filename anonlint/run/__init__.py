"""One image, one run: what is executed, what the rules say of it, what a patch brings."""
