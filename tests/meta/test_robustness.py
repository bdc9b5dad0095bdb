"""docs/robustness.md says what the tests' fault marks say."""

from pathlib import Path

import pytest

from anonlint.dev.gen_robustness import Fault, faults, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_up_to_date() -> None:
    assert (ROOT / "docs/robustness.md").read_text() == page(faults(ROOT / "tests")), "run: ./run docs"


def test_a_mark_becomes_a_row(tmp_path: Path) -> None:
    test = tmp_path / "tests/runner/test_x.py"
    test.parent.mkdir(parents=True)
    test.write_text('@pytest.mark.fault("a | b", "c")\ndef test_a() -> None:\n    pass\n')
    found = faults(tmp_path / "tests")
    assert found == [Fault("a | b", "c", "tests/runner/test_x.py::test_a")]
    assert "| a \\| b | c | nothing |" in page(found)


@pytest.mark.parametrize("mark", ['"a"', "a, b", '"a", happens="b"'])
def test_a_mark_that_cannot_be_read_is_an_error(mark: str, tmp_path: Path) -> None:
    test = tmp_path / "tests/test_x.py"
    test.parent.mkdir()
    test.write_text(f"@pytest.mark.fault({mark})\ndef test_a() -> None:\n    pass\n")
    with pytest.raises(ValueError, match=r"tests/test_x\.py::test_a"):
        faults(tmp_path / "tests")
