"""``anonlint archive``: judges all that is new in a list or a history, and reports on all that was found."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from anonlint import limits
from anonlint.cli import inputs, output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError
from anonlint.policy import settings as policy

if TYPE_CHECKING:
    from anonlint.archive.database import Database
    from anonlint.archive.results import Results
    from anonlint.archive.sources import Source
    from anonlint.archive.team import Team
    from anonlint.archive.units import Way
    from anonlint.archive.working import Work

DATABASE = "anonlint-archive.sqlite"
BUDGET = 60.0
_FEW = 5  # mails that could not be read are named
_REPORT = ("since", "series", "new", "format", "output")
_RUN = ("git", "tree", "jobs", "scheduler", "cluster", "budget", "again", "kernel", "select", "ignore", "preview")


def run(parsed: Parsed) -> int:
    """Judge what is new, or report."""
    if parsed.operands[:1] == ("report",):
        _refuse(parsed, _RUN, "judging: anonlint archive DIR")
        from anonlint.cli import archived

        return archived.run(parsed, parsed.last("db") or DATABASE)
    _refuse(parsed, _REPORT, "reports: anonlint archive report")
    return _judge(parsed)


def _refuse(parsed: Parsed, keys: tuple[str, ...], what: str) -> None:
    for key, _ in parsed.given:
        if key in keys:
            raise UsageError(f"archive: --{key} is for {what}")


def _judge(parsed: Parsed) -> int:
    import sqlite3

    from anonlint.archive import database, sources, working
    from anonlint.archive.results import Results

    history = parsed.last("git")
    if not (parsed.operands or history):
        raise UsageError("archive: a DIR, --git A..B or report is needed (see anonlint archive --help)")
    settings = inputs.settings()
    directory = parsed.operands[0] if parsed.operands else parsed.last("tree") or "."
    found = sources.found(directory, history)
    way = _way(parsed, settings)
    team = _team(parsed, way)
    base = database.create_or_open(parsed.last("db") or DATABASE)
    try:
        _run(parsed, base, found, team, Results(base, working.begin(base), way.key, _counts(settings)))
        return 0
    except limits.Interrupted as interrupted:
        left = base.number("SELECT count(*) FROM series WHERE state = 'waiting'")
        output.complain(f"interrupted; {left} series are left: the same command goes on where this one was")
        raise interrupted from None
    except sqlite3.Error as error:
        raise UsageError(f"{base.path}: {database.told(error)}; the same command goes on where this one was") from error
    finally:
        for source in found:
            source.close()
        base.close()


def _run(
    parsed: Parsed, base: "Database", found: "list[Source]", team: "Callable[[], Team]", results: "Results"
) -> None:
    from anonlint.archive import working
    from anonlint.archive.feeding import Feeding
    from anonlint.cli.watching import watcher

    with watcher(quiet=parsed.flag("quiet")) as watch:
        working.read(base, results.run, found, watch)
        if parsed.flag("again"):
            working.wait_again(base, results.run)
        feeding = Feeding(base, found, parsed.last("tree"))
        work = working.Work(feeding, results, team, watch)
        try:
            work.run()
        finally:
            feeding.close()
    working.end(base, results.run)
    _summed_up(parsed, base, results.run, work, results.way)


def _summed_up(parsed: Parsed, base: "Database", run: int, work: "Work", way: str) -> None:
    """Say what was done, and what was not."""
    troubles = base.rows(
        "SELECT source.name, place, reason FROM trouble JOIN source ON number = source WHERE run = ?", (run,)
    )
    for name, place, reason in troubles[:_FEW]:
        output.complain(f"{name}: {place}: {reason}")
    if len(troubles) > _FEW:
        output.complain(f"{len(troubles) - _FEW} mails more could not be read (table trouble)")
    for line in work.left_out:
        output.complain(line)
    stale = base.number("SELECT count(*) FROM series WHERE state = 'judged' AND way <> ?", (way,))
    if stale:
        output.complain(f"{stale} series were judged by other rules or another anonlint (--again judges them anew)")
    if not parsed.flag("quiet"):
        mails = base.number("SELECT mails FROM run WHERE number = ?", (run,))
        output.complain(
            f"{_counted(mails, 'mail')} read, {work.series} series judged, {_counted(work.findings, 'new finding')}; "
            f"{base.path} holds {_counted(base.number('SELECT count(*) FROM finding'), 'finding')}"
        )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _way(parsed: Parsed, settings: policy.Settings) -> "Way":
    """Return how units are judged."""
    from anonlint.archive.program import program
    from anonlint.archive.units import Way
    from anonlint.policy.select import choose
    from anonlint.rule import registry

    selections, preview = inputs.selections(parsed, settings), parsed.flag("preview")
    choose(registry.rules(), selections, preview)  # an unknown rule is an error
    tree = parsed.last("tree")
    if tree and not os.path.isdir(tree):
        raise UsageError(f"--tree {tree}: the tree is no directory")
    asked = inputs.options(parsed, settings, ())
    return Way(
        selections,
        preview,
        asked.kernel,
        settings.vocabulary,
        settings.path,
        bool(tree),
        asked.budget or BUDGET,
        bool(asked.cache),
        program(),
    )


def _counts(settings: policy.Settings) -> Callable[[str, str], bool]:
    """Return what tells whether a rule's finding in a file counts."""
    from anonlint.policy.places import counts
    from anonlint.rule import registry

    names = {rule.code: rule.name for rule in registry.rules()}
    return lambda path, code: counts(path, code, names.get(code, ""), settings.places)


def _team(parsed: Parsed, way: "Way") -> "Callable[[], Team]":
    """Return what calls those together who do the work."""
    scheduler, local = parsed.last("scheduler"), parsed.last("cluster")
    if scheduler and local:
        raise UsageError("archive: of --scheduler and --cluster only one can be")
    if scheduler or local:
        if parsed.last("jobs"):
            raise UsageError("archive: --jobs is for worker processes without a cluster")
        count = _local(local)
        from anonlint.archive.cluster import Cluster, dask

        dask()  # if it is not there, that is said before anything is done
        return lambda: Cluster(way, scheduler, count)
    from anonlint.archive.team import Local

    jobs = inputs.number(parsed.last("jobs"), "--jobs") or os.cpu_count() or 1
    return lambda: Local(way, jobs)


def _local(text: str) -> int:
    """Return the number of "local:N"; 0 for nothing."""
    if not text:
        return 0
    word, _, number = text.partition(":")
    if word != "local" or not number:
        raise UsageError(f"--cluster: {text!r} is not local:N, the number of processes (another cluster: --scheduler)")
    return inputs.number(number, "--cluster local:")
