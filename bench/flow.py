"""A question of flow that others can be asked, too, and who answers it how well.

The question: is the page of an entry taken on a path on which nothing has said that the entry has one? Each tool gets
it in its own language (bench/peers/page_unasked.*), on functions of our own whose answers are known (bench/peers/flow:
a line with a remark ``bad:`` or ``good:`` takes a page), and on mm/ of a kernel.
"""

import re
import shutil
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.measure import Contender, Usage, measure

PEERS = Path(__file__).resolve().parent / "peers"
CORPUS = tuple(sorted((PEERS / "flow").glob("*.c")))
# What takes a page: the rules of ours that are asked say more than that.
_TAKEN = rb"\b(?:pte_page|pte_pfn|pfn_swap_entry_to_page|pfn_swap_entry_folio)\(\) .*\[AL\d+ "
_HIT = re.compile(rb"^(?P<path>[^\s:]+\.c):(?P<line>\d+)\b")
_MARK = re.compile(r"/\* (bad|good): \S")
_FUNCTION = re.compile(r"^[a-z][\w \*]*?\b(\w+)\(")


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


class Known(NamedTuple):
    """What is known of a line that takes a page: the function, and whether that is bad."""

    function: str
    bad: bool


class Tool(NamedTuple):
    """A tool: its command without files, what is a hit in its output, and what it cannot say.

    ``hint`` says how to get it; ``mm`` is false of one that cannot be run on a kernel that was not configured.
    """

    title: str
    command: tuple[str, ...]
    hit: re.Pattern[bytes]
    cannot: str
    hint: str
    statuses: tuple[int, ...] = (0,)
    environ: dict[str, str] | None = None
    mm: bool = True


class Score(NamedTuple):
    """The functions of the corpus that a tool has found, has missed, and those that it is wrong about."""

    found: tuple[str, ...]
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


class Result(NamedTuple):
    """What a tool said of the corpus and what it cost; of mm/ how much it said. None: not run."""

    tool: Tool
    score: Score | None
    corpus: Usage | None
    kernel: Usage | None
    hits: int | None


def tools(binaries: Path) -> list[Tool]:
    """Return anonlint and its peers; those from PyPI are in ``binaries``."""
    own = Path(sys.executable).with_name("anonlint")
    program = (str(own),) if own.exists() else (sys.executable, "-m", "anonlint")
    asked = ("--no-cache", "--kernel", "6.12", "--select", "AL108,AL211", "--format", "gcc")
    taint = ("--metrics=off", "--disable-version-check", "--quiet", "--emacs")
    analyzer = ("-Xclang", "-analyzer-output=text", "-Xclang", "-analyzer-checker=core")
    return [
        Tool(
            "anonlint (AL108, AL211)",
            (*program, "check", *asked),
            re.compile(_TAKEN),
            "By intent nothing is said of an entry that was handed in and is not asked about there, nor of a slot "
            "beside one that was asked about, nor of the kernel's own tables (so each function here has a mapping).",
            "",
            (0, 1),
        ),
        Tool(
            "Coccinelle",
            ("spatch", "--very-quiet", "--sp-file", str(PEERS / "page_unasked.cocci")),
            re.compile(rb": hit$"),
            "A path knows that a question was asked, not how it came out: each shape of a wrong answer is a rule of "
            "its own. A helper that asks has to be named. Nothing is known across calls.",
            "apt-get install coccinelle",
        ),
        Tool(
            "semgrep (taint)",
            (str(binaries / "semgrep"), "scan", *taint, "--config", str(PEERS / "page_unasked.semgrep.yml")),
            re.compile(rb":info\("),
            "Taint has no answers: what was asked about is clean on both sides of the question. A helper that asks has "
            "to be named. Nothing is known across calls (the free edition looks at one function).",
            "PyPI does not give it",
            environ={"PATH": f"{binaries}:/usr/bin:/bin"},
        ),
        Tool(
            "clang's analyzer",
            ("clang", "--analyze", "-w", *analyzer, "-include", str(PEERS / "flow" / "model.h")),
            re.compile(rb": warning: "),
            "The API has to be written for it as a toy (`model.h`) whose mistakes are null pointers. It reads what "
            "compiles: no hunk, no patch, no tree without its configuration, and of a configured kernel the real "
            "headers would be in the toy's place. So mm/ was not asked.",
            "apt-get install clang",
            mm=False,
        ),
    ]


def answers(files: Iterable[Path]) -> dict[Place, Known]:
    """Return what is known of the corpus."""
    known: dict[Place, Known] = {}
    for path in files:
        function = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            head = _FUNCTION.match(line)
            function = head[1] if head else function
            mark = _MARK.search(line)
            if mark:
                known[Place(path.name, number)] = Known(function, mark[1] == "bad")
    return known


def hits(tool: Tool, output: bytes) -> set[Place]:
    """Return the lines of which a tool says that they take a page that may be none."""
    found = set()
    for line in output.splitlines():
        place = _HIT.match(line)
        if place and tool.hit.search(line):
            found.add(Place(Path(place["path"].decode()).name, int(place["line"])))
    return found


