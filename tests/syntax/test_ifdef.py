"""Conditionals inside a function make one variant for each consistent configuration."""

import pytest

from anonlint.syntax.ifdef import texts
from anonlint.syntax.lex import conditionals, tidy


def variants(text: str) -> list[str]:
    """Return the words that are left in each configuration."""
    code, _ = tidy(text.encode())
    return [" ".join(t.apply(code).decode().split()) for t in texts(conditionals(text.encode()), len(text))]


CASES = {
    "#ifdef A\na\n#else\nb\n#endif\nc": {"a c", "b c"},
    "#ifdef A\na\n#endif\n#ifndef A\nb\n#endif": {"a", "b"},
    "#ifdef A\na\n#endif\n#if !defined(A)\nb\n#endif": {"a", "b"},
    "#if IS_ENABLED(A)\na\n#endif\n#ifdef A\nb\n#endif": {"a b", ""},
    "#if defined(A) && B > 3\na\n#elif defined(A)\nb\n#endif": {"a", "b", ""},
    "#if 0\na\n#else\nb\n#endif": {"b"},
    "#ifdef A\na\n#ifdef B\nb\n#endif\n#endif": {"a b", "a", ""},
    "#ifdef A /* { */\na\n#endif": {"a", ""},
    "a\n#endif\nb\n#else\nc\n#ifdef A\nd": {"a b c d", "a b c"},
    "#if F(x) > 2 \\\n  && A\na\n#endif": {"a", ""},
}


@pytest.mark.parametrize("text", CASES)
def test_configurations(text: str) -> None:
    assert set(variants(text)) == CASES[text]
    assert len(variants(text)) == len(CASES[text])


def test_the_fullest_comes_first_and_many_conditions_are_capped() -> None:
    text = "\n".join(f"#ifdef A{i}\nx{i}\n#endif" for i in range(40))
    found = variants(text)
    assert len(found) == 16
    assert found[0] == " ".join(f"x{i}" for i in range(40))
    assert found[1] == "" and "x0" in found
