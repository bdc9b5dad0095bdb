"""How long an editor waits: one key stroke in a file of a kernel tree, by a real client over stdio.

    ANONLINT_KERNELS=DIR python -m bench.keys [--write] [TREE] [FILE...]

Prints for each file the median seconds by the clock and of CPU until the text was judged again, and how many functions
were executed for that. The quarter of a second that the server waits for the next key is in the clock's, not in the
CPU's. With --write the table goes to docs/benchmarks.md, too; there are no other things to run meanwhile, then.
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

from bench.document import KEYS, keys

ROUNDS = 5
PAGE = Path(__file__).resolve().parent.parent / "docs/benchmarks.md"
NOTES = """
From the key to the diagnostics, by a real client over stdio (`ANONLINT_KERNELS=DIR python -m bench.keys --write`, on a
machine that does nothing else): a comment is typed into a function of a file of 6.12 that was opened before. By the
clock it is the pause of a quarter of a second longer. *executed*: the functions that the key can affect, of those that
handle an entry.
"""
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

        self.executed = ""

        def told(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params.version or 0)

        def log(params: types.LogMessageParams) -> None:
            self.executed = params.message.partition(": ")[2]

        self.client.feature(types.WINDOW_LOG_MESSAGE)(log)
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


async def measured(tree: Path, name: str, mark: bytes) -> tuple[list[tuple[float, float]], str]:
    """Return (clock, CPU) of each key stroke, and how much was executed for the last one."""
    editor = Editor()
    uri = await editor.open(tree, name)
    text = (tree / name).read_text()
    rows = []
    for version in range(1, ROUNDS + 1):
        start, used = time.monotonic(), editor.cpu()
        editor.change(uri, version, text.replace(mark.decode(), f"{mark.decode()} /* {version} */", 1))
        await editor.published.get()
        rows.append((time.monotonic() - start, editor.cpu() - used))
    await editor.client.shutdown_async(None)
    editor.client.exit(None)
    await editor.client.stop()  # type: ignore[no-untyped-call]
    return rows, editor.executed


def main(arguments: list[str]) -> None:
    """Measure, print a line for each file, and write them on request."""
    kernels, names = os.environ.get("ANONLINT_KERNELS", ""), [one for one in arguments if one != "--write"]
    tree = Path(names[0] if names else f"{kernels}/linux-source-6.12").resolve()
    lines = ["| one key stroke in | CPU s | wall s | executed |", "|---|--:|--:|---|"]
    for name in names[1:] or FILES:
        rows, executed = asyncio.run(measured(tree, name, FILES.get(name, b"{\n")))
        clock, cpu = (statistics.median(column) for column in zip(*rows, strict=True))
        lines.append(f"| {name} | {cpu:.2f} | {clock:.2f} | {executed} |")
    table = "\n".join(lines) + "\n"
    print(table, end="")
    if "--write" in arguments:
        page = PAGE.read_text()
        PAGE.write_text(f"{page.removesuffix(keys(page))}{KEYS}{NOTES}\n{table}")


if __name__ == "__main__":
    main(sys.argv[1:])
