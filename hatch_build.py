"""Puts into the wheel what is made of the sources: the rules' examples, the shells' completion scripts, and C.

The examples are fixtures of the tests, and what ``anonlint explain`` shows.

The compiled build: ``ANONLINT_COMPILE=1 pip install .`` has mypyc make C of the rooms where the time goes.

The answers are the same to the byte. Without ANONLINT_COMPILE nothing here needs more than hatchling, and the wheel is
pure Python. Where there is no working C compiler, or mypyc fails, a line says so and the wheel is pure Python, too.
An editable install is always pure: what one edits should be what runs.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SWITCH = "ANONLINT_COMPILE"
ROOMS = ("domain", "engine", "graph", "trace", "words")
REQUIRES = ("mypy[mypyc]>=2.4,<3",)
_NOT = ("__init__.py", "sorts.py")  # of these rooms: nothing in it, and what dev/native.py writes out
_LIBRARY = "anonlint"  # the shared library is called anonlint__mypyc
_OPTIMIZATION = "1"  # half as long as 2, and as fast where it counts: most of the time goes into Python's own objects
_PROBE = "#include <Python.h>\nint main(void) { return Py_IsInitialized(); }\n"


COMPLETIONS = {
    "bash": "share/bash-completion/completions/anonlint",
    "zsh": "share/zsh/site-functions/_anonlint",
    "fish": "share/fish/vendor_completions.d/anonlint.fish",
}


def examples(root: Path) -> dict[str, str]:
    """Return the examples of the rules, fixtures/CODE-name/{bad,good}*, each with its place in the wheel."""
    found = (path for path in sorted(root.glob("fixtures/AL*/*")) if path.suffix in (".c", ".diff"))
    kept = (path for path in found if path.name.startswith(("bad", "good")))
    return {str(path): f"anonlint_rules/fixtures/{path.parent.name}/{path.name}" for path in kept}


def completions(root: Path, directory: Path) -> dict[str, str]:
    """Write the completion scripts below ``directory``; return each with its place in the wheel."""
    sys.path.insert(0, str(root))
    try:
        from anonlint.cli.completion import script  # the standard library is all that it needs
    finally:
        sys.path.remove(str(root))
    directory.mkdir(parents=True, exist_ok=True)
    for shell in COMPLETIONS:
        (directory / shell).write_text(script(shell))
    return {str(directory / shell): place for shell, place in COMPLETIONS.items()}


def wanted(environ: Mapping[str, str]) -> bool:
    """Return whether the user asks for a compiled build."""
    return environ.get(SWITCH, "").lower() not in ("", "0", "no", "off", "false")


def compiler_fault(environ: Mapping[str, str]) -> str:
    """Return why nothing can be compiled here; nothing if a C compiler finds the headers of this Python."""
    command = shlex.split(environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if not command or not shutil.which(command[0], path=environ.get("PATH")):
        return f"there is no C compiler ({command[0] if command else 'CC is empty'})"
    with tempfile.TemporaryDirectory(prefix="anonlint-build-") as scratch:
        probe = Path(scratch, "probe.c")
        probe.write_text(_PROBE)
        include = sysconfig.get_path("include")
        done = subprocess.run(
            [*command, f"-I{include}", "-c", str(probe), "-o", str(probe.with_suffix(".o"))],
            capture_output=True,
            env=dict(environ),
            check=False,
        )
    if done.returncode:
        return f"{command[0]} cannot compile against Python's headers in {include} (Debian: python3-dev)"
    return ""


def sources(root: Path) -> list[str]:
    """Return the modules to compile, as paths below ``root``."""
    return sorted(
        path.relative_to(root).as_posix()
        for room in ROOMS
        for path in (root / "anonlint" / room).glob("*.py")
        if path.name not in _NOT
    )


def compiled(root: Path, stage: Path) -> dict[str, str]:
    """Compile a copy of the package in ``stage``; return the libraries made, each with its place in the wheel."""
    shutil.copytree(root / "anonlint", stage / "anonlint", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    command = [sys.executable, str(Path(__file__).resolve()), *sources(stage)]
    done = subprocess.run(command, cwd=stage, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    made = {str(path): path.relative_to(stage).as_posix() for path in stage.rglob(f"*{suffix}")}
    made = {path: place for path, place in made.items() if not place.startswith("build/")}
    if done.returncode or len(made) != len(sources(stage)) + 1:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()
        raise RuntimeError(said[-1] if said else f"exit status {done.returncode}")
    return made


def _compile_here(paths: list[str]) -> None:
    """Run mypyc and the C compiler in the current directory."""
    from mypyc.build import mypycify
    from setuptools import setup
    from setuptools.command.build_ext import build_ext

    from anonlint.dev import native

    native.main(paths)
    extensions = mypycify(
        ["--ignore-missing-imports", "--cache-dir", os.devnull, *paths],
        opt_level=_OPTIMIZATION,
        debug_level="0",
        multi_file=True,
        group_name=_LIBRARY,
    )

    class SideBySide(build_ext):  # type: ignore[misc, unused-ignore]
        """Runs as many C compilers as there are processors: one library of many files is made of them."""

        def build_extensions(self) -> None:
            one_by_one = self.compiler.compile

            def compile_all(files: list[str], **how: Any) -> list[str]:
                with ThreadPool() as pool:
                    made = pool.map(lambda file: one_by_one([file], **how), files, chunksize=1)
                return [path for paths in made for path in paths]

            self.compiler.compile = compile_all
            super().build_extensions()

    setup(
        name="anonlint",
        packages=[],
        ext_modules=extensions,
        cmdclass={"build_ext": SideBySide},
        script_args=["build_ext", "--inplace"],
    )


class Made(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]
    """Adds examples and scripts to a wheel, and compiled modules where the user wants that and the machine can."""

    def dependencies(self) -> list[str]:
        """Return what the build needs beside hatchling: nothing, unless something is to be compiled."""
        if self.target_name == "wheel" and wanted(os.environ) and not compiler_fault(os.environ):
            return list(REQUIRES)
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put in what is made; compile, and make the wheel one of this platform.

        An editable installation has all of that in the checkout.
        """
        if self.target_name != "wheel" or version == "editable":
            return
        build_data["force_include"].update(examples(Path(self.root)))
        build_data["shared_data"].update(completions(Path(self.root), self._made))
        if not wanted(os.environ):
            return
        fault = compiler_fault(os.environ)
        if not fault:
            self._stage = tempfile.mkdtemp(prefix="anonlint-build-")
            try:
                build_data["force_include"].update(compiled(Path(self.root), Path(self._stage)))
                build_data["pure_python"] = False
                build_data["infer_tag"] = True
            except RuntimeError as error:
                fault = f"mypyc failed: {error}"
        if fault:
            self.app.display_warning(f"anonlint: {SWITCH} is set, but {fault}: this build is pure Python")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made only to be put in."""
        shutil.rmtree(getattr(self, "_stage", ""), ignore_errors=True)
        shutil.rmtree(self._made, ignore_errors=True)

    @property
    def _made(self) -> Path:
        return Path(self.directory, "completions")


if __name__ == "__main__":
    _compile_here(sys.argv[1:])
