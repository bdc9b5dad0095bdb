"""One run as the command line and the settings ask for it, and what of its findings they leave."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from anonlint.cli import inputs, output, streams
from anonlint.cli.options import Parsed
from anonlint.policy import settings as policy

if TYPE_CHECKING:
    from anonlint.model.finding import Finding
    from anonlint.model.report import Report
    from anonlint.rule.plugin import Rule
    from anonlint.run.kept import Kept
    from anonlint.run.progress import Progress


def judge(
    parsed: Parsed,
    settings: policy.Settings,
    operands: tuple[str, ...],
    progress: "Progress | None" = None,
    stdin: Callable[[], bytes | BinaryIO] = streams.stdin,
    instead: Mapping[str, bytes] | None = None,
    kept: "Kept | None" = None,
) -> "Report":
    """Run the rules and return what the settings leave, with how many findings they take away.

    To tell how many, the rules that only the settings switch off run, too.
    """
    from anonlint.run import runner

    asked = inputs.options(parsed, settings, operands, instead)
    asked = asked._replace(kept=kept)
    muted = _muted(parsed, settings, asked.rules)
    asked = asked._replace(rules=(*asked.rules, *muted), selected=asked.rules) if muted else asked
    if parsed.flag("timings"):
        report, shares = runner.timed(asked, stdin)
        output.say(_timings(shares, report.stats.seconds))
    else:
        report = runner.check(asked, stdin, progress)
        report = report._replace(stats=report.stats._replace(seconds=0.0))
    codes = {rule.code for rule in muted}
    placed = _placed([f for f in report.findings if f.code not in codes], settings)
    return left(report, placed, os.path.basename(settings.path))


def left(report: "Report", kept: "Sequence[Finding]", by: str) -> "Report":
    """Return the report with some of its findings, and the count of the others."""
    gone = len(report.findings) - len(kept)
    counts = (*report.left_out, (by, gone)) if gone else report.left_out
    return report._replace(findings=tuple(kept), left_out=counts)


def new(report: "Report", path: str, *, aloud: bool) -> "Report":
    """Return the report without what a baseline holds; say how much of that is gone."""
    if not path:
        return report
    from anonlint.policy import baseline

    fresh, gone = baseline.new(report.findings, baseline.read(path))
    if gone and aloud:
        output.complain(f"{path}: {gone} of its findings are gone: write it anew (--write-baseline)")
    return left(report, fresh, "the baseline")


def _muted(parsed: Parsed, settings: policy.Settings, rules: "Sequence[Rule]") -> "tuple[Rule, ...]":
    """Return the rules that would run if there were no settings."""
    if not settings.select or parsed.all("select"):
        return ()
    chosen = {rule.code for rule in rules}
    unset = policy.Settings(plugins=settings.plugins)
    return tuple(rule for rule in inputs.rules(parsed, unset) if rule.code not in chosen)


def _placed(findings: "list[Finding]", settings: policy.Settings) -> "list[Finding]":
    """Return the findings that count where they are."""
    if not settings.places:
        return findings
    from anonlint.policy.places import counts
    from anonlint.policy.select import choose
    from anonlint.rule import registry

    for place in settings.places:
        choose(registry.rules(settings.plugins), place.selections)  # an unknown rule is an error
    return [f for f in findings if counts(f.path, f.code, f.name, settings.places)]


def _timings(shares: dict[str, float], seconds: float) -> str:
    """Return a line for each rule, the slowest first: seconds, share of the run, code."""
    rows = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    rest = max(seconds - sum(shares.values()), 0.0)
    lines = [
        f"{took:9.3f}  {100 * took / (seconds or 1):5.1f}%  {what}\n" for what, took in [*rows, ("all else", rest)]
    ]
    return f"{seconds:9.3f}  100.0%  in all, in one process\n" + "".join(lines)
