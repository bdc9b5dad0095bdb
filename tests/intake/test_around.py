"""What stands around a patch comes from where the patch comes from."""

from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.intake.around import around
from anonlint.model.snapshot import Snapshot
from tests.intake.test_tree import Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """Two commits, then one version of mm/x.c that is staged, and one that is not."""
    made = Repository(tmp_path / "clone")
    made.commit("first", mm__x_c=b"first;\n", mm__deep__y_c=b"deep;\n", fs__z_c=b"fs;\n", mm__README=b"text\n")
    made.commit("second", mm__x_c=b"second;\n")
    (made.path / "mm/x.c").write_bytes(b"staged;\n")
    made.git("add", "mm/x.c")
    (made.path / "mm/x.c").write_bytes(b"unstaged;\n")
    return made


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(staged=True), "staged"),
        (Request(git=("HEAD",)), "second"),
        (Request(git=("HEAD~1",)), "first"),
        (Request(git=("HEAD~1", "HEAD~1..HEAD")), "second"),
        (Request(inputs=("x.patch",)), "unstaged"),
    ],
)
def test_the_same_version_as_the_patch(repo: Repository, request_: Request, expected: str) -> None:
    for directory in (str(repo.path), f"{repo.path}/."):
        found = {
            s.path: s.after.source.data
            for s in around(request_._replace(tree=directory), lambda _: True)
            if isinstance(s, Snapshot) and s.after
        }
        assert found == {"mm/deep/y.c": b"deep;\n", "mm/x.c": expected.encode() + b";\n"}


@pytest.mark.parametrize("request_", [Request(staged=True), Request(git=("nothing",)), Request()])
def test_nothing_where_nothing_can_be_read(tmp_path: Path, request_: Request) -> None:
    assert list(around(request_._replace(tree=str(tmp_path)), lambda _: True)) == []


def test_what_is_not_wanted_is_left_out(repo: Repository) -> None:
    found = around(Request(tree=str(repo.path), staged=True), lambda data: data.startswith(b"deep"))
    assert [s.path for s in found] == ["mm/deep/y.c"]
