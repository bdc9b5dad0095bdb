"""Conversions of real functions, half of them neutral, half of them not: each is said to be what it is."""

from collections import Counter
from pathlib import Path

import pytest

from anonlint.model.change import FunctionChange
from tests.diff.conversions import Conversion, compared, conversions, of
from tests.edits.edits import DoesNotApply, apply

_ALL = list(conversions())


def test_half_of_them_are_neutral() -> None:
    assert Counter(conversion.verdict for conversion in _ALL) == {"same": 40, "changed": 40}


@pytest.mark.kernel
@pytest.mark.parametrize("conversion", _ALL, ids=lambda conversion: conversion.name)
def test_a_conversion_is_said_to_be_what_it_is(conversion: Conversion, kernels: dict[str, str]) -> None:
    edit = conversion.edit
    code = Path(kernels[edit.kernel], edit.file).read_bytes().decode("latin-1")
    try:
        after = apply(edit, code)
    except DoesNotApply as error:
        pytest.skip(f"Debian's point release is another one: {error}")
    change = of(compared(edit.file, code, after), edit.function)
    assert change.verdict == conversion.verdict, change
    assert change.basis
    if conversion.verdict == "same":
        assert not change.rows
    else:
        assert _told(change, conversion), change.rows


def _told(change: FunctionChange, conversion: Conversion) -> bool:
    rows = [row for row in change.rows if conversion.row in row.text]
    return any(conversion.states in cell.states and cell.before != cell.after for row in rows for cell in row.cells)
