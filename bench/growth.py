"""Measure how the time of a check grows with hostile inputs: each doubling may cost at most 2.3 times.

``python bench/growth.py [--kb N] [SHAPE...]`` prints a row for each shape: processor seconds at three sizes of which
each is twice the one before, the worse of the two growths, and the seconds for the largest size (1 MB, or N KB for a
first look). A shape inside one function is measured where functions are not yet too long to be looked at: up to a
quarter of that. Status 1 if a shape grows faster, or takes longer than 10 s.
"""

import argparse
import gc
import multiprocessing
import shutil
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
_CALLED = """\
static void h(struct vm_area_struct *vma, pte_t *p)
{
	pte_t e = ptep_get(p);

	if (!pte_none(e))
		g(pte_pfn(e));
}
"""
_CALLER = """\
void f%d(struct vm_area_struct *vma, pte_t *p)
{
	if (pte_present(ptep_get(p)))
		h(vma, p);
}
"""
_DIFF = "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1,1 +1,1 @@\n-\ta();\n+\tb();\n"
_HUNK = "@@ -{0},3 +{0},3 @@ int f(pte_t *p)\n \ta();\n-\tb(e);\n+\tx = is_migration_entry(e);\n \tc();\n"


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


def hunks(size: int) -> str:
    """Return a patch with many hunks, each further down."""
    return "--- a/mm/x.c\n+++ b/mm/x.c\n" + "".join(_HUNK.format(10 * i + 1) for i in range(size // (len(_HUNK) + 6)))


def mails(size: int) -> str:
    """Return an mbox with many patches."""
    head = "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: a@example.org\n"
    head += "Subject: [PATCH] mm: x%d\nMessage-ID: <%d@example.org>\n\nx\n---\n--- a/mm/x.c\n+++ b/mm/x.c\n"
    return times(head + _HUNK.format(1) + "-- \n2.0\n\n", size)


# Name: what makes a text of about so many bytes, and what its file is called; of a folder (x/), each form feed in the
# text begins another file.
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
    "statements": (inside("\tg%d(s);\n"), "x.c"),
    "statements about the entry": (inside("\tset_pte_at(mm, a%d, p, swp_entry_to_pte(e));\n"), "x.c"),
    "ifs": (inside("\tif (a%d) h(e);\n"), "x.c"),
    "tests of flags": (inside("\tif (vma->vm_flags & VM_WRITE) h(e);\n\tif (flags & F%d) h(e);\n"), "x.c"),
    "one flag tested again": (
        inside("\tif (vma->vm_flags & VM_WRITE) set_pte_at(mm, a, p, swp_entry_to_pte(e));\n"),
        "x.c",
    ),
    "nested ifs": (lambda size: _HEAD + times("if (a%d) {", size) + times("}", size // 13) + _TAIL, "x.c"),
    "callers": (lambda size: _CALLED + times(_CALLER, size), "x.c"),
    "files": (lambda size: times("\f" + _FUNCTION, size), "x/"),
    "hunks": (hunks, "x.patch"),
    "mails": (mails, "x.mbox"),
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
    write(path, text)
    best = LONGEST * 100
    for turn in range(6):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            best = min(best, pool.apply(once, (str(path),)))
        if best > 3 and turn > 1:
            break
    return best


def write(path: Path, text: str) -> None:
    """Write a file, or of a text with form feeds a folder of files."""
    if "\f" not in text:
        path.write_text(text)
        return
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for number, part in enumerate(text.split("\f")):
        (path / f"x{number}.c").write_text(part)


def growth(took: Sequence[float]) -> float:
    """Return the worst growth from one size to the next; what is too quick to measure does not grow."""
    return max(after / max(before, _SMALL) for before, after in pairwise(took))


def main() -> int:
    """Measure the shapes that are named (default: all)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kb", type=int, default=SIZE >> 10, help="the largest size")
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="one of: " + ", ".join(SHAPES))
    arguments = parser.parse_args()
    strangers = [name for name in arguments.shapes if name not in SHAPES]
    if strangers or arguments.kb < 1:
        parser.error(f"no such shape: {', '.join(strangers)}" if strangers else "--kb is at least 1")
    chosen = arguments.shapes or list(SHAPES)
    gc.set_threshold(*COLLECT)
    failed = []
    print(f"{'shape':<26}{'size':>8}{'quarter':>8}{'half':>8}{'all':>8}{'most':>8}{'growth':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            bad, row = measured(name, Path(folder), arguments.kb << 10)
            failed += [name] * bad
            print(row, flush=True)
    print(f"growth: {len(failed)} of {len(chosen)} shapes grow too fast or take too long", *failed, sep="\n  ")
    return 1 if failed else 0


def measured(name: str, folder: Path, size: int) -> tuple[bool, str]:
    """Return whether a shape grows too fast or takes too long, and its row."""
    make, file = SHAPES[name]
    whole = not make(0).startswith(_HEAD)
    largest = size if whole else size // 4
    took = [seconds(folder / file, make(largest // part)) for part in (4, 2, 1)]
    took.append(took[-1] if whole else seconds(folder / file, make(size)))
    grows = growth(took[:-1])
    bad = grows > MOST or took[-1] > LONGEST
    row = f"{name:<26}{largest >> 10:5} KB" + "".join(f"{t:8.2f}" for t in took)
    return bad, f"{row}{grows:8.2f}{'  !' * bad}"


if __name__ == "__main__":
    sys.exit(main())
