"""``anonlint mcp``: the Model Context Protocol over stdio, for reviewers that are programs.

What a model may not settle by feeling it can have proven here, the same each time. All tools read only, and see nothing
outside of the tree that the server was started on. Answers are typed and small: they go into a context.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from anonlint import __version__
from anonlint.errors import AnonlintError
from anonlint.kernel import meaning
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.model.change import ChangedCell, FunctionChange
from anonlint.model.finding import Evidence, Finding, Table
from anonlint.report.legend import legend
from anonlint.report.safe import decodable, safe
from anonlint.report.text import headline, remarks, source_of, summary
from anonlint.rule import page, registry
from anonlint.serve.desk import Asked, Desk

T = TypeVar("T")
LARGEST = 2 << 20  # characters of a patch or text
MOST = 50  # findings in one answer
_LEVELS = {"note": 1, "warning": 2, "error": 3}
_INSTRUCTIONS = (
    "Executes functions of Linux mm code over every state of a page table entry and reports what breaks migration "
    "entries, exclusive anonymous pages, copy-on-write reuse and software bits. Deterministic: ask it instead of "
    "guessing what a path does. A finding holds the path that leads to it; a table says what a function makes of each "
    "kind of entry. What was not judged is listed: silence about it proves nothing."
)


class Step(BaseModel):
    """A place, and what is so there."""

    place: str
    says: str
    code: str


class Found(BaseModel):
    """One finding with its path."""

    rule: str
    name: str
    severity: Literal["note", "warning", "error"]
    place: str
    function: str
    says: str
    code: str
    because: list[Step]
    notes: list[Step]
    breaks: str
    help: str
    like: list[str]
    origin: str


class Checked(BaseModel):
    """What was found; ``more`` findings were left out for room, ``not_judged`` says what nothing is known about."""

    summary: str
    findings: list[Found]
    more: int
    not_judged: list[str]
    errors: list[str]


class Row(BaseModel):
    """What becomes of one kind of entry, by column."""

    entry: str
    cells: dict[str, str]


class Effects(BaseModel):
    """What one function makes of every kind of entry."""

    function: str
    role: str
    place: str
    rows: list[Row]


class Tables(BaseModel):
    """Effect tables, and what the signs in them mean."""

    tables: list[Effects]
    signs: dict[str, str]


class Changed(BaseModel):
    """What differs for some entry states; an empty side is "not at all"."""

    mark: Literal["+", "-", "~"]
    entry: str
    what: str
    states: str
    before: str
    after: str


class Difference(BaseModel):
    """One function before and after; "open" says that not all was compared, and ``not_compared`` what."""

    function: str
    place: str
    verdict: Literal["changed", "same", "open", "new", "gone"]
    rows: list[Changed]
    rests_on: str
    not_compared: list[str]


class Differences(BaseModel):
    """What a patch changes in effect; ``more`` functions were left out for room."""

    functions: list[Difference]
    more: int
    errors: list[str]


class Meaning(BaseModel):
    """What a name means in some releases."""

    releases: str
    means: str
    prototype: str


class Word(BaseModel):
    """A kernel name: its meanings, oldest first, and where the tree declares it."""

    name: str
    meanings: list[Meaning]
    declared: str


class Rule(BaseModel):
    """A rule in one line."""

    code: str
    name: str
    severity: str
    summary: str


class Rules(BaseModel):
    """All rules."""

    rules: list[Rule]


def server(desk: Desk, vocabulary: Vocabulary) -> MCPServer:
    """Return the server for one tree."""
    made = MCPServer("anonlint", version=__version__, instructions=_INSTRUCTIONS)
    tools = _Tools(desk, vocabulary)
    hints = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for tool in (
        tools.check_file,
        tools.check_patch,
        tools.check_commit,
        tools.diff_patch,
        tools.table,
        tools.explain,
        tools.rules,
        tools.vocabulary,
    ):
        made.add_tool(tool, annotations=hints)
    return made


Severity = Annotated[Literal["note", "warning", "error"], Field(description="least severity that is told")]
Limit = Annotated[int, Field(ge=1, le=MOST, description="most findings that are told")]


class _Tools:
    """The tools, each a method; its docstring is what a model reads of it."""

    def __init__(self, desk: Desk, vocabulary: Vocabulary) -> None:
        self.desk = desk
        self.words = vocabulary

    def check_file(
        self,
        path: Annotated[str, Field(description="C file of the tree, like mm/mprotect.c")],
        text: Annotated[str, Field(max_length=LARGEST, description="judge this text in place of the file's")] = "",
        severity: Severity = "note",
        limit: Limit = 20,
    ) -> Checked:
        """Check a file of the tree, or a changed text of it (a proposed fix, say), with the other files around it."""

        def run() -> Checked:
            name = self.desk.name(path)
            instead = {name: text.encode()} if text else None
            return self._checked(Asked(files=(name,), instead=instead), severity, limit)

        return _told(run)

    def check_patch(
        self,
        patch: Annotated[str, Field(max_length=LARGEST, description="unified diff, mail or mailbox")],
        quoted: Annotated[bool, Field(description="also judge diffs that a reply quotes")] = False,
        severity: Severity = "note",
        limit: Limit = 20,
    ) -> Checked:
        """Check a patch against the tree: only what it brings is told, not what was wrong before."""
        return _told(lambda: self._checked(Asked(stdin=patch.encode(), quoted=quoted), severity, limit))

    def check_commit(
        self,
        revision: Annotated[str, Field(max_length=200, description="commit, or range A..B, of the tree's repository")],
        severity: Severity = "note",
        limit: Limit = 20,
    ) -> Checked:
        """Check a commit, or each commit of a range: only what each brings is told."""

        def run() -> Checked:
            if revision.startswith("-"):
                raise ToolError(f"{revision!r} is no revision")
            return self._checked(Asked(commit=revision), severity, limit)

        return _told(run)

    def diff_patch(
        self,
        patch: Annotated[str, Field(max_length=LARGEST, description="unified diff, mail or mailbox")],
        limit: Limit = 20,
    ) -> Differences:
        """Tell what a patch changes in effect, by entry state: "same" is proven for what rests_on names."""

        def run() -> Differences:
            report = self.desk.differences(Asked(stdin=patch.encode()))
            return Differences(
                functions=[_difference(change) for change in report.changes[:limit]],
                more=max(len(report.changes) - limit, 0),
                errors=[safe(error) for error in report.errors],
            )

        return _told(run)

    def table(
        self,
        functions: Annotated[list[str], Field(min_length=1, max_length=8, description="names, like change_pte_range")],
        path: Annotated[str, Field(description="file that holds them; without, the tree is searched")] = "",
    ) -> Tables:
        """Return what functions make of every kind of page table entry, to compare siblings."""

        def run() -> Tables:
            files = (self.desk.name(path),) if path else ()
            found = self.desk.tables(tuple(functions), Asked(files=files))
            return Tables(tables=[_effects(table) for table in found], signs=dict(legend(found)))

        return _told(run)

    def explain(self, rule: Annotated[str, Field(description="code or name, like AL103")]) -> str:
        """Return a rule's page: what it finds, why it matters, bad and good code, what it misses."""
        return _told(lambda: page.markdown(registry.rule(rule)))

    def rules(self) -> Rules:
        """Return the list of rules."""
        known = registry.rules()
        return Rules(rules=[Rule(code=r.code, name=r.name, severity=r.severity.word, summary=r.summary) for r in known])

    def vocabulary(self, name: Annotated[str, Field(description="a name of the kernel, like pte_swp_uffd_wp")]) -> Word:
        """Return what a kernel name means to a page table entry, in which releases, and where the tree declares it."""

        def run() -> Word:
            rows = self.words.words.get(name)
            if rows is None:
                raise ToolError(f"{safe(name)}: no word that is known here")
            meanings = [
                Meaning(releases=meaning.span(row), means=meaning.described(row), prototype=row.prototype.strip("-"))
                for row in rows
            ]
            place = meaning.declared(self.desk.root, name)
            return Word(name=name, meanings=meanings, declared=f"{place.path}:{place.line}" if place else "")

        return _told(run)

    def _checked(self, asked: Asked, severity: str, limit: int) -> Checked:
        report = self.desk.check(asked)
        told = [finding for finding in report.findings if finding.severity >= _LEVELS[severity]]
        return Checked(
            summary=summary(report, listed=True),
            findings=[_found(finding) for finding in told[:limit]],
            more=max(len(told) - limit, 0),
            not_judged=remarks(report)[:MOST],
            errors=[safe(error) for error in report.errors],
        )


