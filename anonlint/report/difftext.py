"""What a patch changes in effect, as lines for people: the rows that changed, marked + - or ~, each with its states."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from anonlint.model.change import Answer, ChangedRow, ChangeReport, FunctionChange
from anonlint.model.finding import Words
from anonlint.report.safe import safe

VERDICTS = {
    "changed": "different in effect",
    "same": "no difference in effect",
    "open": "not compared",
    "new": "new: nothing to compare it with",
    "gone": "gone: nothing to compare it with",
}
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m"}
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LEAST = 40  # columns that text is wrapped to at least
_MOST_STATES = 12  # groups of states that a row shows, full shows all


def render(report: ChangeReport, width: int, *, full: bool = False, colour: bool = False) -> str:
    """Return the report for ``width`` columns; ``full`` says on what each verdict rests, and who asked."""
    width = max(width, _LEAST)
    blocks = [list(_answer(answer, width)) for answer in report.answers]
    several = report.patches > 1
    blocks += [list(_change(change, width, full=full, several=several)) for change in report.changes]
    blocks += [list(_change(change, width, full=full, several=several)) for change in report.together]
    if not full:  # lines of one verdict stand together
        blocks = _gathered(blocks)
    text = "\n".join("".join(line + "\n" for line in block) for block in blocks)
    return "".join(_coloured(line) for line in text.splitlines(keepends=True)) if colour else text


def _gathered(blocks: Sequence[list[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    for block in blocks:
        if found and len(block) == 1 and len(found[-1]) == 1:
            found[-1] = [*found[-1], *block]
        elif found and len(block) == 1 and len(found[-1][0]) and all(not line.startswith(" ") for line in found[-1]):
            found[-1] += block
        else:
            found.append(block)
    return found


def _answer(answer: Answer, width: int) -> Iterator[str]:
    yield from asked(answer.words, width)
    for sentence in answer.sentences:
        yield from _wrapped("answered by the tables: " + safe(sentence), width, "  ")


def asked(words: Words, width: int) -> list[str]:
    """Return what a reviewer has written, and where."""
    place = f"asked at {safe(words.input)}:{words.line}: "
    text = safe(words.text)
    room = 2 * width
    short = text if len(text) <= room else "... " + text[len(text) - room :].partition(" ")[2]
    return list(_wrapped(f'{place}"{short}"', width, "  "))


def headline(change: FunctionChange, *, several: bool = False) -> str:
    """Return the place, the name and the verdict of one function; with ``several`` patches, of which of them."""
    old = f" (before: {safe(change.old)}())" if change.old else ""
    name = f"{safe(change.name)}()" if change.name != "the hunk" else change.name
    because = f", because of {safe(change.because)}()" if change.because else ""
    because = f", because of what {safe(change.because)}() hands to it" if change.handed else because
    verdict = VERDICTS[change.verdict]
    if change.verdict == "changed" and change.gaps:
        verdict += "; not all of it compared"
    of = f" [{part(change)}]" if several else ""
    return f"{safe(change.path)}:{change.line}: {name}{old}: {verdict}{because}{of}"


def part(change: FunctionChange) -> str:
    """Return which patch of a series a change is of, or which of them together make it."""
    if not change.patches:
        return f"patch {change.patch}{f': {safe(change.subject)}' if change.subject else ''}"
    *most, last = map(str, change.patches)
    return f"patches {', '.join(most)} and {last} together"


def _change(change: FunctionChange, width: int, *, full: bool, several: bool) -> Iterator[str]:
    yield headline(change, several=several)
    origin = ": ".join(part for part in (safe(change.commit)[:12], safe(change.subject)) if part)
    if full and origin and not several:
        yield from _wrapped(f"from {origin}", width, "  ")
    for words in change.words if full else ():
        for line in asked(words, width - 2):
            yield f"  {line}"
    for row in change.rows:
        yield from _row(row, width, full=full)
    for gap in change.gaps:
        yield from _wrapped(f"not compared: {safe(gap)}", width, "  ")
    if change.basis and (full or change.verdict != "changed"):
        yield from _wrapped(f"rests on: {safe(change.basis)}", width, "  ")


def of_row(row: ChangedRow) -> str:
    """Return what a row is of, with the entry and the line that it is about."""
    entry = f" [{safe(row.entry)}]" if row.entry else ""
    line = f" (line {row.line})" if row.line else ""
    return f"{safe(row.text)}{entry}{line}"


def _row(row: ChangedRow, width: int, *, full: bool) -> Iterator[str]:
    yield from _wrapped(f"{row.mark} {of_row(row)}", width, "  ", hang="    ")
    shown = row.cells if full else row.cells[:_MOST_STATES]
    for cell in shown:
        yield from _wrapped(said(row, cell.states, cell.before, cell.after), width, "      ")
    if len(shown) < len(row.cells):
        yield f"      and {len(row.cells) - len(shown)} more groups of states (--format full shows them)"


def said(row: ChangedRow, states: str, before: str, after: str) -> str:
    """Return how one cell of a row has changed."""
    of = f"{safe(states)}: " if states else ""
    if row.sort in ("rests", "asks"):
        gone, new = safe(before), safe(after)
        return "; ".join(part for part in (gone and f"no more on: {gone}", new and f"now on: {new}") if part)
    if row.sort in ("outside", "admits"):
        return f"{of}{'no more' if before else 'now'}"
    if not before or not after:
        text = safe(after or before)
        what = "" if text == "reached" else " as it is" if text == "(kept)" else f" ({text})"
        return f"{of}{'now' if after else 'no more'}{what}"
    return f"{of}{safe(before)} -> {safe(after)}"


def _wrapped(text: str, width: int, indent: str, hang: str = "") -> list[str]:
    first = indent if not text.startswith("asked at") else ""
    rest = hang or indent + "  "
    return wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _coloured(line: str) -> str:
    body = line.rstrip("\n")
    if body[:1] not in ("", " ") and not body.startswith("asked"):
        return f"{_BOLD}{body}{_RESET}\n"
    if body.startswith("  ") and body[2:3] in _COLOURS and body[3:4] == " ":
        return f"{_COLOURS[body[2]]}{body}{_RESET}\n"
    if body.startswith("  rests on"):
        return f"{_DIM}{body}{_RESET}\n"
    return line


def counts(report: ChangeReport) -> str:
    """Return the one line of counts that ends a run."""
    verdicts = [change.verdict for change in report.changes]
    words = [f"{len(verdicts)} function{'' if len(verdicts) == 1 else 's'}"]
    for verdict, word in (("changed", "different in effect"), ("same", "the same"), ("open", "not compared")):
        if verdict in verdicts:
            words.append(f"{verdicts.count(verdict)} {word}")
    both = verdicts.count("new") + verdicts.count("gone")
    words += [f"{both} new or gone"] if both else []
    alone = len({skip.path for skip in report.alone})
    words += [f"{alone} file{'' if alone == 1 else 's'} compared on hunks alone"] if alone else []
    words += [f"of {report.patches} patches"] if report.patches > 1 else []
    words += [f"{len(report.skipped)} skipped"] if report.skipped else []
    return "; ".join(words)
