"""The language server on a file of Debian's kernel."""

from pathlib import Path

import pytest

from tests.cli.clones import Clone
from tests.serve.test_lsp import Editor, driven

pytestmark = pytest.mark.kernel


def test_hugetlb_is_judged_as_it_is_typed(kernels: dict[str, str], tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    for name in ("mm/hugetlb.c", "mm/internal.h", "include/linux/swapops.h"):
        clone.write(name, Path(kernels["6.12"], name).read_bytes())
    text = (clone.path / "mm/hugetlb.c").read_bytes()
    broken = text.replace(b"make_readable_exclusive_migration_entry(", b"make_readable_migration_entry(")
    assert broken != text

    async def talk(editor: Editor) -> None:
        editor.uri = (clone.path / "mm/hugetlb.c").as_uri()
        editor.open(text)
        await editor.told(0)
        whole, matter = await editor.executed()
        assert whole >= matter > 15  # and their callers
        before = {(d.code, d.message) for d in editor.published[-1].diagnostics}
        editor.change(broken)
        await editor.told(1)
        new = [d for d in editor.published[-1].diagnostics if (d.code, d.message) not in before]
        assert any(d.code == "AL103" for d in new), [d.message for d in new]
        assert (await editor.executed())[0] <= matter // 2
        editor.change(text.replace(b"pte_t newpte = pte;", b"pte_t newpte = pte; /* as it was */"))
        await editor.told(2)
        assert {(d.code, d.message) for d in editor.published[-1].diagnostics} == before
        assert (await editor.executed())[0] <= matter // 2

    driven(clone, talk)
