"""A text that is judged again: only what the change can affect is executed, and what is said is what a new run says."""

from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.model.report import Report
from anonlint.rule import registry
from anonlint.run.kept import Kept
from anonlint.run.runner import Options, check
from tests.cli.clones import BROKEN
from tests.flow.across import MAP, Tree, caller

ONE, TWO = BROKEN.decode(), BROKEN.decode().replace("protect_entries", "protect_others")
HELPED = """\
#define OFFSET(entry) swp_offset(entry)
static swp_entry_t lowered(swp_entry_t entry)
{
	return make_readable_migration_entry(OFFSET(entry));
}
""" + ONE.replace("make_readable_migration_entry(swp_offset(entry))", "lowered(entry)")
FILE = f"{HELPED}\n{TWO}"


class Desk:
    """A process that judges one file of a tree again and again; ``fresh`` is one that has never seen it."""

    def __init__(self, root: Path, name: str = "mm/protect.c") -> None:
        self.tree = Tree(root)
        self.name = str(root / name)
        self.kept = Kept()
        self.cache = ""

    def judge(self, text: str, **others: str) -> Report:
        return self._judge(text, others, self.kept)

    def fresh(self, text: str, **others: str) -> Report:
        return self._judge(text, others, Kept())

    def _judge(self, text: str, others: dict[str, str], kept: Kept) -> Report:
        named = {
            str(self.tree.root / name.replace("__", "/").replace("_c", ".c")): data for name, data in others.items()
        }
        texts = {name: data.encode() for name, data in {**named, self.name: text}.items()}
        request = Request((self.name,), tree=str(self.tree.root), instead=texts)
        return check(Options(request, registry.rules(), workers=1, kept=kept, cache=self.cache), lambda: b"")


def told(report: Report) -> list[tuple[object, ...]]:
    return [(f.line, f.column, f.code, f.function, f.message, f.text, f.because, f.around) for f in report.findings]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "tree")
    made.tree.write(mm__protect_c=FILE)
    return made


@pytest.mark.parametrize(
    ("old", "new", "executed"),
    [
        ("protect_others(", "protect_others( ", 1),  # a function that nobody calls
        ("\tpte_t old", "\tint x;\n\tpte_t old", 3),  # both, and the helper that one of them calls
        ("make_readable_migration_entry(OFFSET", "make_readable_exclusive_migration_entry(OFFSET", 2),  # and its caller
        ("swp_offset(entry)\n", "swp_offset((entry))\n", 3),  # a macro: who says one of its words
        ("#define OFFSET", "/* a\n * comment\n */\n#define OFFSET", 0),  # says nothing, and moves all
        ("\nstatic void protect_others", "static int more;\nstatic void protect_others", 0),  # nobody has that name
    ],
)
def test_what_a_change_can_affect_is_executed(desk: Desk, old: str, new: str, executed: int) -> None:
    first = desk.judge(FILE)
    assert first.stats.executed == 3 and len(first.findings) == 2
    text = FILE.replace(old, new)
    again = desk.judge(text)
    assert again.stats.executed == executed
    assert told(again) == told(desk.fresh(text))


def test_step_by_step_it_says_what_a_new_run_says(desk: Desk) -> None:
    texts = [FILE, FILE.replace("set_pte_at", "set_pte"), HELPED, FILE, f"\n\n{TWO}\n{HELPED}", TWO + "}", FILE]
    for text in texts:
        assert told(desk.judge(text)) == told(desk.fresh(text))


def test_another_file_of_the_tree_has_all_executed(desk: Desk) -> None:
    desk.judge(FILE)
    assert desk.judge(FILE).stats.executed == 0
    desk.tree.write(mm__other_c="static int x;\n")
    assert desk.judge(FILE).stats.executed == 3


def test_saving_the_file_changes_nothing(desk: Desk) -> None:
    text = FILE.replace("protect_others(", "protect_others( ")
    desk.judge(text)
    desk.tree.write(mm__protect_c=text)
    assert desk.judge(text).stats.executed == 0


def test_what_an_earlier_process_found_is_a_beginning(desk: Desk, tmp_path: Path) -> None:
    desk.cache = str(tmp_path / "cache.sqlite")
    desk.judge(FILE)
    desk.kept = Kept()
    assert desk.judge(FILE).stats.executed == 0
    text = FILE.replace("protect_others(", "protect_others( ")
    again = desk.judge(text)
    assert again.stats.executed == 1
    desk.cache = ""
    assert told(again) == told(desk.fresh(text))


def test_a_file_that_is_open_counts_as_it_is_there(tmp_path: Path) -> None:
    """A caller in another open file, that is not saved, asks whether the mapping may be written to."""
    careful = caller("fault", "if (!(vma->vm_flags & VM_WRITE))\n\t\treturn;")
    desk = Desk(tmp_path / "tree", "mm/map.c")
    desk.tree.write(mm__map_c=MAP, mm__fault_c='#include "internal.h"\n' + caller("fault"))
    assert "AL304" in {f.code for f in desk.judge(MAP).findings}
    found = desk.judge(MAP, mm__fault_c='#include "internal.h"\n' + careful)
    assert "AL304" not in {f.code for f in found.findings}


def test_a_result_that_was_cut_short_is_no_beginning(desk: Desk) -> None:
    from anonlint import limits

    with limits.unless(lambda: True):
        assert desk.judge(FILE).stats.executed == 0
    assert desk.judge(FILE).stats.executed == 3
