"""The licences that pyproject.toml names are there, in full, and README.md names them too."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGINS = {"GPL-2.0-only": "GNU GENERAL PUBLIC LICENSE Version 2, June 1991", "MIT": "MIT License Copyright (c)"}
ENDS = {"GPL-2.0-only": "This General Public License does not permit incorporating", "MIT": "IN THE SOFTWARE."}


def test_each_licence_that_is_named_is_there_in_full() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.split(r" OR ", project["license"])
    files = {path.stem: path for pattern in project["license-files"] for path in ROOT.glob(pattern)}
    assert set(named) == set(files) == set(BEGINS)
    for name, path in files.items():
        text = " ".join(path.read_text().split())
        assert text.startswith(BEGINS[name])
        assert ENDS[name] in text[-600:]


def test_the_readme_names_the_licences() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] in (ROOT / "README.md").read_text()
