"""Change real functions and patches at random and look for crashes, hangs, lost functions, answers that differ.

``python bench/fuzz.py [--seconds N] [--seed N] [--save DIR]`` runs in one process and prints, at the end and every
minute, how many inputs were tried and what was found. Functions come from ANONLINT_KERNELS if that is set, from
fixtures/ and the rules' own examples. Each defect is told once, made small, and saved.
"""

import argparse
import difflib
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from anonlint.intake import Request
from anonlint.model.report import Report
from anonlint.rule import registry
from anonlint.run import runner
from anonlint.syntax.functions import find_in_file
from anonlint.syntax.grammar import parser

ROOT = Path(__file__).resolve().parents[1]
SLOW = 10  # seconds of processor time that one input may take
_TOKEN = re.compile(rb"\w+|[ \t]+|\n|/\*.*?\*/|->|[=!<>&|+-]=|&&|\|\||\.\.\.|.", re.DOTALL)
_EXAMPLE = re.compile(r"^(?:Bad|Good) \([^)]*\)::\n\n((?:    .*\n|\n)+)", re.MULTILINE)
_JUNK = (
    b"{ } ( ) ; , : ? \" ' /* */ // # * & ! ~ = == - -1UL 0 1 1UL 0x7fffffffffffffffffff (pte_t) (struct page *)1"
    b" return; goto out; out: if else while do for switch case default: break; continue; sizeof typeof NULL && ||"
    b" ->x .y [0] \\ #if #ifdef\tX #else #endif __user asm ({ }) \x00 \xef\xbb\xbf \xe9 \r ... 'x' \"s\" 1e5 0b1 0x ?:"
    b" ++ -- <<= <> @ $"
).split(b" ")
_KEYWORD = re.compile(rb"(?:if|for|while|switch|do|else|return|sizeof|case|goto)\b")
_STORAGE = re.compile(rb"\b(?:static|extern|typedef|register|auto|inline)\b")
_HOT = re.compile(rb"p[tm]e|pmd|swp|entry|page|folio|rmap|excl|VM_|FOLL")
Check = Callable[[bytes], Report]


