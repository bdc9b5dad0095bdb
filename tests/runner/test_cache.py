"""The cache of results: a run with it, whatever is in it, prints what one without it prints."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from anonlint.cache import store
from anonlint.cache.pack import Unpackable, pack, unpack
from anonlint.cache.stamps import Stamps
from anonlint.cache.store import Store, digest
from tests.flow.across import MAP, VMA
from tests.programs import ROOT

ASKS = f"bool may_write({VMA})\n{{\n\treturn vma->vm_flags & VM_WRITE;\n}}\n"
CAREFUL = "static " + MAP.replace("\tif (!pte)\n", "\tif (!pte || !may_write(vma))\n")
CARELESS = "static " + MAP
PATCH = """\
From: A <a@example.org>
Subject: [PATCH] {subject}
Message-Id: <{subject}@example.org>

---
--- a/mm/fresh.c
+++ b/mm/fresh.c
@@ -0,0 +1,{count} @@
{text}
"""


class World:
    """A kernel tree with two files, a cache, and the program."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tree = root / "tree"
        self.cache = root / "cache"
        for path, text in {
            "mm/map.c": CAREFUL,
            "mm/other.c": CARELESS.replace("map_range", "map_other"),
            "mm/util.c": ASKS,
            "mm/internal.h": f"bool may_write({VMA});\n",
            "include/linux/swap.h": "",
            "include/linux/mm.h": "struct vm_area_struct;\n",
            "kernel/fork.c": "int forks;\n",
            "Makefile": "VERSION = 6\nPATCHLEVEL = 8\n",
        }.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def environ(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ANONLINT")}
        paths = f"{ROOT}{os.pathsep}{ROOT / 'rules'}"
        return {**kept, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(self.cache), **more}

    def run(self, *words: str, code: str = "", **more: str) -> tuple[int, str, str]:
        program = ["-c", code] if code else ["-m", "anonlint"]
        done = subprocess.run(
            [sys.executable, *program, *words], cwd=self.tree, env=self.environ(**more), capture_output=True, text=True
        )
        return done.returncode, done.stdout, done.stderr

    def check(self, *words: str) -> tuple[int, str, str]:
        return self.run("check", "--format", "json", *(words or ("mm",)))

    def found(self, *words: str) -> list[tuple[str, str]]:
        return [(f["code"], f["function"]) for f in json.loads(self.check(*words)[1])["findings"]]

    @property
    def file(self) -> Path:
        return self.cache / "anonlint" / store.NAME


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _damage_nothing(_: World) -> None:
    return


def _damage_all(world: World) -> None:
    world.file.write_bytes(b"this is no database " * 500)


def _cut_off(world: World) -> None:
    data = world.file.read_bytes()
    world.file.write_bytes(data[: len(data) // 2])


def _change_values(world: World) -> None:
    with sqlite3.connect(world.file) as base:
        rows = base.execute("SELECT key, value FROM entry").fetchall()
        changed = [(value[:-8] + bytes(8 - len(value[-8:])) + value[-8:][::-1], key) for key, value in rows]
        base.executemany("UPDATE entry SET value = ? WHERE key = ?", changed)


def _other_table(world: World) -> None:
    with sqlite3.connect(world.file) as base:
        base.executescript("DROP TABLE entry; CREATE TABLE entry (name TEXT); CREATE INDEX by_use ON entry (name);")


def _in_the_way(world: World) -> None:
    world.file.unlink()
    world.file.mkdir()


def _no_directory(world: World) -> None:
    world.file.unlink()
    world.file.parent.rmdir()
    world.file.parent.write_text("a file")


@pytest.mark.parametrize(
    "harm",
    [_damage_nothing, _damage_all, _cut_off, _change_values, _other_table, _in_the_way, _no_directory],
    ids=lambda harm: harm.__name__,
)
def test_cold_warm_and_damaged_give_the_same(world: World, harm: Callable[[World], None]) -> None:
    bare = world.check("--no-cache", "mm")
    assert not world.cache.exists()
    assert world.check() == bare
    assert world.check() == bare
    harm(world)
    assert world.check() == bare
    assert world.check() == bare


def test_a_damaged_file_is_made_anew(world: World) -> None:
    world.check()
    _damage_all(world)
    world.check()
    world.check()
    assert json.loads(world.run("cache", "info", "--format", "json")[1])["entries"] > 0


def test_another_version_s_entries_are_not_taken(world: World) -> None:
    """Two programs share a cache, of which one says something else."""
    other = world.root / "other"
    for package in (ROOT / "anonlint", ROOT / "rules" / "anonlint_rules"):
        shutil.copytree(package, other / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    before = world.check()
    rule = next(path for path in sorted((other / "anonlint_rules").rglob("*.py")) if '"AL304"' in path.read_text())
    rule.write_text(rule.read_text().replace("VM_WRITE", "VM_QUITE"))
    theirs = world.run("check", "--format", "json", "mm", PYTHONPATH=str(other))
    assert "VM_QUITE" in theirs[1] and "VM_QUITE" not in before[1]
    assert world.check() == before


def test_what_is_known_needs_no_engine(world: World) -> None:
    probe = (
        "import sys\nfrom anonlint.cli.main import main\nmain(['check', 'mm'])\n"
        "print(*(name for name in sys.modules if name.startswith(('anonlint.engine', 'anonlint_rules.'))))"
    )
    assert "anonlint.engine.execute" in world.run(code=probe)[1].splitlines()[-1]
    assert world.run(code=probe)[1].splitlines()[-1] == ""


@pytest.mark.parametrize(
    ("path", "text", "lost"),
    [
        ("mm/map.c", CARELESS, "map_range"),  # the file
        ("mm/util.c", ASKS.replace("VM_WRITE", "VM_READ"), "map_range"),  # a helper in another file
    ],
)
def test_what_a_result_depends_on_is_heeded(world: World, path: str, text: str, lost: str) -> None:
    assert ("AL304", lost) not in world.found()
    world.write(path, text)
    assert ("AL304", lost) in world.found()
    assert ("AL304", lost) in world.found()


def test_options_and_settings_are_heeded(world: World) -> None:
    assert ("AL304", "map_other") in world.found()
    assert world.found("--select", "AL1", "mm") == []
    world.write("anonlint.toml", 'select = ["AL2"]\n')
    assert ("AL304", "map_other") not in world.found()
    world.write("anonlint.toml", 'vocabulary = ["own.tsv"]\n')
    world.write("own.tsv", "map_nothing  inert  4.18-  -  -\n")
    assert ("AL304", "map_other") in world.found()
    world.write("own.tsv", "mk_pte  inert  4.18-  -  -\n")
    assert ("AL304", "map_other") not in world.found()


def test_a_file_that_changes_at_once_is_read_again(world: World) -> None:
    """Two states of a file within one tick of the clock may look the same."""
    for text, found in ((CAREFUL, False), (CARELESS, True)) * 3:
        padded = text + "/*" + " " * (len(CAREFUL) - len(text)) + "*/\n"
        world.write("mm/map.c", padded)
        os.utime(world.tree / "mm/map.c", (1, 1))
        assert (("AL304", "map_range") in world.found()) is found


def test_patches_that_are_alike_keep_their_own_names(world: World) -> None:
    mails = []
    for subject in ("first", "second"):
        lines = (CARELESS).splitlines()
        mail = PATCH.format(subject=subject, count=len(lines), text="\n".join("+" + line for line in lines))
        path = world.root / f"{subject}.eml"
        path.write_text(mail)
        mails.append(str(path))
    for mail, subject in zip(mails, ("first", "second"), strict=True):
        found = json.loads(world.check("--no-tree", mail)[1])["findings"]
        assert found and {f["subject"] for f in found} == {subject}


def test_several_at_once_get_the_same(world: World) -> None:
    bare = world.check("--no-cache", "mm")
    command = [sys.executable, "-m", "anonlint", "check", "--format", "json", "mm"]
    runs = [
        subprocess.Popen(command, cwd=world.tree, env=world.environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(5)
    ]
    for run in runs:
        out, _ = run.communicate(timeout=120)
        assert (run.returncode, out.decode()) == bare[:2]


def test_what_time_has_cut_short_is_not_kept(world: World) -> None:
    cut = world.run("check", "--budget", "0.000001", "mm")
    assert "--budget" in cut[2]
    assert ("AL304", "map_other") in world.found()


def test_neither_option_nor_variable_writes(world: World) -> None:
    world.check("--no-cache", "mm")
    world.run("check", "mm", ANONLINT_NO_CACHE="1")
    assert not world.cache.exists()
    world.check("mm")
    assert world.file.exists()


def test_clear_and_info(world: World) -> None:
    world.check()
    assert "entries" in world.run("cache", "info")[1]
    assert world.run("cache", "clear") == (0, "", "")
    assert not world.file.exists()
    assert world.run("cache", "clear") == (0, "", "")
    assert world.run("cache", "info")[1].endswith(": 0 entries, 0.0 of 256 MiB\n")
    status, _, told = world.run("cache", "away")
    assert status == 2 and "neither info nor clear" in told
    status, _, told = world.run("cache", "info", XDG_CACHE_HOME="relative", HOME="")
    assert status in (0, 2)


# -- the parts


def test_the_oldest_goes_first(tmp_path: Path) -> None:
    kept = Store(str(tmp_path / "x.sqlite"), most=400_000)
    keys = [bytes([i]) * 16 for i in range(60)]
    for key in keys:
        kept.put({key: os.urandom(20_000)})
    assert kept.info().size < 1_000_000
    found = kept.get(keys)
    assert keys[-1] in found and keys[0] not in found


def test_a_full_disk_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "x.sqlite")
    Store(path).put({b"a" * 16: b"known"})
    full = Store(path)
    base = full._open()
    assert base is not None
    base.execute("PRAGMA max_page_count = 5")
    full.put({bytes([i]) * 16: os.urandom(9000) for i in range(20)})
    assert not full.usable
    assert Store(path).get([b"a" * 16]) == {b"a" * 16: b"known"}


def test_a_value_is_its_key_s(tmp_path: Path) -> None:
    kept = Store(str(tmp_path / "x.sqlite"))
    kept.put({b"a" * 16: b"one", b"b" * 16: b"two"})
    kept.close()
    with sqlite3.connect(kept.path) as base:
        one = base.execute("SELECT value FROM entry WHERE key = ?", (b"a" * 16,)).fetchone()[0]
        base.execute("UPDATE entry SET value = ? WHERE key = ?", (one, b"b" * 16))
    assert Store(kept.path).get([b"a" * 16, b"b" * 16]) == {b"a" * 16: b"one"}


def test_parts_are_told_apart() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc")


def test_only_what_is_ours_is_packed() -> None:
    from anonlint.model.finding import Severity
    from anonlint.model.snapshot import Skip

    value = (Skip("a\udcff", 1, "f", "r"), Severity.ERROR, frozenset({"x"}), None, (1, b"y", 2.5, True))
    assert unpack(pack(value)) == value
    for strange in ([1], {"a": 1}, object(), Path("x")):
        with pytest.raises(Unpackable):
            pack(strange)


@pytest.mark.parametrize(
    "name", ["os:system", "anonlint.crash:told", "anonlint.nowhere:X", "anonlint.limits:monotonic"]
)
def test_nothing_else_is_made(name: str) -> None:
    import marshal

    with pytest.raises((Unpackable, ModuleNotFoundError)):
        unpack(marshal.dumps(([name], [0, "true"])))


def test_a_mark_is_of_a_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_text("one")
    os.utime(path, (1, 1))
    kept = Store(str(tmp_path / "x.sqlite"))
    asked: list[str] = []

    def mark() -> bytes:
        stamps = Stamps(kept, b"test")
        stamps._now += 10**12  # a change of long ago

        def look(name: str) -> bytes:
            asked.append(name)
            return Path(name).read_bytes()

        found = stamps.mark(str(path), look)
        kept.put(stamps.changed())
        return found

    assert [mark(), mark(), len(asked)] == [b"one", b"one", 1]
    path.write_text("two")
    os.utime(path, (1, 1))
    assert [mark(), mark(), len(asked)] == [b"two", b"two", 2]
