"""What the flow question is judged by, and what anonlint says to it."""

import re
from pathlib import Path

from bench import flow
from bench.flow import CORPUS, Known, Place, answers, hits, judge, section, tools

OURS, COCCINELLE, SEMGREP, CLANG = tools(Path("bin"))


def test_every_page_that_is_taken_has_an_answer() -> None:
    known = answers(CORPUS)
    takes = re.compile(r"\b(?:pte_page|pte_pfn|pfn_swap_entry_to_page)\(")
    for path in CORPUS:
        lines = path.read_text().splitlines()
        assert {n for n, line in enumerate(lines, 1) if takes.search(line)} == {
            p.line for p in known if p.file == path.name
        }
    functions = [answer.function for answer in known.values()]
    assert len(set(functions)) == len(functions) >= 25
    assert 10 <= sum(answer.bad for answer in known.values()) <= len(functions) - 10


def test_anonlint_answers_as_the_benchmark_says() -> None:
    _, found = flow.ask(OURS, [str(path) for path in CORPUS], flow.PEERS)
    score = judge(found, answers(CORPUS))
    assert score.wrong == ()
    assert score.missed == ("asks_of_another", "is_handed_a_slot", "is_handed_any", "walks_on")


def test_a_judgement_tells_found_missed_and_wrong() -> None:
    bad, good, other = Place("a.c", 1), Place("a.c", 2), Place("a.c", 3)
    known = {bad: Known("f", True), good: Known("g", False), Place("a.c", 9): Known("h", True)}
    assert judge({bad, good, other}, known) == (("f",), ("h",), ("a.c:3", "g"))


def test_hits_are_read_from_each_tool() -> None:
    where = {Place("a.c", 7)}
    assert hits(COCCINELLE, b"flow/a.c:7: hit\nflow/a.c:8: nothing\n") == where
    assert hits(SEMGREP, b"flow/a.c:7:21:info(page-unasked):\tx\n") == where
    assert hits(CLANG, b"flow/a.c:7:12: warning: null\nflow/a.c:8:1: note: calling\n") == where
    said = b"mm/a.c:7:1: error: f(): pte_pfn() is applied to an entry [AL211 x]\n"
    assert hits(OURS, said + b"mm/a.c:8:1: error: f(): pte_write() is applied to an entry [AL211 x]\n") == where


def test_a_tool_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    gone = COCCINELLE._replace(command=(str(tmp_path / "gone"),))
    text = section(flow.compare([gone], tmp_path, 1), 1)
    assert "- Coccinelle is missing and was not measured (apt-get install coccinelle)." in text
    assert "| Coccinelle" not in text
