"""What was worked out before, kept in the user's cache directory: a run may always do without it."""
