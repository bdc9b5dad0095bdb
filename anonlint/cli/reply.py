"""``anonlint reply``: write the answers to mails that a reviewer would send; nothing is sent."""

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonlint.cli import check, inputs, judge, output, streams
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from anonlint.report.reply import Reply


def run(parsed: Parsed) -> int:
    """Judge the mails, write an answer to each that something was found in, and return the status of a check."""
    from anonlint.intake import files
    from anonlint.intake.letters import letters

    name = parsed.operands[0]
    data = streams.read() if name == "-" else files.read(name)
    found = list(letters(name, data, quoted=parsed.flag("quoted")))
    settings = inputs.settings()
    level = parsed.last("fail-level") or settings.fail_level or "warning"
    report = judge.judge(parsed, settings, (name,), stdin=lambda: data)
    report = judge.new(report, settings.baseline, aloud=False)
    least = check.LEAST[level]
    told = [finding for finding in report.findings if finding.severity >= least]
    from anonlint.report.reply import replies

    made = replies(found, told)
    _write(made, parsed.last("output"))
    check.remarks(report, verbose=parsed.flag("verbose"), quiet=parsed.flag("quiet"))
    if any("\nIn-Reply-To: " not in reply.text for reply in made):
        output.complain("a mail has no Message-Id: an answer to it has no In-Reply-To")
    return check.status(report, level)


def _write(made: "Sequence[Reply]", path: str) -> None:
    """Write one mailbox, or into a directory a file for each answer, as git send-email takes them."""
    if not path.endswith("/"):
        output.write("\n".join(reply.text for reply in made), path)
        return
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be made: {error.strerror}") from error
    for at, reply in enumerate(made):
        subject = re.search(r"^Subject: (.*)$", reply.text, re.MULTILINE)
        words = re.sub(r"[^A-Za-z0-9.]+", "-", subject[1] if subject else "").strip("-.")[:52].rstrip("-.")
        output.write(reply.text, os.path.join(path, f"{at + 1:04}-{words}.eml"))
