"""A bug of ours, a signal, a lost process, too little time or memory: what was found is not lost, the rest is named."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from anonlint import limits
from anonlint.intake import Request
from anonlint.model.finding import Severity
from anonlint.model.report import Report
from anonlint.rule import plugin, registry
from anonlint.rule.plugin import Diagnostic, Pass
from anonlint.run import runner
from anonlint.run.pool import spread

BAD = """\
struct page *page_of_{0}(pte_t *ptep)
{{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));
	struct page *page = pfn_swap_entry_to_page(entry);

	lock_page(page);
	return is_migration_entry(entry) ? page : NULL;
}}
"""
HEAD = """\
int f(pte_t *ptep, pmd_t *pmd, struct page *page, struct vm_area_struct *vma)
{
	pte_t pte = ptep_get(ptep);
"""
CRASHED = {
    "a call without operands": "\tif (pmd_present(;))\n\t\treturn 0;\n\tset_pmd_at(mm, a, pmd, pmd_mkwrite(*pmd));\n",
    "a question without operands": "\tif (!IS_ENABLED())\n\t\treturn 0;\n\tset_pte_at(mm, a, ptep, pte);\n",
    "a question about a number": "\tif (pte_write(0))\n\t\treturn 0;\n\tset_pte_at(mm, a, ptep, pte_mkwrite(pte));\n",
    "a pfn and a number": "\tif (pte_pfn(pte) == -1UL)\n\t\treturn 0;\n\tptep_set_wrprotect(mm, a, ptep);\n",
    "a number made dirty": "\tset_pte_at(mm, a, ptep, pte_mkdirty((page) || 1));\n",
    "a member of a number": "\tif (pmdp_test_and_clear_young(vma, a, 1->pmdp))\n\t\treturn 0;\n",
    "a slot at a number": "\tset_pte_at(mm, a, 0, pte);\n",
    "a slot at another number": "\tset_pte_at(mm, a, 1, pte);\n",
    "a slot of an unknown variable": "\tset_pte_at(mm, a, where, first);\n\tptep_get_and_clear(mm, a, where);\n"
    "\tpmd_t(a, where, (seen));\n",
    "a page and a number": "\tpage = vm_normal_page(vma, a, pte);\n\tif (page == (struct page *)1)\n\t\treturn 0;\n"
    "\tset_pte_at(mm, a, ptep, pte_mkwrite(pte));\n",
}


def check(path: Path, *rules: plugin.Rule, workers: int = 1, budget: float = 0.0) -> Report:
    asked = runner.Options(Request(inputs=(str(path),)), (*registry.rules(), *rules), (6, 12), workers, budget=budget)
    return runner.check(asked, lambda: b"")


def command(*arguments: str | int | Path) -> list[str]:
    return [sys.executable, "-m", "anonlint", *map(str, arguments)]


@pytest.mark.fault("code that is being written: a known word with no or odd operands", "it is judged like any other")
@pytest.mark.parametrize("name", CRASHED)
def test_odd_operands_are_no_crash(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    path.write_text(HEAD + CRASHED[name] + "\treturn 1;\n}\n" + BAD.format("b"))
    report = check(path)
    assert report.errors == () and report.skipped == ()
    assert [f.function for f in report.findings if f.code == "AL108"] == ["page_of_b"]


@pytest.mark.fault(
    "anonlint itself fails on a function", 'that function is skipped with "internal error"; the status is 2'
)
def test_a_crash_costs_one_function(tmp_path: Path) -> None:
    @plugin.rule(code="AL999", name="bad-rule", severity=Severity.ERROR, since="0", words=frozenset())
    def bad(p: Pass) -> Iterator[Diagnostic]:
        if p.name == "page_of_b":
            raise ValueError("planted")
        yield from ()

    path = tmp_path / "x.c"
    path.write_text("".join(BAD.format(name) for name in "abc"))
    report = check(path, bad)
    assert {"page_of_a", "page_of_c"} <= {f.function for f in report.findings}
    assert [s.function for s in report.skipped] == ["page_of_b"]
    assert "internal error: ValueError: planted" in report.skipped[0].reason
    assert len(report.errors) == 1 and f"{path}:9: page_of_b(): internal error" in report.errors[0]


@pytest.mark.fault("memory runs out in a function", 'that function is skipped with "out of memory"; the status is 2')
def test_no_memory_costs_one_function(tmp_path: Path) -> None:
    @plugin.rule(code="AL999", name="bad-rule", severity=Severity.ERROR, since="0", words=frozenset())
    def bad(p: Pass) -> Iterator[Diagnostic]:
        if p.name == "page_of_b":
            raise MemoryError
        yield from ()

    path = tmp_path / "x.c"
    path.write_text("".join(BAD.format(name) for name in "abc"))
    report = check(path, bad)
    assert [(s.function, s.reason) for s in report.skipped] == [("page_of_b", "out of memory")]
    assert report.errors == (f"{path}:9: page_of_b(): out of memory",)


@pytest.mark.fault("memory runs out elsewhere", "one line, status 2")
def test_no_memory_is_one_line(tmp_path: Path) -> None:
    big = tmp_path / "x.c"
    big.write_bytes(b"/* is_migration_entry */\n" * 1000)
    os.truncate(big, 120 << 20)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_AS, (160 << 20, 160 << 20))\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{limited}from anonlint.cli.main import run; run()", "check", str(big)],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1 and b"out of memory" in done.stderr


@pytest.mark.fault("--budget is used up in a file of 10,000 functions", "what was not judged is listed as skipped")
def test_a_budget_ends_a_run(tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    path.write_text("".join(BAD.format(i) for i in range(10_000)))
    start = time.process_time()
    report = check(path, budget=1.0)
    assert time.process_time() - start < 5
    left = {s.function for s in report.skipped if "--budget 1 " in s.reason}
    judged = {f.function for f in report.findings}
    assert left and judged | left == {f"page_of_{i}" for i in range(10_000)}
    assert report.stats.functions == 10_000


@pytest.mark.fault("a function that takes endless steps", "it is given up after as many steps on every machine")
def test_one_costly_function_leaves_the_others_their_steps(tmp_path: Path) -> None:
    turns = "".join(f"\tbool b{i} = false;\n\tif (c{i}(vma))\n\t\tb{i} = true;\n" for i in range(40))
    uses = "".join(f"\tif (b{i})\n\t\tset_pte_at(mm, a, ptep, make_migration_entry(pte));\n" for i in range(40))
    path = tmp_path / "x.c"
    path.write_text(HEAD + turns + uses + "\treturn 1;\n}\n" + BAD.format("b"))
    report = check(path)
    assert {s.function for s in report.skipped} == {"f"}
    assert all("steps" in s.reason for s in report.skipped)
    assert [f.function for f in report.findings if f.code == "AL108"] == ["page_of_b"]


@pytest.mark.fault("a worker process is killed", "its file is done again by another")
def test_a_killed_worker_loses_nothing() -> None:
    parent = os.getpid()
    died: list[int] = []
    mark, mark_end = os.pipe()

    def work(job: int) -> int:
        if os.getpid() != parent and not died:
            os.set_blocking(mark, False)
            try:
                first = os.read(mark, 1)
            except BlockingIOError:
                first = b""
            if first:
                os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return job * 2

    os.write(mark_end, b"x")  # the first worker that gets here dies
    try:
        assert spread(list(range(8)), [1] * 8, work, 3, lambda _job, _how: -1) == [i * 2 for i in range(8)]
    finally:
        os.close(mark)
        os.close(mark_end)


@pytest.mark.fault("a file whose worker is killed each time", "it is named as not judged; the status is 2")
def test_a_job_that_kills_is_named() -> None:
    parent = os.getpid()

    def work(job: int) -> str:
        if os.getpid() == parent:
            time.sleep(0.2)
        elif job == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return f"done {job}"

    # the heaviest is drawn first: by the worker, for the parent is given the second
    found = spread([1, 0, 2, 3], [1, 9, 1, 1], work, 4, lambda job, how: f"{job} {how}")
    assert sorted(found) in (
        ["0 killed by signal 9", "done 1", "done 2", "done 3"],
        ["done 0", "done 1", "done 2", "done 3"],  # the parent itself drew it
    )


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for i in range(40):
        (tmp_path / f"{i:02}.c").write_text("".join(BAD.format(f"{i}_{j}") for j in range(300)))
    return tmp_path


def end(many: Path, number: int, workers: int, wait: Callable[[], None]) -> tuple[int, str, str, float]:
    """Send a running check a signal; return status, stdout, stderr and the seconds that it then took."""
    run = subprocess.Popen(
        command("check", "-j", workers, "--kernel", "6.12", many),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a shell has its background jobs ignore SIGINT
    )
    wait()
    start = time.monotonic()
    run.send_signal(number)
    out, err = run.communicate(timeout=60)
    return run.returncode, out, err, time.monotonic() - start


@pytest.mark.fault("SIGINT, SIGTERM, SIGHUP", "what was found is printed, the rest named; status 128 + signal")
@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 1), (signal.SIGTERM, 2), (signal.SIGHUP, 2)])
def test_a_signal_ends_a_run_and_loses_nothing(number: int, workers: int, many: Path) -> None:
    for seconds in (2.0, 1.0, 4.0, 0.6):
        status, out, err, took = end(many, number, workers, lambda: time.sleep(seconds))  # noqa: B023
        assert "Traceback" not in err
        assert took < 20
        if out and status == 128 + number:
            break  # it came while the judging went on
    assert status == 128 + number
    assert out.count("AL108") > 0
    assert f"interrupted by {signal.Signals(number).name}" in err


@pytest.mark.fault("a signal while input is awaited", "status 128 + signal, at once")
def test_a_signal_while_reading(tmp_path: Path) -> None:
    run = subprocess.Popen(command("check", "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    time.sleep(1)
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 128 + signal.SIGTERM
    assert b"Traceback" not in err


def test_a_function_that_no_step_counts_is_cut_by_the_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    @plugin.rule(code="AL999", name="bad-rule", severity=Severity.ERROR, since="0", words=frozenset())
    def endless(p: Pass) -> Iterator[Diagnostic]:
        while p.name == "page_of_b":
            pass
        yield from ()

    path = tmp_path / "x.c"
    path.write_text("".join(BAD.format(name) for name in "abc"))
    monkeypatch.setattr(limits, "watches", True)
    monkeypatch.setattr(limits, "_LONGEST", 0.5)
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: limits.ring())
    try:
        report = check(path, endless)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [(s.function, s.reason) for s in report.skipped] == [("page_of_b", "not judged: it takes too long")]
    assert {"page_of_a", "page_of_c"} <= {f.function for f in report.findings}


TREE = """
static struct entry *search(struct rb_root *root, pgoff_t offset)
{
	struct rb_node *node = root->rb_node;

	while (node) {
		struct entry *entry = rb_entry(node, struct entry, rbnode);
		pgoff_t here = swp_offset(entry->swpentry);

		if (here > offset)
			node = node->rb_left;
		else if (here < offset)
			node = node->rb_right;
		else
			return entry;
	}
	return NULL;
}
"""


def test_a_walk_down_a_tree_is_no_explosion(tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    path.write_text(TREE)
    asked = runner.Options(Request(inputs=(str(path),)), registry.rules(), (6, 5), workers=1)
    report = runner.check(asked, lambda: b"")
    assert report.stats.analysed == 1 and not report.skipped