def judge(found: set[Place], known: dict[Place, Known]) -> Score:
    """Hold what a tool found against what is known; what is not known to be bad is wrong."""
    bad = {place: answer.function for place, answer in known.items() if answer.bad}
    wrong = [known[place].function if place in known else f"{place.file}:{place.line}" for place in found - set(bad)]
    return Score(
        tuple(sorted(bad[place] for place in found & set(bad))),
        tuple(sorted(name for place, name in bad.items() if place not in found)),
        tuple(sorted(wrong)),
    )


def ask(tool: Tool, arguments: Sequence[str], cwd: Path) -> tuple[Usage, set[Place]]:
    """Run a tool once."""
    contender = Contender(tool.title, tool.title, (*tool.command, *arguments), tool.statuses, environ=tool.environ)
    usage, _, output = measure(contender, cwd)
    return usage, hits(tool, output)


def compare(chosen: Sequence[Tool], tree: Path, runs: int) -> list[Result]:
    """Ask all tools in turns about the corpus and mm/, so many times."""
    known = answers(CORPUS)
    corpus: dict[str, list[Usage]] = {}
    kernel: dict[str, list[Usage]] = {}
    said: dict[str, tuple[Score, int]] = {}
    present = [tool for tool in chosen if shutil.which(tool.command[0])]
    for _ in range(runs):
        for tool in present:
            usage, found = ask(tool, [str(path.relative_to(PEERS)) for path in CORPUS], PEERS)
            corpus.setdefault(tool.title, []).append(usage)
            in_kernel = 0
            if tool.mm:
                whole = ("--dir", "mm") if tool.command[0] == "spatch" else ("mm",)
                usage, places = ask(tool, whole, tree)
                kernel.setdefault(tool.title, []).append(usage)
                in_kernel = len(places)
            said[tool.title] = (judge(found, known), in_kernel)
    return [_result(tool, said.get(tool.title), corpus, kernel) for tool in chosen]


def _result(
    tool: Tool,
    said: tuple[Score, int] | None,
    corpus: dict[str, list[Usage]],
    kernel: dict[str, list[Usage]],
) -> Result:
    if said is None:
        return Result(tool, None, None, None, None)
    mine = kernel.get(tool.title)
    return Result(
        tool, said[0], _median(corpus[tool.title]), _median(mine) if mine else None, said[1] if mine else None
    )


def _median(usages: Sequence[Usage]) -> Usage:
    return Usage(*(statistics.median(column) for column in zip(*usages, strict=True)))


def section(results: Sequence[Result], runs: int) -> str:
    """Return the comparison as a section of Markdown."""
    known = answers(CORPUS)
    bad = sum(answer.bad for answer in known.values())
    lines = [
        "## A question of flow",
        "",
        "Is the page of an entry taken on a path on which nothing has said that the entry has one? Asked of",
        f"{len(known)} functions in `bench/peers/flow/`, {bad} of them bad, which we wrote and whose answers are",
        "known, and of mm/. The peers' rules are ours, too (`bench/peers/page_unasked.*`): who knows a tool better may",
        f"get more out of it. Medians; runs of each: {runs}, in turns, without anonlint's cache. anonlint executes",
        "functions the same, however few of its rules are asked for. All but three functions find the slot themselves.",
        "",
        f"| tool | right of {len(known)} | found of {bad} | missed | false | CPU s | MB | mm/: hits | CPU s | MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(result, len(known)) for result in results if result.score),
        "",
        "Hits in mm/ are lines; they were not judged for this table. What anonlint says there is judged in",
        "`tests/corpus/findings.tsv`.",
        "",
    ]
    for result in results:
        if result.score is None:
            lines.append(f"- {result.tool.title} is missing and was not measured ({result.tool.hint}).")
            continue
        lines.append(f"- **{result.tool.title}**: {result.tool.cannot}")
        lines += [f"  Missed: {_named(result.score.missed)}."] if result.score.missed else []
        lines += [f"  False: {_named(result.score.wrong)}."] if result.score.wrong else []
    lines += [
        "- smatch was not measured: Debian does not have it, and a check of it is C code to be compiled into it.",
        "- sparse was not measured: it has no rules of its users' own.",
    ]
    return "\n".join(lines) + "\n"


def _row(result: Result, total: int) -> str:
    score, corpus, kernel = result.score, result.corpus, result.kernel
    assert score is not None and corpus is not None
    right = total - len(score.missed) - len(score.wrong)
    whole = "| | |" if kernel is None else f"{result.hits} | {kernel.cpu:.2f} | {kernel.memory:.0f} |"
    return (
        f"| {result.tool.title} | {right} | {len(score.found)} | {len(score.missed)} | {len(score.wrong)} "
        f"| {corpus.cpu:.2f} | {corpus.memory:.0f} | {whole}"
    )


def _named(functions: Sequence[str]) -> str:
    return ", ".join(f"{name}()" for name in functions)
