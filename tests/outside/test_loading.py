"""Rules that do not ship with anonlint: where they are looked for, what is loaded, and what is wrong with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anonlint.errors import UsageError
from anonlint.policy import values
from anonlint.rule import outside, registry

ROOT = Path(__file__).resolve().parents[2]
RULE = '''\
"""A thing is stored.

Why: it is.

Misses: nothing.
"""
from anonlint.rule.plugin import Diagnostic, Severity, rule

@rule(code="{code}", name="{name}", severity=Severity.ERROR, since="1", words=frozenset(("store",)), {more})
def check(p):
    for store in p.facts.stores:
        yield Diagnostic(store.span, "{message}")
'''
STORES = """\
static void put(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t pte)
{
	set_pte_at(mm, addr, ptep, pte_wrprotect(pte));
}
"""


def write(path: Path, code: str = "XY101", name: str = "thing-stored", message: str = "stored", more: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE.format(code=code, name=name, message=message, more=more))
    return str(path)


def anonlint(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "anonlint", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'rules'}", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_file_a_directory_and_a_package_give_their_rules(tmp_path: Path) -> None:
    file = write(tmp_path / "one.py")
    directory = tmp_path / "several"
    write(directory / "a.py", "XY102", "thing-a")
    write(directory / "below" / "b.py", "XY103", "thing-b")
    write(directory / "tests" / "c.py", "XY104", "thing-c")
    write(directory / "_help.py", "XY105", "thing-d")
    package = tmp_path / "packed_for_test"
    write(package / "a.py", "XY106", "thing-e")
    (package / "__init__.py").write_text("")
    (package / "again.py").write_text("from packed_for_test.a import check\n")
    named = (file, str(directory), str(package))
    assert [rule.code for rule in registry.outside(named)] == ["XY101", "XY102", "XY103", "XY106"]
    assert len(registry.rules(named)) == len(registry.rules()) + 4
    assert file in outside.files(named) and str(package / "again.py") in outside.files(named)


@pytest.mark.fault("a file of rules is no Python, exits, or describes no rule", "its file and line are named; status 2")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:\n", r"rules.py:1: "),
        ("\n\nraise KeyError('x')\n", r"rules.py:3: KeyError"),
        ("import sys\nsys.exit(0)\n", r"rules.py:2: SystemExit"),
        ("x = 1\n", "no rules are in it"),
        (RULE.format(code="AL999", name="a-b", message="", more=""), "rules.py:9: AL999: codes that begin with AL"),
        (RULE.format(code="xy1", name="a-b", message="", more=""), "rules.py:9: 'xy1' is no code or name"),
        (RULE.format(code="XY101", name="pfn-before-kind", message="", more=""), "there is AL108 pfn-before-kind"),
        (
            RULE.format(code="XY101", name="a-b", message="", more="kernels='6'"),
            "rules.py:9: ValueError: XY101: kernels",
        ),
        (RULE.format(code="XY101", name="a-b", message="", more="colour=1"), "rules.py:9: TypeError: .*colour"),
        (RULE.format(code="XY101", name="a-b", message="", more="about=frozenset(('x',))"), "no class 'x'"),
        (RULE.format(code="XY101", name="a-b", message="", more="").partition("from")[2].join(("from", "")), "page"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.py"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        registry.rules((str(path),))


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("/no/such/place.py", "no such file or directory"),
        ("no_such_module", "no module 'no_such_module'"),
        ("entry-points:nobody", "no package has such an entry point"),
    ],
)
def test_what_is_not_there_is_said(word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        registry.rules((word,))


def test_two_rules_of_one_code_are_both_named(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.py"), write(tmp_path / "b.py", name="other-name")
    with pytest.raises(UsageError, match=rf"{second}:9: XY101 other-name: there is XY101 thing-stored \({first}:9\)"):
        registry.rules((first, second))


def test_kernels_and_scope_are_the_engines_to_ask(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text(STORES)
    old = write(tmp_path / "old.py", more="kernels='4.18-5.3'")
    for kernel, status in (("5.3", 1), ("5.4", 0)):
        done = anonlint("check", "--plugins", old, "--select", "XY", "--kernel", kernel, "x.c", cwd=tmp_path)
        assert done.returncode == status, done
    (tmp_path / "k.c").write_text(STORES.replace("struct mm_struct *mm, ", "").replace("(mm,", "(&init_mm,"))
    user = write(tmp_path / "user.py", more="scope='user'")
    for file, status in (("x.c", 1), ("k.c", 0)):
        done = anonlint("check", "--plugins", user, "--select", "XY", file, cwd=tmp_path)
        assert done.returncode == status, done


# -- who may name rules


@pytest.mark.fault("a tree brings settings that name rules of its own", "nothing is loaded, and that is said")
def test_the_tree_that_is_checked_loads_nothing(tmp_path: Path) -> None:
    write(tmp_path / "rules" / "evil.py")
    with (tmp_path / "rules" / "evil.py").open("a") as file:
        file.write("\nopen('loaded', 'w')\n")
    (tmp_path / "anonlint.toml").write_text('plugins = ["rules/"]\n')
    (tmp_path / "x.c").write_text(STORES)
    done = anonlint("check", "x.c", cwd=tmp_path)
    assert "anonlint.toml: plugins: not loaded" in done.stderr
    assert "XY101" not in anonlint("rules", cwd=tmp_path).stdout
    assert not (tmp_path / "loaded").exists()


def test_the_users_own_settings_load_what_they_name(tmp_path: Path) -> None:
    home, tree = tmp_path / "home", tmp_path / "tree"
    write(home / "anonlint" / "mine" / "a.py")
    (home / "anonlint" / "anonlint.toml").write_text('plugins = ["mine/"]\nkernel = "6.1"\n')
    tree.mkdir()
    (tree / "x.c").write_text(STORES)
    done = anonlint("check", "x.c", cwd=tree, XDG_CONFIG_HOME=str(home))
    assert "stored [XY101 thing-stored]" in done.stdout
    listed = anonlint("settings", cwd=tree, XDG_CONFIG_HOME=str(home)).stdout
    assert str(home / "anonlint" / "mine") in listed and "6.1" in listed
    (tree / "anonlint.toml").write_text('kernel = "6.12"\n')  # the nearest file counts, for all but the rules
    listed = anonlint("settings", cwd=tree, XDG_CONFIG_HOME=str(home)).stdout
    assert str(home / "anonlint" / "mine") in listed and "6.12" in listed


@pytest.mark.fault("a tree has a module of the name of your rules", "it is not taken for them")
def test_a_module_is_never_taken_from_the_current_directory(tmp_path: Path) -> None:
    write(tmp_path / "acme_from_here.py")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'rules'}"}
    command = [sys.executable, "-m", "anonlint", "rules", "--plugins", "acme_from_here"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "there is no module 'acme_from_here'" in done.stderr


def test_paths_are_from_where_they_are_said() -> None:
    assert values.located(("rules/a.py", "./b", "/c", "acme.rules", "entry-points"), "/home/me") == (
        "/home/me/rules/a.py",
        "/home/me/b",
        "/c",
        "acme.rules",
        "entry-points",
    )


# -- what becomes of them in a run


def test_a_changed_rule_is_not_answered_from_the_cache(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text(STORES)
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "ANONLINT_NO_CACHE": ""}
    rule = write(tmp_path / "r.py", message="first")
    command = ("check", "--plugins", rule, "--select", "XY101", "x.c")
    assert "first" in anonlint(*command, cwd=tmp_path, **cache).stdout
    assert "first" in anonlint(*command, cwd=tmp_path, **cache).stdout
    stat = Path(rule).stat()
    write(tmp_path / "r.py", message="other")
    os.utime(rule, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # its size and time are the same
    assert "other" in anonlint(*command, cwd=tmp_path, **cache).stdout


@pytest.mark.fault(
    "a rule of your own fails",
    "its file and line are named, the function is not clean, the others are judged; status 2",
)
def test_a_rule_that_fails_is_named(tmp_path: Path) -> None:
    rule = tmp_path / "broken.py"
    rule.write_text(RULE.format(code="XY101", name="a-b", message="x", more="").replace("store.span", "store.spam"))
    (tmp_path / "x.c").write_text(STORES)
    done = anonlint("check", "--plugins", str(rule), "x.c", cwd=tmp_path)
    assert done.returncode == 2
    assert f"at {rule}:12" in done.stderr and "Traceback" not in done.stderr


def test_a_rule_that_yields_what_is_no_finding_is_named(tmp_path: Path) -> None:
    rule = tmp_path / "odd.py"
    text = RULE.format(code="XY101", name="a-b", message="x", more="")
    rule.write_text(text.replace('Diagnostic(store.span, "x")', "42"))
    (tmp_path / "x.c").write_text(STORES)
    done = anonlint("check", "--plugins", str(rule), "x.c", cwd=tmp_path)
    assert done.returncode == 2 and "XY101 yields 42, which is neither a Diagnostic nor a Member" in done.stderr


@pytest.mark.fault("a file of rules never ends", "the run can be ended by a signal")
def test_loading_can_be_interrupted(tmp_path: Path) -> None:
    import signal
    import time

    (tmp_path / "loop.py").write_text("open('begun', 'w').close()\nwhile True:\n    pass\n")
    command = [sys.executable, "-P", "-m", "anonlint", "rules", "--plugins", "./loop.py"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'rules'}"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as running:
        until = time.monotonic() + 60
        while not (tmp_path / "begun").exists() and time.monotonic() < until:
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (128 + signal.SIGTERM, b"")


def test_a_remark_may_name_a_rule_from_outside(tmp_path: Path) -> None:
    rule = write(tmp_path / "r.py")
    (tmp_path / "x.c").write_text(STORES.replace(";\n}", "; /* anonlint: ignore[XY101] so be it */\n}"))
    done = anonlint("check", "--plugins", rule, "--select", "XY,AL001", "x.c", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done


def test_without_rules_from_outside_nothing_is_looked_for(tmp_path: Path) -> None:
    probe = "import sys; from anonlint.cli.main import main; main(['check', 'x.c']); print(*sys.modules, sep='\\n')"
    (tmp_path / "x.c").write_text("int x;\n")
    command = [sys.executable, "-c", probe]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'rules'}"}
    modules = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert "anonlint.rule.outside" not in modules.split() and "importlib.metadata" not in modules.split()
