"""Which format goes where: each ``-o FILE`` takes the ``--format`` before it, what is left goes to standard output."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from anonlint.cli import output, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from anonlint.model.page import RulePage
    from anonlint.model.report import Report

_READ_BY_PEOPLE = ("text", "gcc", "full", "lkp")
TELL_FIXES = ("sarif", "rdjson", "gitlab")  # they have a place for a replacement, or for saying that there is one
_SUMMARY = "GITHUB_STEP_SUMMARY"  # names the file that GitHub shows below a job, as Markdown
_SUMMARY_MOST = 1 << 20


class Sink:
    """A format and the file that it goes to; "" is standard output."""

    __slots__ = ("form", "path")

    def __init__(self, form: str, path: str = "") -> None:
        self.form = form
        self.path = path


def sinks(parsed: Parsed, default: str) -> list[Sink]:
    """Return what is written where; ``default`` is the format of what none is named for."""
    found: list[Sink] = []
    form = ""
    for key, value in parsed.given:
        if key == "format":
            form = value
        elif key == "output":
            found.append(Sink(form, value))
            form = ""
    bare = [sink for sink in found if not sink.form]
    if form and bare:
        bare[-1].form, form = form, ""
    for sink in found:
        sink.form = sink.form or default
    paths = [sink.path for sink in found]
    if len(set(paths)) < len(paths):
        raise UsageError("check: two reports cannot go to one file: name another one with -o")
    return found if found and not form else [*found, Sink(form or default)]


def write(report: "Report", wanted: list[Sink], color: str) -> None:
    """Write the report in each format to where it goes."""
    texts = [rendered(report, sink, color) for sink in wanted]
    for sink, text in zip(wanted, texts, strict=True):
        output.write(text, sink.path)
    if any(sink.form == "github" for sink in wanted):
        _step_summary(report, os.environ.get(_SUMMARY, ""))


def rendered(report: "Report", sink: Sink, color: str = "") -> str:
    """Return the report in one format; only that format's module is imported."""
    if sink.form in _READ_BY_PEOPLE:
        return _for_people(report, sink, color) if report.findings else ""
    if sink.form in ("sarif", "html"):
        return _with_pages(report, sink.form)
    if sink.form in ("json", "jsonl"):
        from anonlint.report import jsonreport

        return jsonreport.render(report) if sink.form == "json" else jsonreport.render_lines(report)
    from importlib import import_module

    text: str = import_module(f"anonlint.report.{sink.form}").render(report)
    return text


def needs_jinja2() -> None:
    """Raise UsageError with what to do where the extra for HTML is not installed."""
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise UsageError("html: jinja2 is not installed: pip install 'anonlint[html]'") from error


def pages() -> Mapping[str, "RulePage"]:
    """Return the pages of all rules, by code."""
    from anonlint.rule import page, registry

    return {rule.code: page.of(rule) for rule in registry.rules()}


def _for_people(report: "Report", sink: Sink, color: str) -> str:
    if sink.form == "lkp":
        from anonlint.report import lkp

        return lkp.render(report)
    is_terminal = sys.stdout.isatty() and not sink.path
    choice = color or ("never" if sink.form == "gcc" else "auto")
    colour = terminal.wants_colour(choice, os.environ, is_terminal)
    smart = is_terminal and os.environ.get("TERM", "") not in ("", "dumb")
    if sink.form == "full" or (sink.form == "text" and smart):
        from anonlint.report import full

        return full.render(report, terminal.width(os.environ, sys.stdout), colour)
    from anonlint.report import text

    return text.render(report, colour)


def _with_pages(report: "Report", form: str) -> str:
    if form == "sarif":
        from anonlint.report import sarif

        return sarif.render(report, pages())
    needs_jinja2()
    from anonlint.report import html

    return html.render(report, pages())


def _step_summary(report: "Report", path: str) -> None:
    """Put the report to what GitHub shows below the job, as far as there is room."""
    if not path:
        return
    from anonlint.report import markdown

    data = markdown.render(report).encode("utf-8", "backslashreplace")
    try:
        room = _SUMMARY_MOST - (os.path.getsize(path) if os.path.exists(path) else 0)
        note = b"\n\n*Cut: a summary holds 1 MiB.*\n"
        with open(path, "ab") as file:
            file.write(data if len(data) <= room else data[: max(room - len(note), 0)] + note[: max(room, 0)])
    except OSError as error:
        raise UsageError(f"{path} ({_SUMMARY}): cannot be written: {error.strerror}") from error
