"""The report on an archive as one HTML page that needs nothing else: no script, no picture, no other site."""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from anonlint.archive.plain import counts, rules, told, unseen, version
from anonlint.archive.summary import Item, Line, Summary
from anonlint.report.safe import safe

_STYLE = """
:root { color-scheme: light dark; --bad: #b3261e; --quiet: #6b6b6b; --rule: #8884; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --quiet: #a0a0a0; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; } td, th { padding: .15rem .6rem .15rem 0; text-align: left; }
td { vertical-align: top; } .day { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; width: 5rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { overflow-x: auto; margin: .3rem 0; }
.quiet { color: var(--quiet); } .error, .bar { color: var(--bad); fill: var(--bad); }
details { border-bottom: 1px solid var(--rule); padding: .4rem 0; } summary { cursor: pointer; }
svg { width: 100%; height: 9rem; } svg text { font-size: 9px; fill: var(--quiet); } .all { fill: var(--rule); }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LORE = "https://lore.kernel.org/all/"
_WIDE, _HIGH, _FOOT = 960, 120, 16
_MOST = 50


def page(summary: Summary) -> str:
    """Return the page."""
    title = "anonlint: what an archive holds"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{_shown(counts(summary))}</h1>\n{''.join(_body(summary))}</body>\n</html>\n"
    )


def _body(summary: Summary) -> Iterator[str]:
    if unseen(summary):
        yield f'<p class="quiet">{_shown(unseen(summary))}</p>\n'
    for mail, reason in summary.lost[:_MOST]:
        yield f'<p class="error">{_shown(mail)}: {_shown(reason)}</p>\n'
    if summary.months:
        yield f"<h2>Timeline</h2>\n{''.join(_timeline(summary.months))}"
    if not summary.findings:
        return
    yield f"<h2>Rules</h2>\n{''.join(_table('rule', rules(summary)))}"
    yield f"<h2>Files</h2>\n{''.join(_table('file', summary.files))}"
    yield '<h2>Series</h2>\n<table><tr><th class="n">findings<th>series<th>sender<th>day\n'
    for series in summary.series:
        more = version(series)
        yield (
            f'<tr><td class="n">{series.findings}<td>{_shown(series.title)} '
            f'<span class="quiet">{_shown(more)}</span><td>{_shown(series.sender)}'
            f'<td class="day">{_shown(series.day)}\n'
        )
    yield f"</table>\n<h2>Findings</h2>\n{''.join(map(_item, summary.findings))}"


def _timeline(months: Sequence[Line]) -> Iterator[str]:
    """Yield a picture: a bar for the findings of each month, before one for its patches, each in its own scale."""
    most = max((line.findings for line in months), default=0) or 1
    all_of_them = max((line.judged for line in months), default=0) or 1
    step = _WIDE / len(months)
    label = f"findings by month, at most {most}; behind them patches, at most {all_of_them}"
    yield f'<svg viewBox="0 0 {_WIDE} {_HIGH + _FOOT}" preserveAspectRatio="none" role="img" aria-label="{label}">\n'
    for i, line in enumerate(months):
        x, shown = i * step, f"{line.name}: {line.findings} findings in {line.judged} patches"
        tall, high = _HIGH * line.judged / all_of_them, _HIGH * line.findings / most
        yield f"<g><title>{_shown(shown)}</title>"
        yield _bar("all", x, step * 0.9, tall) + _bar("bar", x + step * 0.25, step * 0.4, high)
        yield "</g>\n"
    for i in sorted({0, len(months) // 2, len(months) - 1}):
        anchor = "start" if i == 0 else "end" if i == len(months) - 1 else "middle"
        at = i * step + (step * 0.9 if anchor == "end" else 0)
        yield f'<text x="{at:.1f}" y="{_HIGH + 11}" text-anchor="{anchor}">{_shown(months[i].name)}</text>\n'
    yield f'</svg>\n<p class="quiet">{label}</p>\n'


def _bar(kind: str, x: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{_HIGH - height:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _table(name: str, lines: Sequence[Line]) -> Iterator[str]:
    yield f'<table><tr><th class="n">findings<th class="n">mails<th>{name}\n'
    for line in lines[:_MOST]:
        yield f'<tr><td class="n">{line.findings}<td class="n">{line.mails}<td><code>{_shown(line.name)}</code>\n'
    yield "</table>\n"
    if len(lines) > _MOST:
        yield f'<p class="quiet">and {len(lines) - _MOST} more</p>\n'


def _item(item: Item) -> str:
    found = item.document
    place = f"{found['path']}:{found['line']}"
    mail = _shown(item.mail)
    if item.public:
        mail = f'<a href="{_LORE}{quote(item.mail, safe="@")}/">{mail}</a>'
    because = "".join(f"{_shown(_place(one))}\n" for one in (*found["because"], *found["evidence"]))
    when = f"{item.day}, replies: {item.replies}"
    parts = [
        f'<p>{mail} <span class="quiet">{_shown(when)}</span><br>{_shown(item.subject)}</p>',
        f"<pre>{because}</pre>" if because else "",
        f"<p>{_shown(found['breaks'])}</p>" if found["breaks"] else "",
        f"<p>{_shown(found['help'])}</p>" if found["help"] else "",
        f"<p>Gone with {_shown(found['gone_by'])}.</p>" if found.get("gone_by") else "",
    ]
    return (
        f'<details><summary><code>{_shown(place)}</code> <span class="{_shown(found["severity"])}">'
        f"{_shown(told(item))}</span> <code>{_shown(found['code'])} {_shown(found['name'])}</code></summary>\n"
        f"{''.join(parts)}</details>\n"
    )


def _place(one: dict[str, object]) -> str:
    return f"{one['path']}:{one['line']}: {one['message']}"


def _shown(text: object) -> str:
    return escape(safe(str(text)))
