"""``anonlint archive report``: what was found in an archive."""

from anonlint.cli import output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError


def run(parsed: Parsed, path: str) -> int:
    """Print the report; return 1 if there is something to report."""
    import sqlite3

    from anonlint.archive import database
    from anonlint.archive.summary import summary, wanted

    base = database.open_to_read(path)
    try:
        asked = wanted(base, parsed.last("since"), parsed.last("series"), new=parsed.flag("new"))
        found = summary(base, asked)
    except sqlite3.Error as error:
        raise UsageError(f"{path}: {database.told(error)}") from error
    finally:
        base.close()
    form = parsed.last("format") or "text"
    if form == "html":
        from anonlint.archive.page import page

        text = page(found)
    else:
        from anonlint.archive import plain

        text = plain.document(found) if form == "json" else plain.text(found)
    output.write(text, parsed.last("output"))
    return 1 if found.findings else 0
