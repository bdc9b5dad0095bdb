"""Measure how the time of a check grows with hostile inputs: each doubling may cost at most 2.3 times.

``python bench/growth.py [SHAPE...]`` prints a row for each shape: processor seconds at three sizes of which each is
twice the one before, the worse of the two growths, and the seconds for 1 MB. A shape inside one function is measured
where functions are not yet too long to be looked at. Status 1 if a shape grows faster, or takes longer than 10 s.
"""

import gc
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from anonlint.cli.main import COLLECT
from anonlint.intake import Request
from anonlint.rule import registry
from anonlint.run import runner

MOST = 2.3  # times that a doubling may cost
LONGEST = 10.0  # processor seconds for 1 MB
SIZE = 1 << 20
_SMALL = 0.1  # seconds: below it the run's own start is measured
_FUNCTION = """\
int f%d(pte_t *ptep)
{
	swp_entry_t e = pte_to_swp_entry(*ptep);

	if (is_migration_entry(e))
		return pfn_swap_entry_to_page(e) != NULL;
	return 0;
}
"""
_HEAD = "void f(pte_t *p, struct s *s)\n{\n\tswp_entry_t e = pte_to_swp_entry(*p);\n\n"
_TAIL = "\tif (is_migration_entry(e))\n\t\th(pfn_swap_entry_to_page(e));\n}\n"
_DIFF = "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1,1 +1,1 @@\n-\ta();\n+\tb();\n"


