"""The language server, driven by a real client over stdio."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.cli.clones import BROKEN, SOUND, Clone
from tests.flow.across import MAP, Tree, caller

pytest.importorskip("pygls", reason="pip install -e '.[dev]'")
from lsprotocol import types
from pygls.lsp.client import LanguageClient

Talk = Callable[["Editor"], Awaitable[None]]


class Editor:
    """A client with one document at a time."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.client = LanguageClient("test", "1")
        self.uri = (clone.path / "mm/protect.c").as_uri()
        self.published: list[types.PublishDiagnosticsParams] = []
        self.shown: list[str] = []
        self.logged: asyncio.Queue[str] = asyncio.Queue()
        self.version = 0
        self._news = asyncio.Event()

        def diagnostics(params: types.PublishDiagnosticsParams) -> None:
            self.published.append(params)
            self._news.set()

        def message(params: types.ShowMessageParams) -> None:
            self.shown.append(params.message)

        def log(params: types.LogMessageParams) -> None:
            self.logged.put_nowait(params.message)

        self.client.feature(types.WINDOW_LOG_MESSAGE)(log)
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(diagnostics)
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(message)

    async def start(self, capabilities: types.ClientCapabilities) -> None:
        words = ("-P", "-m", "anonlint", "lsp")
        await self.client.start_io(sys.executable, *words, env=self.clone.env, cwd="/")
        folder = types.WorkspaceFolder(self.clone.path.as_uri(), "tree")
        await self.client.initialize_async(
            types.InitializeParams(capabilities, root_uri=folder.uri, workspace_folders=[folder])
        )
        self.client.initialized(types.InitializedParams())

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()  # type: ignore[no-untyped-call]

    def open(self, text: bytes) -> None:
        item = types.TextDocumentItem(self.uri, "c", self.version, text.decode())
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, text: bytes) -> None:
        self.version += 1
        whole = types.TextDocumentContentChangeWholeDocument(text.decode())
        document = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    async def told(self, version: int | None = None) -> types.PublishDiagnosticsParams:
        """Return the next diagnostics, of a version."""
        while True:
            await asyncio.wait_for(self._news.wait(), 60)
            self._news.clear()
            if version is None or self.published[-1].version == version:
                return self.published[-1]

    async def executed(self) -> tuple[int, int]:
        """Return how many functions were executed for the next answer, and of how many that matter."""
        line = await asyncio.wait_for(self.logged.get(), 60)
        found = re.fullmatch(r"mm/\w+\.c: (\d+) functions? executed of (\d+) that matter", line)
        assert found is not None, line
        return int(found[1]), int(found[2])

    async def actions(self, diagnostics: list[types.Diagnostic]) -> list[Any]:
        document = types.TextDocumentIdentifier(self.uri)
        context = types.CodeActionContext(diagnostics)
        params = types.CodeActionParams(document, diagnostics[0].range, context)
        return list(await self.client.text_document_code_action_async(params) or [])

    async def hover(self, line: int, column: int) -> str:
        place = types.HoverParams(types.TextDocumentIdentifier(self.uri), types.Position(line, column))
        found = await self.client.text_document_hover_async(place)
        return str(found.contents.value) if found is not None else ""  # type: ignore[union-attr]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.write("include/linux/swapops.h", b"static inline int is_writable_migration_entry(swp_entry_t entry)\n{\n}\n")
    return made


def driven(clone: Clone, talk: Talk, capabilities: types.ClientCapabilities | None = None) -> None:
    """Run the server and let ``talk`` use it."""

    async def whole() -> None:
        editor = Editor(clone)
        await editor.start(capabilities or types.ClientCapabilities())
        try:
            await talk(editor)
        finally:
            await editor.stop()

    asyncio.run(whole())


def edited(text: bytes, edits: list[types.TextEdit]) -> bytes:
    lines = text.decode().splitlines(keepends=True)
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
    return "".join(lines).encode()


