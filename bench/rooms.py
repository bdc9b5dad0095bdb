"""How much of each room the tests execute: ``./run coverage`` (a JSON report of coverage's in, a table out).

Rooms of the engine, and the rules, are to have 92 % of their lines executed; the status is 1 where one has less.
``--sources`` says what to measure: nothing else is, so that it costs no more than it must.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LEAST = 92.0
HELD = ("domain", "engine", "graph", "trace", "words", "rules")


def rooms(files: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Return lines executed and lines in all of each room, from the files of a report."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, file in files.items():
        parts = Path(path).parts
        room = "rules" if "anonlint_rules" in parts else parts[parts.index("anonlint") + 1]
        found[room][0] += file["summary"]["covered_lines"]
        found[room][1] += file["summary"]["num_statements"]
    return {room: (done, all_of_it) for room, (done, all_of_it) in sorted(found.items()) if all_of_it}


def table(found: Mapping[str, tuple[int, int]]) -> tuple[str, bool]:
    """Return the rooms that are held to a share, and whether all of them have it."""
    lines, sound = [], True
    for room in HELD:
        done, all_of_it = found.get(room, (0, 1))
        share = 100 * done / all_of_it
        sound = sound and share >= LEAST
        lines.append(
            f"{room:<8}{share:6.1f} % of {all_of_it} lines{'' if share >= LEAST else f', less than {LEAST:g} %'}"
        )
    return "\n".join(lines) + "\n", sound


def main(path: str) -> int:
    """Print the table of a report."""
    text, sound = table(rooms(json.loads(Path(path).read_text())["files"]))
    print(text, end="")
    return int(not sound)


def sources() -> str:
    """Return what pytest-cov is to measure."""
    return " ".join("--cov=rules/anonlint_rules" if room == "rules" else f"--cov=anonlint/{room}" for room in HELD)


if __name__ == "__main__":
    if sys.argv[1:] == ["--sources"]:
        print(sources())
        sys.exit()
    sys.exit(main(sys.argv[1]))
