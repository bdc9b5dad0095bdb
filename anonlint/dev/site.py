"""Adds to the documentation site what only a run can show: a hook of mkdocs (mkdocs.yml). Nothing of it is kept.

The page of formats gets the HTML report of the example mail, live and, where there is a Chromium, as a picture.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from anonlint.dev.shell import environment

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PAGE, NAME = "formats.md", "example-report"
REPORT = ("check", "-q", "--quoted", "--format", "html", "--fail-level", "never", "examples/review-mail.txt")
SECTION = """
## What the page looks like

[The report on the mail that comes with anonlint]({name}.html), made when this site was built{picture}
"""


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Add the report, and its picture."""
    from mkdocs.structure.files import File

    html = subprocess.run(
        [sys.executable, "-m", "anonlint", *REPORT], cwd=ROOT, env=environment({}), capture_output=True, check=True
    ).stdout
    files.append(File.generated(config, f"{NAME}.html", content=html))
    picture = taken(html)
    if picture:
        files.append(File.generated(config, f"{NAME}.png", content=picture))
    return files


def on_page_markdown(markdown: str, page: "Page", config: "MkDocsConfig", files: "Files") -> str:  # noqa: ARG001
    """Show them on the page of formats."""
    if page.file.src_uri != PAGE:
        return markdown
    there = files.get_file_from_path(f"{NAME}.png") is not None
    return markdown + SECTION.format(name=NAME, picture=f":\n\n![a finding on the page]({NAME}.png)" if there else ".")


def taken(html: bytes) -> bytes:
    """Return a picture of a page; nothing where there is no Chromium to look at it with."""
    program = which("chromium") or which("chromium-browser")
    if program is None:
        return b""
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_bytes(html)
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--user-data-dir={folder}", "--window-size=1200,900", f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, capture_output=True, check=False, timeout=120)
        return picture.read_bytes() if picture.exists() else b""
