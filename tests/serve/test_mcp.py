"""The MCP server, asked by the SDK's own client over stdio."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.clones import BROKEN, SOUND, Clone

mcp = pytest.importorskip("mcp", reason="pip install -e '.[dev]'")
anyio = pytest.importorskip("anyio")

Calls = Callable[[Any], Awaitable[None]]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.write(
        "include/linux/swapops.h",
        b"\n#define X\nstatic inline int is_writable_migration_entry(swp_entry_t entry)\n{\n}\n",
    )
    made.git("add", ".")
    made.git("commit", "-q", "-m", "headers")
    made.commit("mm: break it", BROKEN)
    return made


def asked(clone: Clone, calls: Calls) -> None:
    """Start the server as a client would, and let ``calls`` talk to it."""
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    async def talk() -> None:
        words = ["-P", "-m", "anonlint", "mcp", "--tree", str(clone.path)]
        parameters = StdioServerParameters(command=sys.executable, args=words, env=clone.env, cwd="/")
        async with Client(stdio_client(parameters)) as client:
            with anyio.fail_after(120):
                await calls(client)

    anyio.run(talk)


async def answer(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    value: dict[str, Any] = result.structured_content
    return value


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    text: str = result.content[0].text
    return text


def test_a_model_can_ask_what_a_reviewer_would(clone: Clone) -> None:
    patch = clone.git("format-patch", "--stdout", "-1")

    async def calls(client: Any) -> None:
        listed = (await client.list_tools()).tools
        names = {tool.name for tool in listed}
        checks = {"check_file", "check_patch", "check_commit", "diff_patch"}
        assert names == checks | {"table", "explain", "rules", "vocabulary"}
        for tool in listed:
            assert tool.annotations.read_only_hint and tool.description and not tool.annotations.open_world_hint

        found = await answer(client, "check_file", path="mm/protect.c")
        (finding,) = found["findings"]
        assert (finding["rule"], finding["severity"], finding["place"]) == ("AL103", "error", "mm/protect.c:6:7")
        assert [step["place"] for step in finding["because"]][-1] == "mm/protect.c:17"
        assert found["more"] == 0 and found["not_judged"] == []
        assert await answer(client, "check_file", path="mm/protect.c") == found  # the same each time

        assert (await answer(client, "check_file", path="mm/protect.c", text=SOUND.decode()))["findings"] == []
        assert len((await answer(client, "check_patch", patch=patch))["findings"]) == 1
        of_commit = await answer(client, "check_commit", revision="HEAD")
        assert [item["rule"] for item in of_commit["findings"]] == ["AL103"]
        assert "mm: break it" in of_commit["findings"][0]["origin"]

        (change,) = (await answer(client, "diff_patch", patch=patch))["functions"]
        assert (change["function"], change["verdict"]) == ("protect_entries", "changed")
        assert any(row["mark"] == "~" and row["before"] != row["after"] for row in change["rows"])

        tables = await answer(client, "table", functions=["protect_entries"])
        (table,) = tables["tables"]
        assert table["rows"][0] == {"entry": "writable", "cells": {"anon": "read", "file": "read"}}
        assert tables["signs"]["read"] == "a readable migration entry is stored"

        word = await answer(client, "vocabulary", name="is_writable_migration_entry")
        assert word["meanings"][0]["releases"] == "5.14 to 6.18"
        assert word["meanings"][0]["means"].endswith("true for writable migration entries")
        assert word["declared"] == "include/linux/swapops.h:3"
        page = await client.call_tool("explain", {"rule": "AL103"})
        assert page.content[0].text.startswith("# AL103 protect-changes-exclusivity\n")
        assert len((await answer(client, "rules"))["rules"]) > 30

    asked(clone, calls)


def test_nothing_outside_of_the_tree_is_read(clone: Clone, tmp_path: Path) -> None:
    outside = tmp_path / "secret.c"
    outside.write_bytes(BROKEN)
    (clone.path / "mm/link.c").symlink_to(outside)

    async def calls(client: Any) -> None:
        for path in ("../secret.c", str(outside), "mm/link.c", "mm/../../secret.c"):
            assert "is outside of" in await refused(client, "check_file", path=path)
            assert "is outside of" in await refused(client, "table", functions=["protect_entries"], path=path)
        assert "no revision" in await refused(client, "check_commit", revision="--output=x")
        assert "no word that is known" in await refused(client, "vocabulary", name="nonsense")
        assert "no rule 'AL999'" in await refused(client, "explain", rule="AL999")
        assert "mm/none.c: cannot be read" in (await answer(client, "check_file", path="mm/none.c"))["errors"][0]

    asked(clone, calls)


def test_an_answer_is_kept_small(clone: Clone) -> None:
    many = b"\n".join(BROKEN.replace(b"protect_entries", b"protect_%d" % number) for number in range(12))

    async def calls(client: Any) -> None:
        found = await answer(client, "check_file", path="mm/protect.c", text=many.decode(), limit=3, severity="error")
        assert len(found["findings"]) == 3 and found["more"] == 9
        assert "input" in (await refused(client, "check_file", path="mm/protect.c", limit=1000)).lower()

    asked(clone, calls)


def test_without_the_extra_it_says_what_to_install(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "none/mcp").mkdir(parents=True)
    (tmp_path / "none/mcp/__init__.py").write_text("raise ImportError\n")
    clone.env["PYTHONPATH"] = f"{tmp_path / 'none'}:{clone.env['PYTHONPATH']}"
    done = clone.run("anonlint", "mcp")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "anonlint: mcp: mcp is not installed: pip install 'anonlint[mcp]'\n"
