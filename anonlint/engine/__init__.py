"""Execution of a function over all entry states."""
