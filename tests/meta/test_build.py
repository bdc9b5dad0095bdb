"""The builds: what the hook decides, what stands in a wheel, and that a pure one needs nothing but hatchling."""

import os
import subprocess
import sys
import zipfile
from importlib import util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from anonlint import __version__, built
from anonlint.dev import native
from anonlint.graph import ir
from bench.compiled import compiled_build

ROOT = Path(__file__).resolve().parents[2]
BROKEN = {"PATH": os.environ["PATH"], "CC": "no-such-compiler"}


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """Return hatch_build.py, as hatchling loads it."""
    spec = util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def decided(hook: ModuleType, target: str = "wheel", version: str = "standard") -> tuple[dict[str, Any], list[str]]:
    """Return what the hook makes of a build's data, and what it says."""
    said: list[str] = []
    plugin = hook.Made(str(ROOT), {}, None, None, "", target, SimpleNamespace(display_warning=said.append))
    data: dict[str, Any] = {"force_include": {}, "shared_data": {}, "pure_python": True, "infer_tag": False}
    hook.__dict__.update(examples=lambda _: {}, completions=lambda *_: {})  # tests/meta/test_package.py
    plugin.initialize(version, data)
    stage = getattr(plugin, "_stage", "")
    plugin.finalize(version, data, "")
    assert not stage or not Path(stage).exists()
    return data, said


PURE = {"force_include": {}, "shared_data": {}, "pure_python": True, "infer_tag": False}


@pytest.mark.parametrize(
    ("value", "expected"), [(None, False), ("", False), ("0", False), ("no", False), ("1", True), ("yes", True)]
)
def test_it_is_compiled_only_on_request(hook: ModuleType, value: str | None, expected: bool) -> None:
    assert hook.wanted({} if value is None else {"ANONLINT_COMPILE": value}) is expected


def test_nothing_is_needed_or_done_without_the_switch(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANONLINT_COMPILE", raising=False)
    monkeypatch.setattr(hook, "compiled", lambda *_: pytest.fail("it compiles"))
    assert decided(hook) == (PURE, [])
    assert hook.Made(str(ROOT), {}, None, None, "", "wheel").dependencies() == []


def test_an_editable_install_and_an_sdist_are_pure(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANONLINT_COMPILE", "1")
    monkeypatch.setattr(hook, "compiled", lambda *_: pytest.fail("it compiles"))
    assert decided(hook, version="editable") == (PURE, [])
    assert decided(hook, target="sdist") == (PURE, [])


def test_without_a_compiler_it_says_so_and_is_pure(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANONLINT_COMPILE", "1")
    monkeypatch.setenv("CC", BROKEN["CC"])
    data, said = decided(hook)
    assert data == PURE
    assert said == [
        "anonlint: ANONLINT_COMPILE is set, but there is no C compiler (no-such-compiler): this build is pure Python"
    ]
    assert hook.Made(str(ROOT), {}, None, None, "", "wheel").dependencies() == []


def test_a_compiler_that_fails_is_none(hook: ModuleType) -> None:
    assert "false cannot compile" in hook.compiler_fault({**BROKEN, "CC": "false"})


def test_where_mypyc_fails_it_says_so_and_is_pure(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("x.py:1: error: no")

    monkeypatch.setenv("ANONLINT_COMPILE", "1")
    monkeypatch.setattr(hook, "compiler_fault", lambda _: "")
    monkeypatch.setattr(hook, "compiled", fail)
    data, said = decided(hook)
    assert data == PURE
    assert said == ["anonlint: ANONLINT_COMPILE is set, but mypyc failed: x.py:1: error: no: this build is pure Python"]
    assert hook.Made(str(ROOT), {}, None, None, "", "wheel").dependencies() == list(hook.REQUIRES)


def test_what_was_compiled_makes_a_wheel_of_this_platform(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"/stage/anonlint/graph/ir.so": "anonlint/graph/ir.so"}
    monkeypatch.setenv("ANONLINT_COMPILE", "1")
    monkeypatch.setattr(hook, "compiler_fault", lambda _: "")
    monkeypatch.setattr(hook, "compiled", lambda *_: made)
    assert decided(hook) == ({"force_include": made, "shared_data": {}, "pure_python": False, "infer_tag": True}, [])


def test_all_modules_of_the_hot_rooms_are_compiled(hook: ModuleType) -> None:
    found = hook.sources(ROOT)
    assert "anonlint/domain/terms.py" in found and "anonlint/engine/execute.py" in found
    assert not [path for path in found if path.endswith(("__init__.py", "sorts.py")) or not (ROOT / path).is_file()]


def test_a_pure_wheel_is_for_any_platform_and_complete(tmp_path: Path) -> None:
    environ = {key: value for key, value in os.environ.items() if key != "ANONLINT_COMPILE"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.iterdir()
    assert wheel.name == f"anonlint-{__version__}-py3-none-any.whl"
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("anonlint")}
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "anonlint").rglob("*.py")}
    modules |= {p.relative_to(ROOT / "rules").as_posix() for p in (ROOT / "rules").rglob("*.py")}
    tables = {p.relative_to(ROOT).as_posix() for p in (ROOT / "anonlint" / "kernel" / "data").iterdir() if p.is_file()}
    assert tables and modules | tables <= names
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]


@pytest.mark.parametrize(("file", "expected"), [("ir.cpython-311.so", "compiled"), ("ir.py", "pure Python")])
def test_the_version_says_what_is_loaded(monkeypatch: pytest.MonkeyPatch, file: str, expected: str) -> None:
    monkeypatch.setattr(ir, "__file__", file)
    assert built.how() == expected


def test_the_bench_builds_only_what_is_missing_or_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: ran.append(command))
    assert "--no-install" in compiled_build(tmp_path / "x", install=False) and not ran
    assert "no working C compiler" in compiled_build(tmp_path / "x", install=True) and len(ran) == 1
    (tmp_path / ".built").touch()
    assert compiled_build(tmp_path, install=True) == "" and len(ran) == 1
    os.utime(tmp_path / ".built", (0, 0))
    assert compiled_build(tmp_path, install=True) != "" and len(ran) == 2


SORTS = '''
"""Sorts."""

from anonlint.domain.sorts import sort
from anonlint.domain.terms import Term


@sort
class Of(Term):
    """One."""

    base: object


@sort
class OfTwo(Of):
    """Two."""

    word: str


@sort
class None_(Term):
    """Of nothing."""
'''


@pytest.mark.parametrize("text", [SORTS, native.native(SORTS)], ids=["decorated", "written out"])
def test_native_sorts_are_what_the_decorator_makes(text: str) -> None:
    """What mypyc gets is run here as Python: equal terms are one, parts are where they belong."""
    space: dict[str, Any] = {"__name__": "sorts"}
    exec(text, space)
    of, of_two = space["Of"], space["OfTwo"]
    assert of(1) is of(1) and of(1) is not of(2)
    two = of_two(of(1), "x")
    assert (two.base, two.word, two.args, two.depth) == (of(1), "x", (of(1), "x"), 2)
    assert two.inside == {two, of(1)} and repr(two) == "OfTwo(Of(1,), 'x')"
    assert two.made_of(lambda _: of(2)) is of_two(of(2), "x") and isinstance(two, of)
    assert space["None_"]() is space["None_"]()
    with pytest.raises((TypeError, ValueError)):
        of_two(1)


def test_nothing_is_left_of_the_decorator() -> None:
    assert "@sort" in SORTS and "@sort" not in native.native(SORTS)


def test_a_text_without_sorts_is_left_alone() -> None:
    assert native.native("class A:\n    b: int\n") == "class A:\n    b: int\n"
