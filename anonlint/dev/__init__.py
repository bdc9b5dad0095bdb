"""Tools for those who work on anonlint; nothing that runs for users imports this."""
