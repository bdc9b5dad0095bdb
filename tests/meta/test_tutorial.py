"""docs/writing-rules.md is executed: each command prints what the page says."""

from pathlib import Path

from anonlint.dev import gen_tutorial


def test_a_rule_in_an_hour(tmp_path: Path) -> None:
    text = gen_tutorial.PATH.read_text()
    assert gen_tutorial.worked(text, tmp_path) == text, "stale or wrong: see what ./run docs changes"
    assert text.count("```console") >= 4
    assert "error: wake_one(): make_writable_device_private_entry() makes an entry writable" in text
    assert "GPU101 device-entry-gains-write: 2 fixtures, each in all its spellings: well" in text
    assert (tmp_path / "rules" / "device_entry_gains_write.py").read_text().count("\n") < 40