class TooSlow(BaseException):
    """An input took longer than it may."""


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def texts() -> list[bytes]:
    """Return the C texts to start from: functions of kernels, of fixtures, of the rules' documentation."""
    found = [path.read_bytes() for path in sorted((ROOT / "fixtures").rglob("*.c"))]
    found += [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.c"))]
    for rule in registry.rules():
        for block in _EXAMPLE.findall(rule.doc + "\n"):
            found.append("\n".join(line[4:] for line in block.splitlines()).encode() + b"\n")
    kernels = os.environ.get("ANONLINT_KERNELS")
    for path in sorted(Path(kernels).glob("*/mm/*.c")) if kernels else ():
        data = path.read_bytes()
        if b"swp_entry" in data or b"AnonExclusive" in data or b"mkwrite" in data:
            found += [data[e.span.start : e.span.end] + b"\n" for e in find_in_file(data)]
    return [text for text in found if re.search(rb"pte|pmd|swp|softleaf|folio|page", text)]


class Mutator:
    """Changes C texts; ``words`` are the identifiers that stand in for each other."""

    def __init__(self, seeds: Sequence[bytes], rng: random.Random) -> None:
        self.seeds = seeds
        self.rng = rng
        self.words = sorted({word for text in seeds for word in re.findall(rb"[A-Za-z_]\w+", text)})
        self.hot = [word for word in self.words if _HOT.search(word)]

    def text(self) -> bytes:
        """Return a changed text of one to three functions."""
        rng = self.rng
        tokens = _TOKEN.findall(b"\n".join(rng.choice(self.seeds) for _ in range(rng.choice((1, 1, 1, 2, 3)))))
        for _ in range(rng.choice((1, 1, 2, 3, 5, 9))):
            self.change(tokens)
        return b"".join(tokens)

    def change(self, tokens: list[bytes]) -> None:
        """Change one thing."""
        rng = self.rng
        at = rng.randrange(len(tokens) + 1)
        end = min(at + rng.choice((1, 1, 2, 4, 12)), len(tokens))
        how = rng.randrange(9)
        if how == 0:
            del tokens[at:end]
        elif how == 1:
            tokens[at:at] = tokens[at:end] * rng.choice((1, 1, 2, 30))
        elif how == 2:
            tokens.insert(at, rng.choice(_JUNK))
        elif how == 3:
            tokens[at : at + 1] = [rng.choice(_JUNK)]
        elif how == 4:
            other = rng.randrange(len(tokens) + 1)
            tokens[at:end], tokens[other : other + 1] = tokens[other : other + 1], tokens[at:end]
        elif how == 5:
            tokens[at:at] = _TOKEN.findall(self.rng.choice(self.seeds))[: rng.choice((3, 20, 80))]
        elif how == 6 and rng.random() < 0.2:
            del tokens[at:]
        else:
            names = [i for i, token in enumerate(tokens) if token[:1].isalpha() or token[:1] == b"_"]
            if names:
                tokens[rng.choice(names)] = rng.choice(self.hot if rng.random() < 0.8 else self.words)

    def patch(self) -> bytes:
        """Return a patch, in a mail or bare, that changes one text into another; often damaged itself."""
        rng = self.rng
        old = rng.choice(self.seeds)
        tokens = _TOKEN.findall(old)
        for _ in range(rng.choice((1, 2, 4))):
            self.change(tokens)
        before, after = (part.decode("latin-1").splitlines(keepends=True) for part in (old, b"".join(tokens)))
        diff = difflib.unified_diff(before, after, "a/mm/x.c", "b/mm/x.c", n=rng.choice((0, 3, 10)))
        text = "".join(diff).encode("latin-1")
        if rng.random() < 0.5:
            text = b"From: A <a@b.c>\nSubject: [PATCH] mm: x\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nx\n---\n" + text
        if rng.random() < 0.5:
            parts = text.split(b"\n")
            self.change(parts)
            text = b"\n".join(parts)
        return text if rng.random() < 0.9 else b"\n".join(b"> " + line for line in text.split(b"\n"))


def checker(name: str) -> Check:
    """Return what checks one input."""
    rules = registry.rules()

    def check(data: bytes) -> Report:
        Path(name).write_bytes(data)
        request = Request(inputs=(name,), quoted=True)
        report = runner.check(runner.Options(request, rules, workers=1), lambda: b"")
        return report._replace(stats=report.stats._replace(seconds=0.0))

    return check


def lost(data: bytes) -> list[bytes]:
    """Return the functions that tree-sitter sees in the whole text and anonlint does not."""
    extents = find_in_file(data)
    found = []
    for node in parser().parse(data).root_node.named_children:
        body = node.child_by_field_name("body") if node.type == "function_definition" else None
        if body is None or node.has_error or not data.startswith(b"{", body.start_byte):
            continue
        head = node.child_by_field_name("declarator")
        if _KEYWORD.match(head.text) or _STORAGE.search(data[head.end_byte : body.start_byte]):
            continue  # no function's name, or no head: tree-sitter takes "f(void) static {" for one
        if not any(e.span.start <= body.start_byte < e.span.end for e in extents):
            found.append(bytes(node.text[:80]))
    return found


def defect(data: bytes, check: Check, *, is_c: bool) -> str:
    """Return what is wrong with how an input is treated, "" if nothing is: a line that names the defect."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SLOW)
    try:
        report = check(data)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        crash = next((error for error in report.errors if "internal error" in error), "")
        if crash:
            return re.sub(r".*?(internal error.*)", r"\1", crash)
        if check(data) != report:
            return "two runs differ"
        if is_c and b"\0" not in data and (gone := lost(data)):
            return f"a function vanished: {gone[0].split(b'(')[0].decode('latin-1')}"
        if is_c and report.stats.functions < len(find_in_file(data)) and report.stats.functions:
            return "functions are not counted"
    except TooSlow:
        return f"longer than {SLOW} s"
    except Exception as error:
        return f"exception {type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def kind(found: str) -> str:
    """Return the part of a defect that is the same for all inputs with that defect."""
    return found.split(":")[0] if found.startswith("a function vanished") else re.sub(r"'[^']*'|\d+", "", found)


def smaller(data: bytes, check: Check, found: str, *, is_c: bool) -> bytes:
    """Return a small input with the same defect: lines, then tokens taken out while it stays."""
    limit = time.monotonic() + 60
    for split in (re.compile(rb"[^\n]*\n|[^\n]+"), _TOKEN):
        parts = split.findall(data)
        size = max(len(parts) // 2, 1)
        while size and time.monotonic() < limit:
            at = 0
            while at < len(parts) and time.monotonic() < limit:
                rest = parts[:at] + parts[at + size :]
                if kind(defect(b"".join(rest), check, is_c=is_c)) == kind(found):
                    parts = rest
                else:
                    at += size
            size //= 2
        data = b"".join(parts)
    return data


def inputs(mutator: Mutator) -> Iterator[tuple[bytes, bool]]:
    """Yield inputs without end, and whether each is C."""
    while True:
        is_c = mutator.rng.random() < 0.7
        yield (mutator.text() if is_c else mutator.patch()), is_c


def main(arguments: Sequence[str]) -> int:
    """Run the loop; the exit status is 1 if a defect was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--save", type=Path, default=Path("fuzz-found"), metavar="DIR")
    asked = options.parse_args(arguments)
    signal.signal(signal.SIGVTALRM, _alarm)
    asked.save.mkdir(parents=True, exist_ok=True)
    scratch = {True: checker(str(asked.save / "input.c")), False: checker(str(asked.save / "input.patch"))}
    mutator = Mutator(texts(), random.Random(asked.seed))
    start = told = time.monotonic()
    found: dict[str, str] = {}
    tried = 0
    for data, is_c in inputs(mutator):
        now = time.monotonic()
        if now - start > asked.seconds:
            break
        if now - told > 60:
            told = now
            print(f"fuzz: {tried} inputs, {len(found)} defects, {now - start:.0f} s", file=sys.stderr, flush=True)
        tried += 1
        wrong = defect(data, scratch[is_c], is_c=is_c)
        if wrong and kind(wrong) not in found:
            found[kind(wrong)] = wrong
            small = smaller(data, scratch[is_c], wrong, is_c=is_c)
            path = asked.save / f"{asked.seed}-{len(found)}{'.c' if is_c else '.patch'}"
            path.write_bytes(small)
            print(f"fuzz: {wrong}\n  {path}: {small[:300]!r}", flush=True)
    print(f"fuzz: {tried} inputs tried, {len(found)} defects found in {time.monotonic() - start:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
