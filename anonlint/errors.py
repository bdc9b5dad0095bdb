"""The errors that reach a user: each names the input, the place in it and the cause."""


class AnonlintError(Exception):
    """Base of every expected error; the command line prints it as one line and exits with status 2."""


class InputError(AnonlintError):
    """An input that cannot be read or understood: ``where`` is "path" or "path:line"."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class UsageError(AnonlintError):
    """A command line or a setting that makes no sense."""


class VocabularyError(AnonlintError):
    """A vocabulary row that cannot be used: names the data file, the line and what is wrong."""
