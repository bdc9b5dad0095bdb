"""How long an editor waits: one key stroke in a file of a kernel tree, by a real client over stdio.

    ANONLINT_KERNELS=DIR python bench/keys.py [TREE] [FILE...]

Prints for each file the median seconds by the clock and of CPU until the changed function was judged, and until the
whole file was. The quarter of a second that the server waits for the next key is in the clock's, not in the CPU's.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

ROUNDS = 5
FILES = {
    "mm/hugetlb.c": b"pte_t newpte = pte;",
    "mm/mprotect.c": b"pages++;",
    "mm/memory.c": b"struct folio *folio;",
}


class Editor:
    """A client that counts what is published."""

    def __init__(self) -> None:
        self.client = LanguageClient("keys", "1")
        self.cache = tempfile.TemporaryDirectory()  # that of other runs knows the answers
        self.published: asyncio.Queue[int] = asyncio.Queue()

        def told(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params.version or 0)

        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(told)

    async def open(self, tree: Path, name: str) -> str:
        """Start the server on a tree, open a file of it, and return its address."""
        root, uri = tree.as_uri(), (tree / name).as_uri()
        env = {**os.environ, "XDG_CACHE_HOME": self.cache.name}
        await self.client.start_io(sys.executable, "-m", "anonlint", "lsp", env=env)
        folders = [types.WorkspaceFolder(root, "tree")]
        parameters = types.InitializeParams(types.ClientCapabilities(), root_uri=root, workspace_folders=folders)
        await self.client.initialize_async(parameters)
        self.client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(uri, "c", 0, (tree / name).read_text())
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await self.published.get()
        return uri

    def change(self, uri: str, version: int, text: str) -> None:
        """Send a changed text."""
        document = types.VersionedTextDocumentIdentifier(version, uri)
        whole: Any = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    def cpu(self) -> float:
        """Return the CPU seconds that the server has used."""
        server = self.client._server  # nothing public tells its process
        assert server is not None
        fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measured(tree: Path, name: str, mark: bytes) -> list[tuple[float, ...]]:
    """Return (clock, CPU) until the function, and (clock, CPU) until the file was judged, of each key stroke."""
    editor = Editor()
    uri = await editor.open(tree, name)
    text = (tree / name).read_text()
    rows = []
    for version in range(1, ROUNDS + 1):
        start, used = time.monotonic(), editor.cpu()
        editor.change(uri, version, text.replace(mark.decode(), f"{mark.decode()} /* {version} */", 1))
        row: list[float] = []
        for _ in ("function", "file"):
            await editor.published.get()
            row += [time.monotonic() - start, editor.cpu() - used]
        rows.append(tuple(row))
    await editor.client.shutdown_async(None)
    editor.client.exit(None)
    await editor.client.stop()  # type: ignore[no-untyped-call]
    return rows


def main(arguments: list[str]) -> None:
    """Measure and print a line for each file."""
    kernels = os.environ.get("ANONLINT_KERNELS", "")
    tree = Path(arguments[0] if arguments else f"{kernels}/linux-source-6.12").resolve()
    print("| one key stroke in | function: s | CPU s | file: s | CPU s |\n|---|--:|--:|--:|--:|")
    for name in arguments[1:] or FILES:
        rows = asyncio.run(measured(tree, name, FILES.get(name, b"{\n")))
        middle = [statistics.median(column) for column in zip(*rows, strict=True)]
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in middle) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