def times(text: str, size: int) -> str:
    """Return the text as often as fits into ``size`` bytes; a %d in it counts up."""
    if "%d" not in text:
        return text * (size // len(text))
    return "".join(text.replace("%d", str(i)) for i in range(size // (len(text) + 3)))


def inside(text: str) -> Callable[[int], str]:
    """Return what makes a function with the text in it, again and again."""
    return lambda size: _HEAD + times(text, size) + _TAIL


def beside(text: str) -> Callable[[int], str]:
    """Return what makes a file with the text in it, again and again, before and behind a function."""
    return lambda size: _FUNCTION.replace("%d", "") + times(text, size) + "\n" + _FUNCTION.replace("%d", "z")


def hunk(text: str, mark: str) -> Callable[[int], str]:
    """Return what makes a patch with one long hunk."""

    def make(size: int) -> str:
        lines = size // (len(text) + 1)
        counts = f"-1,{lines} +1,{lines + 1}" if mark == " " else f"-1,0 +1,{lines + 1}"
        return f"--- a/mm/x.c\n+++ b/mm/x.c\n@@ {counts} @@ f\n" + (mark + text) * lines + "+\ty();\n"

    return make


# Name: what makes a text of about so many bytes, and what its file is called.
SHAPES: dict[str, tuple[Callable[[int], str], str]] = {
    "blanks in a file's name": (lambda size: _DIFF.replace("a/mm/x.c", "a/mm/x.c" + " " * size), "x.patch"),
    "stacked remarks": (beside("/* anonlint: ignore[AL101] x */\n"), "x.c"),
    "remarks in a function": (inside("/* anonlint: ignore[AL101] x */ h(e);\n"), "x.c"),
    "labels": (inside("l%d: if (is_migration_entry(e)) goto l%d;\n"), "x.c"),
    "diamonds": (inside("\tif (s->c%d) s->g%d = 1; else s->g%d = 2;\n"), "x.c"),
    "decisions that are used": (inside("\tif (c(s)) b%d = true;\n\tif (b%d) set_pte_at(mm, a, p, e);\n"), "x.c"),
    "a sum of alternatives": (lambda size: _HEAD + "x = " + times("(a%d || b%d) + ", size) + "1;\n" + _TAIL, "x.c"),
    "else if": (inside("if (a%d) g(); else "), "x.c"),
    "cases": (lambda size: _HEAD + "switch (x) {\n" + times("case %d: h(e); break;\n", size) + "}\n" + _TAIL, "x.c"),
    "declarations": (inside("\tswp_entry_t e%d = pte_to_swp_entry(*p);\n"), "x.c"),
    "scopes": (inside("{ int v = g(&v); { int v = 1; h(&v); } }\n"), "x.c"),
    "nested loops": (lambda size: _HEAD + times("while (c(e)) {", size) + times("}", size // 14) + _TAIL, "x.c"),
    "parentheses": (lambda size: _HEAD + "x = " + "(" * (size // 2) + "1" + ")" * (size // 2) + ";\n" + _TAIL, "x.c"),
    "conditionals": (inside("#ifdef C%d\n\tg%d();\n#endif\n"), "x.c"),
    "hot functions": (lambda size: times(_FUNCTION, size), "x.c"),
    "functions of one name": (lambda size: times(_FUNCTION.replace("%d", ""), size), "x.c"),
    "a chain of helpers": (
        lambda size: times("int h%d(pte_t *p) { return is_migration_entry(*p) || h1%d(p); }\n", size),
        "x.c",
    ),
    "findings": (
        lambda size: times("int f%d(pte_t *p) { set_pte_at(m, a, p, pte_mkwrite(ptep_get(p))); return 0; }\n", size),
        "x.c",
    ),
    "comments that never end": (beside("/* "), "x.c"),
    "quotes": (beside('"'), "x.c"),
    "open braces": (beside("{"), "x.c"),
    "closing braces": (beside("}"), "x.c"),
    "open calls": (beside("f("), "x.c"),
    "directives": (beside("#if X\n"), "x.c"),
    "long macros": (beside("#define x \\\n"), "x.c"),
    "a hunk of equal lines": (hunk("\tx = is_migration_entry(e);\n", " "), "x.patch"),
    "a hunk of added lines": (hunk("\tx = is_migration_entry(e);\n", "+"), "x.patch"),
    "empty hunks": (lambda size: _DIFF + times("@@ -1,9 +1,9 @@\n", size), "x.patch"),
    "header lines": (lambda size: "From: a@b\nSubject: x\n" + times("X: y\n", size) + "\n" + _DIFF, "x.eml"),
    "quoted lines": (lambda size: "From: a@b\nSubject: x\n\n" + times("> > x\n", size) + _DIFF, "x.eml"),
}


def once(path: str) -> float:
    """Return the processor seconds of one check."""
    asked = runner.Options(Request(inputs=(path,), quoted=True), registry.rules(), (6, 12), workers=1)
    start = time.process_time()
    runner.check(asked, lambda: b"")
    return time.process_time() - start


def seconds(path: Path, text: str) -> float:
    """Return the processor seconds of a check of the text: the best of six runs, of three where one takes over 3 s.

    Each runs in a process of its own: what one has remembered is no help to the next.
    """
    path.write_text(text)
    best = LONGEST * 100
    for turn in range(6):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            best = min(best, pool.apply(once, (str(path),)))
        if best > 3 and turn > 1:
            break
    return best


def growth(took: Sequence[float]) -> float:
    """Return the worst growth from one size to the next; what is too quick to measure does not grow."""
    return max(after / max(before, _SMALL) for before, after in pairwise(took))


def main(arguments: Sequence[str]) -> int:
    """Measure the shapes that are named (default: all)."""
    gc.set_threshold(*COLLECT)
    failed = []
    print(f"{'shape':<26}{'all':>8}{'quarter':>8}{'half':>8}{'all':>8}{'1 MB':>8}{'growth':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (make, file) in SHAPES.items():
            if arguments and name not in arguments:
                continue
            whole = not make(0).startswith(_HEAD)
            largest = SIZE if whole else SIZE // 4
            took = [seconds(Path(folder, file), make(largest // part)) for part in (4, 2, 1)]
            took.append(took[-1] if whole else seconds(Path(folder, file), make(SIZE)))
            grows = growth(took[:-1])
            bad = grows > MOST or took[-1] > LONGEST
            failed += [name] * bad
            row = f"{name:<26}{largest >> 10:5} KB" + "".join(f"{t:8.2f}" for t in took)
            print(f"{row}{grows:8.2f}{'  !' * bad}", flush=True)
    print(f"growth: {len(failed)} of {len(SHAPES)} shapes grow too fast or take too long", *failed, sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
