"""What standard output is: a terminal or not, how wide, and whether it gets colours."""

import os
from collections.abc import Mapping
from typing import TextIO

WIDEST = 120
NARROWEST = 40


def wants_colour(choice: str, environ: Mapping[str, str], is_terminal: bool) -> bool:
    """Decide on colours: --color, NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM, CLICOLOR, terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    if environ.get("TERM", "") in ("", "dumb") or environ.get("CLICOLOR") == "0":
        return False
    return is_terminal


def width(environ: Mapping[str, str], stream: TextIO) -> int:
    """Return the width to lay out for: COLUMNS, else the terminal's, at most 120; 80 where unknown."""
    columns = environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return max(NARROWEST, min(int(columns), WIDEST))
    try:
        size = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        size = 80
    return max(NARROWEST, min(size or 80, WIDEST))
