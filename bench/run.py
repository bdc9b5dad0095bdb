"""Measure anonlint and its peers on the same files in one run: processor and wall time, peak memory.

``python -m bench.run`` (or ``./run bench``) prints tables, and whether the targets are met; with --write they
go to docs/benchmarks.md, too. Rounds go on until the medians are steady (bench/measure.py). Peers from
PyPI are installed into a virtual environment in the cache; a peer that cannot be had is said to be
missing. A search that finds another number of things than the others makes the run fail, and
nothing is written: what does not do the same cannot be compared.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import flow
from bench.compiled import compiled_build
from bench.document import document, keys, printed
from bench.measure import Contender, Rounds, Row, nothing, rows
from bench.spent import profile
from bench.targets import verdicts

BENCH = Path(__file__).resolve().parent
PEERS = BENCH / "peers"
PREDICATES = "is_(writable|readable|readable_exclusive)_migration_entry"
CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anonlint"
FLOW = 3  # runs of the flow question
PLAIN = "predicate in an if"
TREE = ("mm", "fs", "kernel", "arch", "include")


def own_contenders(scratch: Path, inputs: Path, compiled: Path | None) -> list[Contender]:
    """Return the bare interpreter and anonlint itself, compiled too if it is; caches live below ``scratch``."""
    script = Path(sys.executable).with_name("anonlint")
    program = (str(script),) if script.exists() else (sys.executable, "-m", "anonlint")
    cold, warm = scratch / "cold", scratch / "warm"

    def forget() -> None:
        shutil.rmtree(cold, ignore_errors=True)

    def own(
        key: str,
        title: str,
        cache: Path,
        arguments: tuple[str, ...],
        prepare: Callable[[], None] = nothing,
        search: str = "",
        most: int = 100,
    ) -> Contender:
        environ = {"XDG_CACHE_HOME": str(cache)}
        if compiled is not None and key.startswith("compiled"):
            environ["PYTHONPATH"] = str(compiled)
        return Contender(key, title, (*program, *arguments), (0, 1), most, environ, prepare, search, exact=True)

    small = str(BENCH / "small.patch")
    mm = ("check", "mm")
    tree = ("check", "-j2", *TREE)
    one = ("check", "--tree", ".", str(inputs / "one.patch"))
    series = ("check", "--tree", ".", str(inputs / "series.mbox"))
    alone = ("check", "-j1")
    contenders = [
        Contender("pass", "python -c pass", (sys.executable, "-c", "pass")),
        own("patch", "one patch, no tree (cold)", cold, ("check", "--no-tree", small), forget, "one patch"),
        own("patch-warm", "one patch, no tree (warm)", warm, ("check", "--no-tree", small), search="one patch"),
        own("one-cold", "one patch with tree (cold)", cold, one, forget, "one patch with tree", 5),
        own("one-warm", "one patch with tree (warm)", warm, one, search="one patch with tree"),
        own("series-cold", "17-patch series with tree (cold)", cold, series, forget, "series", 3),
        own("series-warm", "17-patch series with tree (warm)", warm, series, search="series"),
        own("checkpatch", "anonlint checkpatch (cold)", cold, ("checkpatch", "--no-tree", small), forget),
        own("checkpatch-warm", "anonlint checkpatch (warm)", warm, ("checkpatch", "--no-tree", small)),
        own("cold", "mm/ (cold)", cold, mm, forget, "mm"),
        own("warm", "mm/ (warm)", warm, mm, search="mm"),
        own("tree-cold", "whole tree, -j2 (cold)", cold, tree, forget, "tree", 3),
        own("tree-warm", "whole tree, -j2 (warm)", warm, tree, search="tree"),
        # For their memory: all in one process.
        own("mm-j1", "mm/, -j1 (cold)", cold, (*alone, "mm"), forget, "mm", 2),
        own("series-j1", "series with tree, -j1 (cold)", cold, (*alone, *series[1:]), forget, "series", 2),
        own("tree-j1", "whole tree, -j1 (cold)", cold, (*alone, *TREE), forget, "tree", 1),
    ]
    if compiled is not None:
        contenders += [
            own("compiled-patch", "compiled: one patch, no tree (cold)", cold, ("check", "--no-tree", small), forget),
            own("compiled-cold", "compiled: mm/ (cold)", cold, mm, forget, "mm"),
        ]
    if drop_page_cache():

        def drop() -> None:
            forget()
            drop_page_cache()

        contenders.append(own("disk", "mm/ (cold, page cache dropped)", cold, mm, drop, "mm", 3))
    return contenders


def drop_page_cache() -> bool:
    """Make the kernel forget file contents; False where that is not allowed."""
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError:
        return False
    return True


def peers(directory: Path, install: bool, words: Path) -> tuple[list[Contender], list[str]]:
    """Return the peers that can be run, and a line for each that cannot; grep looks for the ``words``, too."""
    binaries = directory / "bin"
    if install and not (binaries / "semgrep").exists():
        install_peers(directory)
    search = f"if .*{PREDICATES}\\("
    astgrep, semgrep = str(binaries / "ast-grep"), str(binaries / "semgrep")
    rule = {kind: str(PEERS / f"predicate_in_if.{kind}") for kind in ("astgrep.yml", "semgrep.yml", "cocci")}
    path = {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    quiet = ("--metrics=off", "--disable-version-check", "--quiet", "--emacs")
    small = str(BENCH / "small.patch")
    known = [
        Contender(
            "checkpatch.pl",
            "checkpatch.pl small.patch",
            ("perl", "scripts/checkpatch.pl", "--no-tree", small),
            (0, 1),
        ),
        Contender("grep", "grep -E", ("grep", "-rnE", search, "mm"), search=PLAIN),
        Contender(
            "grep-words",
            "grep -rlF of the vocabulary's words, whole tree",
            ("grep", "-rlF", "--include=*.[ch]", "-f", str(words), *TREE),
            search="words",
        ),
        Contender(
            "ast-grep",
            "ast-grep",
            (astgrep, "scan", "--rule", rule["astgrep.yml"], "--json=stream", "mm"),
            search=PLAIN,
        ),
        Contender(
            "spatch",
            "spatch",
            ("spatch", "--very-quiet", "--sp-file", rule["cocci"], "--dir", "mm"),
            most=3,
            search=PLAIN,
        ),
        Contender(
            "semgrep",
            "semgrep",
            (semgrep, "scan", *quiet, "--config", rule["semgrep.yml"], "mm"),
            most=3,
            environ=path,
            search=PLAIN,
        ),
    ]
    hints = {"spatch": "apt-get install coccinelle", "grep": "apt-get install grep"}
    present = [peer for peer in known if shutil.which(peer.command[0])]
    missing = [
        f"{peer.title} is missing and was not measured ({hints.get(peer.key, 'not to be had from PyPI')})"
        for peer in known
        if peer not in present
    ]
    return present, missing


def install_peers(directory: Path) -> None:
    """Install the peers that PyPI has; what fails shows up as missing."""
    print(f"bench: installing peers into {directory}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)
    for line in (PEERS / "requirements.txt").read_text().split():
        pip = (directory / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, line], check=False)


def spent_on(measured: Sequence[Row], inputs: Path, tree: Path) -> list[str]:
    """Return, of what missed its target, what its time is spent on."""
    profiled = {
        "cold": ("mm/ cold", ("mm",)),
        "series-cold": ("the series, cold", ("--tree", ".", str(inputs / "series.mbox"))),
        "tree-cold": ("whole tree, cold", TREE),
    }
    return [
        f"{profiled[verdict.key][0]}: {profile(profiled[verdict.key][1], tree)}"
        for verdict in verdicts(measured)
        if verdict.key in profiled and not verdict.met
    ]


def make_inputs(tree: Path, folder: Path) -> None:
    """Write the series, its first patch and the words; in a process of its own, whose memory is not ours."""
    folder.mkdir()
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(BENCH.parent), os.getenv("PYTHONPATH"))))}
    if subprocess.run([sys.executable, "-m", "bench.inputs", tree, folder], env=environ, check=False).returncode:
        sys.exit("bench: its inputs could not be made")


def main() -> None:
    """Measure, print, and write on request."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kernels", default=os.environ.get("ANONLINT_KERNELS", str(CACHES / "kernels")))
    parser.add_argument("--least", type=int, default=Rounds().least, help="rounds at least")
    parser.add_argument("--most", type=int, default=Rounds().most, help="rounds at most; what is slow has 1 to 5")
    parser.add_argument("--seconds", type=float, default=Rounds().seconds, help="no new round after so long")
    parser.add_argument("--peers", type=Path, default=CACHES / "bench-peers", help="virtual environment for peers")
    parser.add_argument(
        "--compiled", type=Path, default=CACHES / "bench-compiled", help="where the compiled build goes"
    )
    parser.add_argument("--no-install", action="store_true", help="do not install missing peers")
    parser.add_argument("--flow", action="store_true", help="only the flow question (bench/flow.py)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    tree = Path(arguments.kernels) / "linux-source-6.12"
    if not (tree / "mm").is_dir():
        sys.exit(f"bench: {tree}/mm is missing; ./run kernels gets it")
    if arguments.flow and arguments.write:
        parser.error("--write writes all of it: not with --flow")
    with tempfile.TemporaryDirectory(prefix="anonlint-bench-") as scratch:
        inputs = Path(scratch, "inputs")
        present, missing = peers(arguments.peers, not arguments.no_install, inputs / "words")
        make_inputs(tree, inputs)
        runs = min(arguments.least, FLOW)
        asked = flow.section(flow.compare(flow.tools(arguments.peers / "bin"), tree, runs), runs)
        if arguments.flow:
            print(asked, end="")
            return
        fault = compiled_build(arguments.compiled, not arguments.no_install)
        missing += [fault] if fault else []
        contenders = [*own_contenders(Path(scratch), inputs, None if fault else arguments.compiled), *present]
        rounds = Rounds(arguments.least, arguments.most, arguments.seconds)
        first = [c for c in contenders if c.key.endswith(("warm", "compiled-patch"))]
        rows(first, Rounds(1, 1), tree)  # fills cache and __pycache__
        measured = rows(contenders, rounds, tree)
        spent = spent_on(measured.rows, inputs, tree)
    print(printed(measured, missing, spent, asked), end="")
    if measured.differ:
        sys.exit("".join(f"bench: {line}\n" for line in measured.differ) + "bench: failed; nothing is written")
    if arguments.write:
        page = BENCH.parent / "docs" / "benchmarks.md"
        kept = keys(page.read_text()) if page.exists() else ""
        page.write_text(document(measured, missing, spent, asked, tree) + kept)


if __name__ == "__main__":
    main()
