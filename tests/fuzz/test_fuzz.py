"""Whatever comes in: no exception, no internal error, the same answer twice, and everything found is counted.

bench/fuzz.py runs the same for hours, on the kernels' own functions.
"""

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonlint.errors import UsageError
from anonlint.intake import Request
from anonlint.model.report import Report
from anonlint.policy import baseline
from anonlint.policy import settings as policy
from anonlint.report.safe import safe
from anonlint.rule import registry
from anonlint.run import runner
from anonlint.syntax.functions import find_in_file
from bench.fuzz import Mutator, lost, texts

FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SEEDS = [text for text in texts() if len(text) < 4000]
RULES = registry.rules()
SETTINGS = (
    'kernel = "6.12"\nselect = ["AL1", "-AL101"]\nfail-level = "note"\nformat = "json"\nbaseline = "b"\n'
    '[[rules]]\npaths = ["mm/**"]\nignore = ["AL2"]\n[[vocabulary]]\nname = "x"\nclass = "read"\n'
)
BASELINE = baseline.render((), safe)


def check(path: Path) -> Report:
    asked = runner.Options(Request(inputs=(str(path),), quoted=True), RULES, workers=1)
    report = runner.check(asked, lambda: b"")
    return report._replace(stats=report.stats._replace(seconds=0.0))


def mutator(seed: int) -> Mutator:
    return Mutator(SEEDS, random.Random(seed))


def sound(path: Path, data: bytes) -> Report:
    path.write_bytes(data)
    report = check(path)
    assert not [error for error in report.errors if "internal error" in error]
    assert check(path) == report
    return report


@pytest.mark.fault("C text that is changed at random", "no crash, no lost function, the same answer each time")
@FEW
@given(seed=st.integers(0, 1 << 40))
def test_c(seed: int, tmp_path: Path) -> None:
    data = mutator(seed).text()
    report = sound(tmp_path / "x.c", data)
    if b"\0" not in data:
        assert not lost(data)
        assert report.stats.functions in (0, len(find_in_file(data)))


@pytest.mark.fault("patches and mails that are changed at random", "no crash, the same answer each time")
@FEW
@given(seed=st.integers(0, 1 << 40))
def test_patches_and_mails(seed: int, tmp_path: Path) -> None:
    sound(tmp_path / "x.patch", mutator(seed).patch())


def spoilt(text: str) -> st.SearchStrategy[bytes]:
    """Return a strategy for the text with pieces taken out, doubled, or replaced by anything."""
    pieces = re.findall(r"\w+|\s+|.", text)
    places = st.integers(0, len(pieces))
    junk = st.one_of(st.just(b""), st.binary(max_size=4), st.sampled_from([b"[", b'"', b"\n", b"9" * 30, b"=", b"]]"]))

    def change(changes: list[tuple[int, int, bytes]]) -> bytes:
        parts = [piece.encode() for piece in pieces]
        for at, length, new in changes:
            parts[at : at + length] = [new, *parts[at : at + length]] if length > 2 else [new]
        return b"".join(parts)

    return st.lists(st.tuples(places, st.integers(0, 4), junk), min_size=1, max_size=4).map(change)


@pytest.mark.fault("settings that are changed at random", "they are read, or refused with one line")
@settings(FEW, max_examples=200)
@given(data=spoilt(SETTINGS))
def test_settings(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "anonlint.toml").write_bytes(data)
    try:
        policy.load(str(tmp_path))
    except UsageError as error:
        assert "anonlint.toml" in str(error)


@pytest.mark.fault("a baseline that is changed at random", "it is read, or refused with one line")
@settings(FEW, max_examples=200)
@given(data=spoilt(BASELINE + "1 0123456789abcdef AL101 mm/x.c f\n2 fedcba9876543210 AL108 mm/y.c g\n"))
def test_baselines(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "baseline"
    path.write_bytes(data)
    try:
        known = baseline.read(str(path))
    except UsageError as error:
        assert str(path) in str(error)
    else:
        assert all(count > 0 for count in known.values() if count)