def test_findings_come_as_one_types(clone: Clone) -> None:
    async def talk(editor: Editor) -> None:
        editor.open(SOUND)
        assert (await editor.told()).diagnostics == ()
        editor.change(BROKEN)
        (found,) = (await editor.told(1)).diagnostics
        assert (found.code, found.source, found.severity) == ("AL103", "anonlint", types.DiagnosticSeverity.Error)
        assert (found.range.start.line, found.range.start.character) == (5, 6)
        assert "its exclusivity is lost\nbreaks: " in found.message
        related = found.related_information or []
        assert [item.location.range.start.line for item in related] == [5, 8, 16]
        assert {item.location.uri for item in related} == {editor.uri}
        editor.change(SOUND)
        assert (await editor.told(2)).diagnostics == ()
        document = types.TextDocumentIdentifier(editor.uri)
        editor.change(BROKEN)
        await editor.told(3)
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(document))
        assert (await editor.told()).diagnostics == ()

    driven(clone, talk)


def test_of_many_keys_the_last_one_counts(clone: Clone) -> None:
    async def talk(editor: Editor) -> None:
        editor.open(SOUND)
        await editor.told()
        for number in range(20):
            editor.change(SOUND + b"\n/* %d */\n" % number)
        editor.change(BROKEN)
        assert [item.code for item in (await editor.told(21)).diagnostics] == ["AL103"]
        assert len(editor.published) == 2  # nothing was said of what was overtaken

    driven(clone, talk)


def test_only_what_a_change_can_affect_is_executed(clone: Clone) -> None:
    other = BROKEN.replace(b"protect_entries", b"protect_others")

    async def talk(editor: Editor) -> None:
        editor.open(BROKEN + other)
        assert await editor.executed() == (2, 2)
        editor.change(b"\n\n" + SOUND + other)
        (line,) = (d.range.start.line for d in (await editor.told(1)).diagnostics if d.code == "AL103")
        assert line == 5 + 2 + BROKEN.count(b"\n")  # it has moved along
        assert await editor.executed() == (1, 2)
        document = types.TextDocumentIdentifier(editor.uri)
        clone.write("mm/protect.c", b"\n\n" + SOUND + other)
        editor.client.text_document_did_save(types.DidSaveTextDocumentParams(document))
        assert await editor.executed() == (0, 2)

    driven(clone, talk)


def test_another_open_file_counts_as_it_is_there(clone: Clone) -> None:
    """A caller in it that is not saved yet asks whether the mapping may be written to."""
    head = '#include "internal.h"\n'
    tree = Tree(clone.path, mm__map_c=MAP, mm__fault_c=head + caller("fault"))
    careful = head + caller("fault", "if (!(vma->vm_flags & VM_WRITE))\n\t\treturn;")
    clone.write("anonlint.toml", b'select = ["AL304"]\n')

    async def talk(editor: Editor) -> None:
        editor.uri = (tree.root / "mm/map.c").as_uri()
        editor.open(MAP.encode())
        assert [found.code for found in (await editor.told()).diagnostics] == ["AL304"]
        mine, editor.uri = editor.uri, (tree.root / "mm/fault.c").as_uri()
        editor.open(careful.encode())
        assert (await editor.told()).diagnostics == ()
        editor.uri = mine
        editor.change(MAP.encode() + b"\n")
        assert (await editor.told(1)).diagnostics == ()

    driven(clone, talk)


def test_columns_are_those_of_the_editor(clone: Clone) -> None:
    async def talk(editor: Editor) -> None:
        editor.open(BROKEN.replace(b"\tif (!is_writable", "\t/* \U0001f600 */ if (!is_writable".encode()))
        (found,) = (await editor.told()).diagnostics
        assert found.range.start.character == len("\t/* xx */ if (!")

    driven(clone, talk)


