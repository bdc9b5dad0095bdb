"""A text that means the same gets the same verdict, however it is written.

What is wrong today is listed in known.tsv, and held to exactly: a line whose verdict has come right must go
(``python -m tests.metamorphic.subjects`` writes the list anew).
"""

import re
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.kit.changes import TRANSFORMATIONS
from anonlint.kit.transform import ALL
from anonlint.rule import registry
from anonlint.run.runner import Options, check
from anonlint.syntax.grammar import parser
from tests.harness import examples
from tests.metamorphic.subjects import Subject, changes, known, sampled, texts

TEXTS = list(texts())
SAMPLED = list(sampled())
STATED = known()


def problems(subject: Subject, found: dict[str, str]) -> list[str]:
    """Return what the list does not say, and what it says in vain."""
    stated = STATED.get(subject.name, {})
    return [
        f"{subject.name}: {name}: is {found.get(name, 'well')}, listed as {stated.get(name, 'well')}"
        for name in TRANSFORMATIONS
        if found.get(name) != stated.get(name)
    ]


@pytest.mark.parametrize("subject", TEXTS, ids=lambda s: s.name)
def test_text(subject: Subject) -> None:
    wrong = problems(subject, changes(subject))
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.kernel
@pytest.mark.parametrize("subject", SAMPLED, ids=lambda s: s.name)
def test_function_of_a_kernel(subject: Subject, kernels: dict[str, str]) -> None:
    wrong = problems(subject, changes(subject, kernels[subject.kernel]))
    assert not wrong, "\n" + "\n".join(wrong)


def test_what_is_listed_exists() -> None:
    assert STATED.keys() <= {subject.name for subject in (*TEXTS, *SAMPLED)}
    assert {name for stated in STATED.values() for name in stated} <= TRANSFORMATIONS.keys()


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_every_change_fits_somewhere_and_leaves_c(name: str) -> None:
    fits = 0
    for subject in TEXTS:
        data = subject.code.encode()
        changed = TRANSFORMATIONS[name](data, ALL)
        fits += changed != data
        if not parser().parse(data).root_node.has_error:
            assert not parser().parse(changed).root_node.has_error, changed.decode()
    assert fits >= {"inlined": 3, "no-comments": 10}.get(name, 20)


@pytest.mark.parametrize("family", ["AL1", "AL2", "AL3", "AL4"])
def test_a_caller_in_another_file_changes_nothing_without_a_tree(tmp_path: Path, family: str) -> None:
    """Each bad example alone, and beside a file that calls all of its functions and has asked for everything."""
    rules = [rule for rule in registry.rules() if rule.code.startswith(family) and rule.compare is None]
    alone, beside = [], []
    for i, example in enumerate(e for e in examples() if e.bad and e.rule in rules):
        one, other = tmp_path / f"{i}.c", tmp_path / f"{i}-caller.c"
        one.write_text(example.code)
        names = re.findall(r"^\w[^;(=]*?(\w+)\([^;]*?\)\n\{", example.code, re.M)
        asks = "if (vma->vm_flags & VM_WRITE && !userfaultfd_wp(vma) && PageAnonExclusive(page))"
        calls = "".join(f"\t{asks}\n\t\t{name}(vma);\n" for name in names)
        other.write_text(f"void caller(struct vm_area_struct *vma, struct page *page)\n{{\n{calls}}}\n")
        alone.append(str(one))
        beside += [str(one), str(other)]

    def found(paths: list[str]) -> list[tuple[str, str, int]]:
        report = check(Options(Request(inputs=tuple(paths)), rules, workers=1), lambda: b"")
        return [(f.path, f.code, f.line) for f in report.findings]

    assert found(alone)
    assert found(beside) == found(alone)
