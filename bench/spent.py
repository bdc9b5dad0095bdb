"""What the time of a check is spent on, by room of anonlint: one profiled run, in one process, without the cache."""

import os
import pstats
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ELSEWHERE = "Python itself"


class Spent(NamedTuple):
    """The share of each room, the largest first."""

    shares: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        return ", ".join(f"{room} {share:.0%}" for room, share in self.shares if share >= 0.03)


def profile(arguments: tuple[str, ...], cwd: Path) -> Spent:
    """Run ``anonlint check`` with these arguments under Python's profiler."""
    with tempfile.NamedTemporaryFile(suffix=".prof") as file:
        command = (sys.executable, "-m", "cProfile", "-o", file.name, "-m", "anonlint", "check", "-j1", "--no-cache")
        subprocess.run([*command, *arguments], cwd=cwd, env=os.environ, check=False, capture_output=True)
        # what is read are (file, line, name): (calls, primitive calls, own time, cumulative time, callers)
        return by_room(vars(pstats.Stats(file.name))["stats"])


def by_room(stats: Mapping[tuple[str, int, str], tuple[object, ...]]) -> Spent:
    """Add the own time of functions up by room; that of built-in functions is their callers'."""
    rooms: dict[str, float] = {}
    for (path, _, _), (_, _, own, _, callers) in stats.items():
        if path == "~" and isinstance(callers, dict):
            for (caller, _, _), (_, _, mine, _) in callers.items():
                rooms[room(caller)] = rooms.get(room(caller), 0.0) + mine
        elif isinstance(own, float):
            rooms[room(path)] = rooms.get(room(path), 0.0) + own
    total = sum(rooms.values()) or 1.0
    return Spent(tuple(sorted(((name, took / total) for name, took in rooms.items()), key=lambda item: -item[1])))


def room(path: str) -> str:
    """Return the room of anonlint that a file is in."""
    parts = Path(path).parts
    if "anonlint_rules" in parts:
        return "rules"
    if "anonlint" not in parts:
        return ELSEWHERE
    inside = parts[len(parts) - parts[::-1].index("anonlint") :]
    return f"{inside[0]}/" if len(inside) > 1 else "start"
