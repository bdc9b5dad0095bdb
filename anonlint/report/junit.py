"""JUnit's XML: a failed test for each finding, one that passes for each file without, and one for the run."""

from anonlint.model.finding import Finding
from anonlint.model.report import Report
from anonlint.model.snapshot import Skip
from anonlint.report.parts import ordinals, plain
from anonlint.report.safe import safe
from anonlint.report.text import headline, source_of, summary
from anonlint.report.xml import attribute, body


def render(report: Report) -> str:
    """Return the report as one suite."""
    cases = [_run(report)]
    names = [f"{finding.code} {finding.name} in {_where(finding)}" for finding in report.findings]
    for finding, name, at in zip(report.findings, names, ordinals(report.findings), strict=True):
        cases.append(_case(finding, f"{name} ({at + 1})" if at else name))
    found = {finding.path for finding in report.findings}
    cases += [f'<testcase classname={attribute(path)} name="file"/>' for path in report.checked if path not in found]
    skips = tuple(dict.fromkeys((*report.skipped, *report.alone)))
    cases += [_skipped(skip) for skip in skips]
    counts = {"tests": len(cases), "failures": len(report.findings), "errors": int(bool(report.errors))}
    numbers = " ".join(f'{key}="{value}"' for key, value in counts.items())
    seconds = f'time="{report.stats.seconds:.3f}"'
    head = f'name="anonlint" {numbers} skipped="{len(skips)}" {seconds}'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites {head}>", f"<testsuite {head}>"]
    return "\n".join([*lines, *cases, "</testsuite>", "</testsuites>"]) + "\n"


def _where(finding: Finding) -> str:
    return f"{finding.function}()" if finding.function else finding.path


def _run(report: Report) -> str:
    head = '<testcase classname="anonlint" name="run"'
    if not report.errors:
        return f"{head}><system-out>{body(summary(report, listed=True))}</system-out></testcase>"
    text = body("\n".join(report.errors))
    return f'{head}><error type="error" message="not checked">{text}</error></testcase>'


def _case(finding: Finding, name: str) -> str:
    # GitLab shows the text of a failure and not its message: the text says everything.
    place = f"{safe(finding.path)}:{finding.line}:{finding.column}: {finding.severity.word}: "
    origin = source_of(finding)
    text = place + headline(finding) + (f" ({origin})" if origin else "") + "\n" + plain(finding)
    return (
        f"<testcase classname={attribute(finding.path)} name={attribute(name)} file={attribute(finding.path)} "
        f'line="{finding.line}"><failure type="{finding.severity.word}" '
        f"message={attribute(headline(finding))}>{body(text)}</failure></testcase>"
    )


def _skipped(skip: Skip) -> str:
    name = f"{skip.function}()" if skip.function else f"line {skip.line}" if skip.line else "file"
    head = f"<testcase classname={attribute(skip.path)} name={attribute(f'{name}: {skip.reason}')}"
    return f"{head}><skipped message={attribute(skip.reason)}/></testcase>"
