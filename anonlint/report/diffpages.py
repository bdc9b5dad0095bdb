"""What a patch changes in effect, as pages: Markdown for a mail or a forge, HTML that needs nothing else."""

from collections.abc import Iterator

from anonlint.model.change import ChangedRow, ChangeReport, FunctionChange
from anonlint.model.finding import Words
from anonlint.report.difftext import counts, headline, of_row, said
from anonlint.report.safe import safe

_MARKUP = "\\`*_[]<>|#"
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "h2{font-size:1em;font-family:monospace;margin:2em 0 .5em}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2em .6em;"
    "border-bottom:1px solid #8884}.mark{font-family:monospace;width:1em}.plus{color:#1a7f37}.minus{color:#cf222e}"
    ".tilde{color:#9a6700}blockquote{border-left:3px solid #8888;margin:.5em 0;padding-left:1em}"
    ".basis{opacity:.75}@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}}"
)
_CLASSES = {"+": "plus", "-": "minus", "~": "tilde"}


def markdown(report: ChangeReport) -> str:
    """Return the report as Markdown."""
    parts: list[str] = []
    for answer in report.answers:
        parts += [_quote(answer.words), *(f"Answered by the tables: {_plain(s)}" for s in answer.sentences)]
    for change in (*report.changes, *report.together):
        parts += [
            f"### {_plain(headline(change, several=report.patches > 1))}",
            *(_quote(words) for words in change.words),
        ]
        if change.rows:
            rows = [
                f"| {row.mark} | {_plain(of_row(row))} | {'<br>'.join(map(_plain, cells(row)))} |"
                for row in change.rows
            ]
            parts.append("\n".join(["| | what | entry states |", "|---|---|---|", *rows]))
        parts += [f"Not compared: {_plain(gap)}" for gap in change.gaps]
        parts += [f"Rests on: {_plain(change.basis)}"] if change.basis else []
    parts.append(f"_{_plain(counts(report))}_")
    return "\n\n".join(parts) + "\n"


def cells(row: ChangedRow) -> list[str]:
    """Return how each group of states has changed."""
    return [said(row, cell.states, cell.before, cell.after) for cell in row.cells]


def _quote(words: Words) -> str:
    return f"> {_plain(safe(words.text))}\n> ({_plain(safe(words.input))}:{words.line})"


def _plain(text: str) -> str:
    """Return text in which nothing is markup."""
    return "".join(f"\\{c}" if c in _MARKUP else c for c in text)


def html(report: ChangeReport) -> str:
    """Return the report as one page that loads nothing from elsewhere."""
    body = "\n".join(_page(report))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>anonlint diff</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>What changes in effect</h1>\n{body}\n<p>{_text(counts(report))}</p>\n</body></html>\n"
    )


def _page(report: ChangeReport) -> Iterator[str]:
    for answer in report.answers:
        yield _blockquote(answer.words)
        yield from (f"<p><b>Answered by the tables:</b> {_text(s)}</p>" for s in answer.sentences)
    for change in (*report.changes, *report.together):
        yield from _section(change, several=report.patches > 1)


def _section(change: FunctionChange, *, several: bool) -> Iterator[str]:
    yield f"<h2>{_text(headline(change, several=several))}</h2>"
    yield from (_blockquote(words) for words in change.words)
    if change.rows:
        head = "".join(f'<th scope="col">{title}</th>' for title in ("", "what", "entry states"))
        yield f"<table><thead><tr>{head}</tr></thead>"
        for row in change.rows:
            states = "<br>".join(_text(cell) for cell in cells(row))
            mark = f'<td class="mark {_CLASSES[row.mark]}">{row.mark}</td>'
            yield f"<tr>{mark}<td>{_text(of_row(row))}</td><td>{states}</td></tr>"
        yield "</table>"
    yield from (f"<p>Not compared: {_text(gap)}</p>" for gap in change.gaps)
    if change.basis:
        yield f'<p class="basis">Rests on: {_text(change.basis)}</p>'


def _blockquote(words: Words) -> str:
    return f"<blockquote>{_text(words.text)} <small>({_text(words.input)}:{words.line})</small></blockquote>"


def _text(text: str) -> str:
    from html import escape  # lazily: only pages need it

    return escape(safe(text))