def test_a_replacement_and_a_remark_are_offered(clone: Clone) -> None:
    async def talk(editor: Editor) -> None:
        editor.open(BROKEN)
        found = (await editor.told()).diagnostics
        fix, ignore = await editor.actions(list(found))
        assert fix.title == "make it with make_readable_exclusive_migration_entry() (proven)" and fix.is_preferred
        assert edited(BROKEN, fix.edit.changes[editor.uri]) == SOUND
        assert ignore.title == "ignore AL103 here"
        editor.change(edited(BROKEN, ignore.edit.changes[editor.uri]))
        assert (await editor.told(1)).diagnostics == ()

    driven(clone, talk)


def test_names_and_functions_are_explained(clone: Clone) -> None:
    async def talk(editor: Editor) -> None:
        editor.open(SOUND)
        await editor.told()
        word = await editor.hover(5, 10)
        assert word.startswith("**is_writable_migration_entry**\n- 5.14 to 6.18: asks of an entry what it is; true for")
        assert "declared in include/linux/swapops.h:1" in word
        table = await editor.hover(0, 15)
        assert table.startswith("```text\nprotect_entries (protect)\n") and "a readable-exclusive migration" in table
        assert await editor.hover(5, 2) == ""

        document = types.TextDocumentIdentifier(editor.uri)
        lenses = await editor.client.text_document_code_lens_async(types.CodeLensParams(document))
        assert lenses is not None
        ((line, command),) = [(lens.range.start.line, lens.command) for lens in lenses]
        assert line == 0 and command is not None and command.title == "effect table"
        words = types.ExecuteCommandParams(command.command, command.arguments)
        shown = await editor.client.workspace_execute_command_async(words)
        assert str(shown).startswith("protect_entries (protect)\n") and editor.shown == [shown]

    driven(clone, talk)


def test_a_table_is_a_document_where_the_editor_shows_some(clone: Clone) -> None:
    async def talk(editor: Editor) -> None:
        seen: list[str] = []

        def show(params: types.ShowDocumentParams) -> types.ShowDocumentResult:
            seen.append(Path(unquote(urlsplit(params.uri).path)).read_text())
            return types.ShowDocumentResult(success=True)

        editor.client.feature(types.WINDOW_SHOW_DOCUMENT)(show)
        editor.open(SOUND)
        await editor.told()
        for function in ("protect_entries", "../../evil"):
            words = types.ExecuteCommandParams("anonlint.table", [editor.uri, function])
            shown = await editor.client.workspace_execute_command_async(words)
            assert seen.pop() == shown and not editor.shown
        assert {path.name for path in clone.path.iterdir()} == {"mm", "include", "anonlint.toml", ".git"}

    window = types.WindowClientCapabilities(show_document=types.ShowDocumentClientCapabilities(support=True))
    driven(clone, talk, types.ClientCapabilities(window=window))


def test_what_is_not_of_the_tree_is_left_alone(clone: Clone, tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        uri = editor.uri
        editor.uri = (tmp_path / "elsewhere.c").as_uri()
        editor.open(BROKEN)
        editor.uri = uri
        editor.open(BROKEN)
        assert [item.code for item in (await editor.told()).diagnostics] == ["AL103"]
        assert {params.uri for params in editor.published} == {uri}

    driven(clone, talk)


def test_without_the_extra_it_says_what_to_install(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "none/pygls").mkdir(parents=True)
    (tmp_path / "none/pygls/__init__.py").write_text("raise ImportError\n")
    clone.env["PYTHONPATH"] = f"{tmp_path / 'none'}:{clone.env['PYTHONPATH']}"
    done = clone.run("anonlint", "lsp")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "anonlint: lsp: pygls is not installed: pip install 'anonlint[lsp]'\n"


@pytest.mark.parametrize("command", ["lsp", "mcp"])
def test_a_tree_that_is_not_there_is_said_at_once(clone: Clone, command: str) -> None:
    done = clone.run("anonlint", command, "--tree", "/no/such/tree")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "anonlint: /no/such/tree: the tree is no directory\n"
