"""``python -m anonlint``, and the entry point of the ``anonlint`` command."""

from anonlint.cli.main import run

if __name__ == "__main__":
    run()
