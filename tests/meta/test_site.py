"""The documentation builds as a site, with every link leading somewhere."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_every_page_is_in_the_navigation_and_on_the_first_page() -> None:
    """But for the rules' pages, which their overview links."""
    navigation, first = (ROOT / "mkdocs.yml").read_text(), (ROOT / "docs" / "index.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert f"{page.name}\n" in navigation, page.name
        assert page.stem == "index" or f"({page.name})" in first, page.name


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the extra 'site' is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in (ROOT / "docs").glob("*.md"):
        name = "index.html" if page.stem == "index" else f"{page.stem}/index.html"
        assert (tmp_path / "site" / name).exists(), page
    assert b"AL108" in (tmp_path / "site" / "example-report.html").read_bytes()
    formats = (tmp_path / "site" / "formats" / "index.html").read_text()
    assert 'href="../example-report.html"' in formats
    assert ('src="../example-report.png"' in formats) is bool(which("chromium") or which("chromium-browser"))
    assert "pfn-before-kind" in (tmp_path / "site" / "rules" / "AL108" / "index.html").read_text()
