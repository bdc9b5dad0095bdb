"""What a rule said, as the finding that a user sees, with its story."""

from collections.abc import Iterable, Iterator, Sequence

from anonlint.model.finding import Evidence, Finding, Severity, Table, fingerprint
from anonlint.model.snapshot import Origin
from anonlint.model.source import Source, Span
from anonlint.rule.plugin import Diagnostic, Member, Pass, Place, Rule
from anonlint.trace.records import Record

_MARGIN = 2  # lines shown before and behind each one that a story is about


def place_at(source: Source, span: Span, function: str) -> Place:
    """Return where something stands, in terms that survive the end of its file's analysis."""
    position = source.position(span.start)
    text = source.line_text(span.start).decode("utf-8", "replace")
    width = max(min(span.end - span.start, len(text) + 1 - position.column), 1)
    return Place(source.path_at(span.start), position.line, position.column, position.column + width, text, function)


def story(rule: Rule, item: Diagnostic, p: Pass, function: str, origin: Origin) -> Finding:
    """Return what a diagnostic says, with its story: where no path leads to its place the notes tell it."""
    place = place_at(p.source, item.span, function)
    record = item.record or p.record_at(item.span)
    path = _through(p.because(record), record, p, function) if record is not None else ()
    notes = _evidence(item.notes, p.source, function) if path else ()
    told = path or item.notes or ((item.span, "nothing is asked on the way here"),)
    because = _evidence(told, p.source, function)
    severity = rule.severity if item.severity is None else item.severity
    found = finding(rule, place, item.message, severity, notes, item.tables, origin)
    entry = getattr(record, "root", None)
    cause = "" if entry is None else f"{p.name} {entry!r}"
    around = _around((item.span, *(span for span, _ in (*told, *item.notes))), p.source, place)
    return found._replace(because=because, help=item.help or rule.help, cause=cause, around=around)


def _around(spans: Sequence[Span], source: Source, place: Place) -> tuple[tuple[int, str], ...]:
    """Return the lines that a story is about, with those next to them, where it is one of the file's own."""
    return _shown(source, (span.start for span in spans)) if place.path == source.path else ()


def around(source: Source, lines: Sequence[int]) -> tuple[tuple[int, str], ...]:
    """Return those lines of a whole file with those next to them, as a finding shows them."""
    return _shown(source, source.starts(lines))


def _shown(source: Source, offsets: Iterable[int]) -> tuple[tuple[int, str], ...]:
    return tuple((line, text.decode("utf-8", "replace")) for line, text in source.around(offsets, _MARGIN))


def _through(
    path: tuple[tuple[Span, str], ...], record: Record, p: Pass, function: str
) -> tuple[tuple[Span, str], ...]:
    """Return a path with the call that leads from the executed function to the helper in which a thing happened."""
    call: Span | None = getattr(record, "call", None)
    if call is None or function == p.name or not p.holds(call):
        return path
    before = tuple(step for step in path if p.holds(step[0]) and step[0] != call)
    inside = tuple(step for step in path if not p.holds(step[0]))
    return (*before, (call, f"{p.name}() calls {function}()"), *inside)


def _evidence(places: Sequence[tuple[Span, str]], source: Source, function: str) -> tuple[Evidence, ...]:
    placed = ((place_at(source, span, function), message) for span, message in places)
    return tuple(Evidence(n.path, n.line, n.column, message, n.text) for n, message in placed)


def comparison(rule: Rule, members: Sequence[Member], origin: Origin) -> Iterator[Finding]:
    """Yield what a rule says of all members that it compares."""
    for item in rule.compare(members) if rule.compare is not None else ():
        assert item.member.place is not None
        yield finding(rule, item.member.place, item.message, item.severity, item.evidence, item.tables, origin)


def opposed(rule: Rule, before: Sequence[Member], after: Sequence[Member], origin: Origin) -> Iterator[Finding]:
    """Yield what a rule says of the members of a file before a patch and after it."""
    for item in rule.against(before, after) if rule.against is not None else ():
        assert item.member.place is not None
        found = finding(rule, item.member.place, item.message, item.severity, (), item.tables, origin)
        yield found._replace(because=item.evidence)


def finding(
    rule: Rule,
    place: Place,
    message: str,
    severity: Severity,
    evidence: tuple[Evidence, ...],
    tables_: tuple[Table, ...],
    origin: Origin,
) -> Finding:
    """Make the finding that a user sees of what a rule said."""
    return Finding(
        path=place.path,
        line=place.line,
        column=place.column,
        code=rule.code,
        function=place.function,
        message=message,
        name=rule.name,
        severity=severity,
        text=place.text,
        evidence=evidence,
        tables=tables_,
        fingerprint=fingerprint(rule.code, place.path, place.function, place.text.encode(), message),
        end_column=place.end_column,
        commit=origin.commit,
        subject=origin.subject,
        mail=origin.mail,
        breaks=rule.breaks,
        help=rule.help,
        like=rule.fixes,
    )
