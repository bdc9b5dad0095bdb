"""The command line as a user meets it: usage, errors, exit status, colours."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from anonlint.cli import check, commands, options, terminal
from anonlint.cli.main import main
from anonlint.errors import InputError, UsageError
from anonlint.model.finding import Severity
from anonlint.model.report import Report
from anonlint.run import runner
from tests.report import reports as R  # noqa: N812 - short, for it stands on every line

Answer = Callable[[Report], None]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Answer:
    """Return a function that sets what the runner finds, away from any settings file."""
    monkeypatch.chdir(tmp_path)

    def use(report: Report) -> None:
        monkeypatch.setattr(runner, "check", lambda *_: report)

    return use


def anonlint(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "anonlint", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "a command is missing: check, diff, checkpatch, kbuild, table, rules, explain, rule, vocabulary, doctor"),
        (("chek",), "unknown command 'chek'; did you mean check?"),
        (("--frmat",), "unknown option --frmat before a command"),
        ((".",), "unknown command '.'; to check that input: anonlint check ."),
        (("check",), "check: an INPUT, --git or --staged is needed"),
        (("check", "--fromat", "json", "x"), "check: unknown option --fromat; did you mean --format?"),
        (("check", "-format", "json", "x"), "check: option -f: 'ormat' is none of"),
        (("check", "-z"), "check: unknown option -z (see anonlint check --help)"),
        (("check", "--zzz"), "check: unknown option --zzz (see anonlint check --help)"),
        (("check", "HEAD~2"), "HEAD~2: cannot be read: No such file or directory; commits are checked by --git HEAD~2"),
        (("check", "v6.1..topic"), "commits are checked by --git v6.1..topic"),
        (("check", "gone.c"), "gone.c: cannot be read: No such file or directory\n"),
        (("table", "nothing_at_all", "examples/siblings.c"), "(--tree DIR looks through a kernel tree)"),
        (("doctor", "--tree", "examples"), "examples: no kernel tree: include/linux/swapops.h"),
        (("check", "--format"), "check: option --format needs a value"),
        (("check", "--format=jsn", "x"), "lkp, html; did you mean json?"),
        (("check", "--quoted=1", "x"), "option --quoted takes no value"),
        (("check", "-j", "0", "x"), "--jobs: '0' is no number from 1 to 256"),
        (("check", "--kernel", "six", "x"), "--kernel: 'six' is no kernel version like 6.12"),
        (("check", "--select", "AL999", "x"), "unknown rule 'AL999'"),
        (("table", "f"), "table: name the FILE"),
        (("table", "x.c"), "table: the name of a FUNCTION is missing"),
        (("explain",), "explain: CODE|NAME... is missing"),
        (("explain", "AL999"), "no rule 'AL999'"),
        (("rules", "extra"), "rules: unexpected argument 'extra'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("anonlint: ") and err.count("\n") == 1


def test_options_are_read_in_every_spelling() -> None:
    parsed = options.parse(
        commands.CHECK, ["a", "-vj2", "--format=json", "--git", "A..B", "--git=C", "-", "--", "--tree"]
    )
    assert parsed.operands == ("a", "-", "--tree")
    assert parsed.flag("verbose") and not parsed.flag("quoted")
    assert parsed.last("jobs") == "2"
    assert parsed.last("format") == "json"
    assert parsed.all("git") == ("A..B", "C")


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
def test_help_names_every_option_and_has_an_example(
    command: options.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command.name, "--help"]) == 0
    text = capsys.readouterr().out
    assert all(flag in text for option in command.options for flag in option.flags)
    assert f"  anonlint {command.name}" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert command.name in commands.overview()


@pytest.mark.parametrize(
    ("level", "severities", "expected"),
    [
        ("warning", (), 0),
        ("warning", (1,), 0),
        ("note", (1,), 1),
        ("warning", (1, 2), 1),
        ("error", (2,), 0),
        ("error", (3,), 1),
        ("never", (3,), 0),
    ],
)
def test_status_follows_the_fail_level(level: str, severities: tuple[int, ...], expected: int) -> None:
    findings = tuple(R.PFN._replace(severity=Severity(number)) for number in severities)
    assert check.status(R.report(*findings), level) == expected
    assert check.status(R.report(*findings, errors=("x: y",)), level) == 2


def test_findings_go_to_stdout_and_the_rest_to_stderr(
    answer: Answer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    answer(R.report(R.SIBLINGS, skipped=R.SKIPPED, errors=("mm/z.c: cannot be\x1b read",)))
    assert main(["check", "x"]) == 2
    out, err = capfdbinary.readouterr()
    assert out.count(b"\n") == 1 and out.startswith(b"mm/hugetlb.c:6175:8: note: ")
    assert err.splitlines() == [
        b"anonlint: mm/z.c: cannot be\\x1b read",
        b"mm/a.c:12: skipped: big(): more than 4096 states",
        b"mm/b\\x1b.c: skipped: binary",
        b"anonlint: 2 files; 2 functions analysed; 1 note; 2 skipped; 1 not checked",
    ]


def test_many_skipped_functions_are_counted_and_listed_on_request(
    answer: Answer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    answer(R.report(skipped=(*R.SKIPPED, *R.SKIPPED)))
    main(["check", "x"])
    assert capfdbinary.readouterr().err == (
        b"anonlint: 2 files; 2 functions analysed; nothing found; 4 skipped (-v lists them)\n"
    )
    main(["check", "-v", "x"])
    assert capfdbinary.readouterr().err.count(b": skipped: ") == 4


def test_a_terminal_is_told_how_to_go_on(
    answer: Answer, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    answer(R.report(R.SIBLINGS, R.PFN, R.PFN))
    main(["check", "x"])
    assert capfdbinary.readouterr().err.endswith(b"\nanonlint: why, and what is sound: anonlint explain AL101 AL108\n")
    for arguments in (["--format", "json"], ["--format", "gcc"]):
        main(["check", "x", *arguments])
        assert b"explain" not in capfdbinary.readouterr().err
    answer(R.report())
    main(["check", "x"])
    assert b"explain" not in capfdbinary.readouterr().err


def test_a_clean_run_says_what_it_saw_unless_told_to_be_quiet(
    answer: Answer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    answer(R.report())
    assert main(["check", "x"]) == 0
    assert capfdbinary.readouterr() == (b"", b"anonlint: 2 files; 2 functions analysed; nothing found\n")
    assert main(["check", "-q", "x"]) == 0
    assert capfdbinary.readouterr() == (b"", b"")


def test_seconds_only_with_timings(answer: Answer, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    answer(R.report())
    main(["check", "-f", "json", "x"])
    assert b'"seconds": 0.0\n' in capfdbinary.readouterr().out
    main(["check", "-f", "json", "--timings", "x"])
    assert b'"seconds": 0.25\n' in capfdbinary.readouterr().out


def test_output_file_is_complete_or_not_there(answer: Answer, tmp_path: Path) -> None:
    answer(R.report(R.PFN))
    assert main(["check", "-o", "out.txt", "x"]) == 1
    assert (tmp_path / "out.txt").read_bytes().count(b"\n") == 1
    assert main(["check", "-o", "no/such/out.txt", "x"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt"]


def test_table_says_which_function_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "tables", lambda *_: (R.HUGETLB,))
    assert main(["table", "hugetlb_change_protection", "other", "x.c"]) == 0
    out, err = capfdbinary.readouterr()
    assert out.startswith(b"hugetlb_change_protection (protect)\n")
    assert err.startswith(b"anonlint: other() handles no page table entry")


def test_settings_apply_and_the_command_line_wins(
    answer: Answer, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    answer(R.report(R.SIBLINGS))
    (tmp_path / "anonlint.toml").write_text('fail-level = "note"\nformat = "json"\n')
    assert main(["check", "x"]) == 1
    assert capfdbinary.readouterr().out.startswith(b"{")
    assert main(["check", "--fail-level", "error", "--format", "text", "x"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"mm/hugetlb.c")


def test_a_crash_is_one_line_that_names_the_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANONLINT_DEBUG", raising=False)
    monkeypatch.setattr(runner, "check", lambda *_: [][0])
    assert main(["check", "odd.c"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("anonlint: internal error on 'check odd.c': IndexError: list index out of range")
    assert err.count("\n") == 1
    monkeypatch.setenv("ANONLINT_DEBUG", "1")
    with pytest.raises(IndexError):
        main(["check", "odd.c"])


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 130), (InputError("a.c", "gone"), 2), (UsageError("no"), 2)]
)
def test_every_way_to_end_has_its_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException, status: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "check", fail)
    assert main(["check", "x"]) == status


def test_a_closed_pipe_is_quiet() -> None:
    program = f"(sleep 0.3; exec {sys.executable} -m anonlint --help)"
    script = f"{program} | (exec <&-; sleep 1); echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"141\n", b"")


def test_version_and_unreadable_input_from_a_real_process() -> None:
    from anonlint import __version__, built

    assert anonlint("--version").stdout == f"anonlint {__version__} ({built.how()})\n".encode()
    done = anonlint("check", "/no/such/file.c")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1 and b"/no/such/file.c" in done.stderr


@pytest.mark.parametrize(
    ("choice", "environ", "is_terminal", "expected"),
    [
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {"TERM": "xterm"}, False, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0", "FORCE_COLOR": "0", "TERM": "xterm"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {}, True, False),
        ("auto", {"TERM": "xterm", "CLICOLOR": "0"}, True, False),
    ],
)
def test_who_decides_about_colours(choice: str, environ: dict[str, str], is_terminal: bool, expected: bool) -> None:
    assert terminal.wants_colour(choice, environ, is_terminal) is expected


def test_width_heeds_columns_and_has_bounds() -> None:
    with open("/dev/null") as stream:  # noqa: PTH123 - a text stream that is no terminal
        assert [terminal.width({"COLUMNS": c}, stream) for c in ("", "100", "999", "1", "x")] == [
            80,
            100,
            120,
            40,
            80,
        ]


def test_a_function_that_is_not_there_has_near_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    assert main(("table", "protect_entires", "examples/siblings.c")) == 2
    error = capsys.readouterr().err
    assert (
        "no function protect_entires in what was given; did you mean protect_entries or protect_huge_entries?" in error
    )
    assert main(("table", "no_such_thing_at_all", "examples/siblings.c")) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_help_and_version_are_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("help",)) == 0
    overview = capsys.readouterr().out
    assert main(("--help",)) == 0
    assert overview == capsys.readouterr().out
    assert main(("help", "cache")) == 0
    shown = capsys.readouterr().out
    assert main(("cache", "--help")) == 0
    assert shown == capsys.readouterr().out
    assert main(("version",)) == 0
    assert capsys.readouterr().out.startswith("anonlint ")
    assert main(("help", "chek")) == 2
    assert "did you mean check?" in capsys.readouterr().err
