"""The HTML page: what it holds, and what it does in Debian's chromium where that is installed."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from anonlint.cli.formats import pages
from anonlint.report.legend import legend
from tests.report import reports as R  # noqa: N812 - short, for it stands on every line

html = pytest.importorskip("anonlint.report.html")
pytest.importorskip("jinja2", reason="pip install -e '.[dev]'")

PFN = R.PFN._replace(
    because=R.PFN.evidence[:1],
    evidence=R.PFN.evidence[1:],
    around=((154, "\tswp_entry_t entry = x;"), (155, R.PFN.text), (157, "\tif (x)")),
)
REPORT = R.report(R.SIBLINGS, PFN, R.HOSTILE, skipped=R.SKIPPED, errors=("a.c: gone",))
PAGE = html.render(REPORT, pages())

# What a reader does, one act after the other; each puts what is seen then into a list.
DRIVER = """
<script>{
const seen = [];
const shown = () => cards.filter((card) => !card.hidden).map((card) => card.dataset.rule).join(" ");
const key = (name) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true}));
const press = (key, value) => filters.find((f) => f.dataset.key === key && f.dataset.value === value).click();
const type = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
seen.push(["all", shown()]);
seen.push(["folded", String(document.querySelectorAll("nav details[open]").length)]);
press("severity", "error"); seen.push(["errors", shown(), document.getElementById("count").textContent]);
press("severity", "note"); seen.push(["errors and notes", shown()]);
press("rule", "AL101"); seen.push(["of a rule", shown()]);
key("Escape"); seen.push(["Escape", shown()]);
type("PFN-before"); seen.push(["searched", shown()]);
type("no such words"); seen.push(["nothing", shown(), String(document.getElementById("none").hidden)]);
key("Escape");
key("/"); seen.push(["slash", document.activeElement.id]);
search.blur();
key("j"); seen.push(["j", document.activeElement.id]);
key("j"); seen.push(["jj", document.activeElement.id]);
key("k"); seen.push(["k", document.activeElement.id]);
const ground = () => getComputedStyle(document.body).backgroundColor;
const before = ground(); document.getElementById("theme").click(); seen.push(["theme", String(before !== ground())]);
seen.push(["wide", String(document.documentElement.scrollWidth <= innerWidth)]);
document.body.insertAdjacentHTML("beforeend", "<pre id=seen></pre>");
document.getElementById("seen").textContent = JSON.stringify(seen);
}</script>
"""


class Tags(HTMLParser):
    """Collects the tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_needs_nothing_from_anywhere() -> None:
    for page in (PAGE, html.render(R.report(), {}), html.render_tables((R.HUGETLB,), legend((R.HUGETLB,)))):
        for tag, values in Tags(page).tags:
            assert tag not in ("iframe", "img", "object", "embed", "base", "form")
            assert values.get("src") is None
            assert (values.get("href") or "#").startswith(("#", "data:"))
        style = page.partition("<style>")[2].partition("</style>")[0]
        assert "url(" not in style and "@import" not in style
        assert "default-src 'none'" in page


def test_tables_alone_say_whether_they_are_the_same() -> None:
    page = html.render_tables((R.HUGETLB, R.CHANGE_PTE), legend((R.HUGETLB,)))
    assert "<p>hugetlb_change_protection() and change_pte_range() do the same to every entry" in page


def test_nothing_of_the_input_is_markup() -> None:
    allowed = {tag for tag, _ in Tags(html.render(R.report(R.SIBLINGS, PFN), pages())).tags} | {"ul", "li"}
    evil = R.HOSTILE._replace(message='<script>alert(1)</script><b onclick="x">', function="</code><i>", commit="<u>")
    page = html.render(R.report(evil), {})
    assert {tag for tag, _ in Tags(page).tags} <= allowed
    assert page.count("<script>") == 1
    assert all(c in "\n\t" or c.isprintable() for c in page)


def test_the_page_tells_the_story() -> None:
    assert '<div class="row step"><span class="number">154</span><code>\tswp_entry_t entry = x;</code></div>' in PAGE
    assert "<mark>pfn_swap_entry_to_page(entry)</mark>" in PAGE
    assert PAGE.index("<b>1</b></span><span>the entry is any swap entry here") < PAGE.index("<mark>pfn_swap")
    assert PAGE.count('class="gap"') == 1
    differs = re.findall(r'<td class="differs">([^<]*)</td>', PAGE)
    assert differs == ["read-excl", "(kept)"]
    assert "mm/a.c:12: skipped: big(): more than 4096 states" in PAGE


def test_what_all_paths_have_in_common_is_said_once() -> None:
    far = [PFN._replace(path=f"/some/where/{name}.c") for name in ("mm/a", "mm/sub/b")]
    page = html.render(R.report(*far), {})
    assert "in /some/where/mm/" in page and "<span>sub/b.c</span>" in page
    assert "in /" not in html.render(R.report(PFN), {})


def chromium(*arguments: str) -> str:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    base = [program, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    done = subprocess.run([*base, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_reader_filters_searches_and_walks_by_keyboard(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.replace("</body>", DRIVER + "</body>"))
    dom = chromium("--window-size=700,900", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri())
    match = re.search(r'<pre id="seen">(.*?)</pre>', dom)
    assert match is not None, dom[-2000:]
    assert match[1] == (
        '[["all","AL108 AL103 AL101"],["folded","0"],["errors","AL108","1 of 3 shown"],'
        '["errors and notes","AL108 AL101"],'
        '["of a rule","AL101"],["Escape","AL108 AL103 AL101"],["searched","AL108"],["nothing","","false"],'
        '["slash","search"],["j","f1"],["jj","f2"],["k","f1"],["theme","true"],["wide","true"]]'
    )


def test_on_a_wide_screen_the_filters_stand_beside(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.replace("</body>", DRIVER + "</body>"))
    dom = chromium("--window-size=1280,900", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri())
    assert '["folded","4"]' in dom and '["wide","true"]' in dom


def test_the_page_is_printed_without_its_controls(tmp_path: Path) -> None:
    path, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    path.write_text(PAGE)
    chromium(f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={pdf}", path.as_uri())
    assert pdf.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is not None:
        command = ["pdftotext", str(pdf), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "light / dark" not in text and "pfn-before-kind" in text
