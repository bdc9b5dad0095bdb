"""``anonlint lsp``: findings as one types, and what a kernel name or a function means where the cursor is.

A change is judged once the keys rest: only what it can affect is executed. The last change wins; a run whose text is
old ends between two functions.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from anonlint import __version__
from anonlint.errors import AnonlintError
from anonlint.fix.prove import prove
from anonlint.kernel import meaning
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.model.edit import Fix
from anonlint.model.finding import Finding
from anonlint.report import legend
from anonlint.report.safe import safe
from anonlint.report.text import executed
from anonlint.serve import shapes
from anonlint.serve.desk import Asked, Desk

PAUSE = 0.25  # seconds without a key before a changed text is judged
WIDTH = 100
TABLE = "anonlint.table"
_SUFFIXES = (".c", ".h")


class _Document:
    """What is known of an open file: its newest version, what was found in it, the run under way."""

    def __init__(self) -> None:
        self.version = 0
        self.findings: tuple[Finding, ...] = ()
        self.task: asyncio.Task[None] | None = None


class Server(LanguageServer):
    """The server; ``opened`` returns the desk for the folder that the editor has open."""

    def __init__(self, opened: Callable[[str], Desk], vocabulary: Vocabulary) -> None:
        super().__init__("anonlint", f"v{__version__}", text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
        self.opened = opened
        self.words = vocabulary
        self.documents: dict[str, _Document] = {}
        self._desk: Desk | None = None
        self._pages: tempfile.TemporaryDirectory[str] | None = None

    @property
    def desk(self) -> Desk:
        """Return the desk of the folder that is open."""
        if self._desk is None:
            folders = self.workspace.folders
            root = uris.to_fs_path(next(iter(folders))) if folders else self.workspace.root_path
            self._desk = self.opened(root or ".")
        return self._desk

    def known_as(self, uri: str) -> str | None:
        """Return a document's name in the tree; None where it is none of it, or no C."""
        path = uris.to_fs_path(uri)
        if path is None or not path.endswith(_SUFFIXES):
            return None
        try:
            return self.desk.name(path)
        except AnonlintError:
            return None

    def uri_of(self, path: str) -> str:
        """Return the address of a file of the tree."""
        return uris.from_fs_path(os.path.join(self.desk.root, path)) or ""

    def asked(self, uri: str, name: str) -> Asked:
        """Return the question about a document as the editor holds it."""
        return Asked(files=(name,), instead=self.texts() | {name: self.text(uri)})

    def text(self, uri: str) -> bytes:
        """Return a document's text."""
        return self.workspace.get_text_document(uri).source.encode("utf-8", "surrogateescape")

    def texts(self) -> dict[str, bytes]:
        """Return the texts of all open documents by name."""
        named = ((self.known_as(uri), uri) for uri in self.documents)
        return {name: self.text(uri) for name, uri in named if name is not None}

    def schedule(self, uri: str, pause: float) -> None:
        """Judge a document after a pause, in place of what was to be judged of it before."""
        document = self.documents.setdefault(uri, _Document())
        document.version += 1
        if document.task is not None:
            document.task.cancel()
        document.task = asyncio.create_task(self._judge(uri, document, pause))

    async def _judge(self, uri: str, document: _Document, pause: float) -> None:
        version = document.version
        await asyncio.sleep(pause)
        name = self.known_as(uri)
        if name is None:
            return
        asked = self.asked(uri, name)
        try:
            report = await asyncio.to_thread(self.desk.check, asked, lambda: document.version != version)
        except AnonlintError as error:
            self._log(types.MessageType.Error, str(error))
            return
        if document.version == version:  # else a newer text is being judged
            self._publish(uri, document, tuple(finding for finding in report.findings if finding.path == name))
            self._log(types.MessageType.Log, f"{name}: {executed(report)}")

    def _log(self, kind: types.MessageType, text: str) -> None:
        self.window_log_message(types.LogMessageParams(kind, safe(text)))

    def _publish(self, uri: str, document: _Document, found: tuple[Finding, ...]) -> None:
        """Show what was found."""
        document.findings = found
        shown = [shapes.diagnostic(finding, self.uri_of) for finding in found]
        current = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, current))

    def close(self, uri: str) -> None:
        """Forget a document, and take its findings away."""
        document = self.documents.pop(uri, None)
        if document is not None:
            document.version += 1
            if document.task is not None:
                document.task.cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def table(self, uri: str, function: str) -> str:
        """Return the effect table of a function as text; "" where it has none."""
        name = self.known_as(uri)
        if name is None:
            return ""
        try:
            found = await asyncio.to_thread(self.desk.tables, (function,), self.asked(uri, name))
        except AnonlintError:
            return ""
        from anonlint.report import grid  # rich: only who shows a table pays for it

        text = grid.render(found, WIDTH)
        return f"{text}\n{legend.plain(legend.legend(found))}" if text else ""

    async def show(self, name: str, text: str) -> None:
        """Show a text of several lines: as a document where the editor can, for a message is mostly cut to one line."""
        window = self.client_capabilities.window
        if window is None or window.show_document is None or not window.show_document.support:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
            return
        self._pages = self._pages or tempfile.TemporaryDirectory(prefix="anonlint-")
        path = os.path.join(self._pages.name, f"{name if name.isidentifier() else 'table'}.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        await self.window_show_document_async(types.ShowDocumentParams(uris.from_fs_path(path) or ""))

    async def fix(self, uri: str, finding: Finding) -> Fix | None:
        """Return the replacement that is proven to mend a finding."""
        name = self.known_as(uri)
        document = self.documents.get(uri)
        if name is None or document is None:
            return None
        version, data = document.version, self.text(uri)

        def judged(text: bytes) -> Sequence[Finding]:
            asked = Asked(files=(name,), instead={**others, name: text})
            return self.desk.check(asked, lambda: document.version != version).findings

        others = self.texts()
        fix, _ = await asyncio.to_thread(prove, finding, data, judged, document.findings)
        return fix if document.version == version else None


def server(opened: Callable[[str], Desk], vocabulary: Vocabulary) -> Server:
    """Return the server with its features."""
    made = Server(opened, vocabulary)
    _follow(made)
    _tell(made)
    _offer(made)
    return made


def _follow(made: Server) -> None:
    """Judge documents as they are opened, changed and saved."""

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        made.schedule(params.text_document.uri, 0)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        made.schedule(params.text_document.uri, PAUSE)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        made.schedule(params.text_document.uri, 0)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        made.close(params.text_document.uri)


def _tell(made: Server) -> None:
    """Say what a name means, and show effect tables."""

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        word = made.workspace.get_text_document(uri).word_at_position(params.position)
        rows = made.words.words.get(word)
        if rows is not None:
            lines = [f"**{safe(word)}**", *(f"- {meaning.span(row)}: {meaning.described(row)}" for row in rows)]
            place = await asyncio.to_thread(meaning.declared, made.desk.root, word)
            lines += [f"- declared in {place.path}:{place.line}"] if place else []
            return _shown("\n".join(lines))
        text = await made.table(uri, word) if word.isidentifier() else ""
        return _shown(f"```text\n{text}```") if text else None

    @made.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        name = made.known_as(uri)
        if name is None:
            return []
        found = await asyncio.to_thread(made.desk.handlers, made.asked(uri, name))
        return [
            types.CodeLens(
                shapes.span(handler.first, 1, 2, " "),
                types.Command("effect table", TABLE, arguments=[uri, handler.name]),
            )
            for handler in found
        ]

    @made.command(TABLE)
    async def table(uri: str, function: str) -> str:
        text = await made.table(uri, function)
        shown = text or f"{safe(function)}() has no effect table: it makes nothing of a migration entry"
        await made.show(function, shown)
        return shown


def _offer(made: Server) -> None:
    """Offer the proven replacement of a finding, and the remark that suppresses it."""
    kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        document = made.documents.get(uri)
        found: list[types.CodeAction] = []
        for diagnostic in params.context.diagnostics:
            if diagnostic.source != shapes.SOURCE or document is None:
                continue
            finding = next((f for f in document.findings if _is(f, diagnostic)), None)
            fix = await made.fix(uri, finding) if finding is not None else None
            if fix is not None:
                edits = shapes.text_edits(made.text(uri), fix.edits)
                found.append(_action(f"{fix.title} (proven)", uri, edits, diagnostic, preferred=True))
            lines = made.workspace.get_text_document(uri).lines
            remark = shapes.remark(lines, diagnostic.range, str(diagnostic.code))
            found.append(_action(f"ignore {diagnostic.code} here", uri, [remark], diagnostic, preferred=False))
        return found


def _is(finding: Finding, diagnostic: types.Diagnostic) -> bool:
    return (finding.fingerprint, finding.line - 1) == (diagnostic.data, diagnostic.range.start.line)


def _action(
    title: str, uri: str, edits: list[types.TextEdit], diagnostic: types.Diagnostic, *, preferred: bool
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=preferred,
        edit=types.WorkspaceEdit(changes={uri: edits}),
    )


def _shown(text: str) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))