def _told(run: Callable[[], T]) -> T:
    """Return the answer; what anonlint says of a wrong input becomes the tool's error, in its own words."""
    try:
        return run()
    except AnonlintError as error:
        raise ToolError(safe(str(error))) from error


def _found(finding: Finding) -> Found:
    values: dict[str, Any] = {
        "rule": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        "place": f"{safe(finding.path)}:{finding.line}:{finding.column}",
        "function": decodable(finding.function),
        "says": headline(finding),
        "code": decodable(finding.text.strip()),
        "because": _steps(finding.because),
        "notes": _steps(finding.evidence),
        "breaks": finding.breaks,
        "help": finding.help,
        "like": list(finding.like),
        "origin": source_of(finding),
    }
    return Found(**values)


def _difference(change: FunctionChange) -> Difference:
    values: dict[str, Any] = {
        "function": decodable(change.name),
        "place": f"{safe(change.path)}:{change.line}",
        "verdict": change.verdict,
        "rows": [
            {"mark": row.mark, "entry": decodable(row.entry), "what": decodable(row.text), **_cell(cell)}
            for row in change.rows
            for cell in row.cells
        ],
        "rests_on": decodable(change.basis),
        "not_compared": [decodable(gap) for gap in change.gaps],
    }
    return Difference(**values)


def _cell(cell: ChangedCell) -> dict[str, str]:
    return {"states": cell.states, "before": decodable(cell.before), "after": decodable(cell.after)}


def _steps(items: Sequence[Evidence]) -> list[Step]:
    return [
        Step(place=f"{safe(item.path)}:{item.line}", says=safe(item.message), code=decodable(item.text.strip()))
        for item in items
    ]


def _effects(table: Table) -> Effects:
    rows = [Row(entry=row.kind, cells=dict(zip(table.columns, row.cells, strict=False))) for row in table.rows]
    return Effects(
        function=decodable(table.function), role=table.role, place=f"{safe(table.path)}:{table.line}", rows=rows
    )
