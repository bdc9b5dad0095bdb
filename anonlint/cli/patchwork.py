"""``anonlint patchwork``: post what was found in patch mails as checks to a Patchwork server."""

import os
import re
from typing import TYPE_CHECKING

from anonlint.cli import check, inputs, judge, output, streams
from anonlint.cli.options import Parsed
from anonlint.errors import AnonlintError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonlint.model.finding import Finding
    from anonlint.model.letter import Letter
    from anonlint.model.report import Report
    from anonlint.remote import Check, Patchwork

_TOKEN = "PATCHWORK_TOKEN"
_STATES = {"error": "fail", "warning": "warning", "note": "success"}
_WORDS = ("error", "warning", "note")
_LONGEST = 200


def run(parsed: Parsed) -> int:
    """Judge the mails, post a check for each patch, and return 2 if one could not be posted."""
    from anonlint.intake import files
    from anonlint.intake.letters import letters
    from anonlint.remote import Check, Patchwork

    context, target = parsed.last("context") or "anonlint", parsed.last("target-url")
    if not re.fullmatch(r"[-a-zA-Z0-9_]{1,255}", context):
        raise UsageError(f"patchwork: --context: {context!r} holds more than letters, digits, - and _")
    if target and (len(target) > _LONGEST or not target.startswith(("http://", "https://"))):
        raise UsageError(f"patchwork: --target-url: {target!r} is no address of at most {_LONGEST} characters")
    token, dry = os.environ.get(_TOKEN, ""), parsed.flag("dry-run")
    if not (token or dry):
        raise UsageError(f"patchwork: ${_TOKEN} is not set (--dry-run posts nothing)")
    if not (parsed.last("server") and parsed.last("project")):
        raise UsageError("patchwork: --server and --project are needed (see anonlint patchwork --help)")
    server = Patchwork(parsed.last("server"), token)
    name = parsed.operands[0]
    data = streams.read() if name == "-" else files.read(name)
    found = list(letters(name, data, quoted=False))
    settings = inputs.settings()
    report = judge.judge(parsed, settings, (name,), stdin=lambda: data)
    report = judge.new(report, settings.baseline, aloud=False)
    check.remarks(report, verbose=parsed.flag("verbose"), quiet=parsed.flag("quiet"))
    status = 2 if report.errors else 0
    for letter in found:
        state, words = _said(letter, report)
        answer = Check(state, context, words, target)
        try:
            _post(server, parsed.last("project"), letter, answer, dry=dry)
        except AnonlintError as error:
            output.complain(str(error))
            status = 2
    return status


def _post(server: "Patchwork", project: str, letter: "Letter", answer: "Check", *, dry: bool) -> None:
    from anonlint.report.safe import safe

    if not letter.message_id:
        raise UsageError(f"{safe(letter.subject)}: has no Message-Id: Patchwork knows it by nothing else")
    where = "not posted"
    if not dry:
        number = server.patch(project, letter.message_id)
        server.post(number, answer)
        where = f"{server.url}/patch/{number}/"
    output.write(f"{answer.state:<8}{safe(letter.subject)}: {safe(answer.description)} ({where})\n")


def _said(letter: "Letter", report: "Report") -> tuple[str, str]:
    """Return the state and the description of one patch's check."""
    from anonlint.report.safe import safe
    from anonlint.report.text import headline

    mine: Sequence[Finding] = [finding for finding in report.findings if finding.mail == letter.place]
    if report.errors:
        return "warning", f"could not be checked: {safe(report.errors[0])}"[:_LONGEST]
    if not mine:
        return "success", "nothing found"
    worst = max(mine, key=lambda finding: finding.severity)
    counts = [(word, sum(f.severity.word == word for f in mine)) for word in _WORDS]
    numbers = ", ".join(f"{count} {word}{'s' * (count > 1)}" for word, count in counts if count)
    text = f"{numbers}; {safe(worst.path)}:{worst.line}: {worst.code} {headline(worst)}"
    return _STATES[worst.severity.word], text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
