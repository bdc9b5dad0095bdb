"""A clone with a sound mm/ file, and a change that breaks it: what hooks are tried on."""

import subprocess
from pathlib import Path

from tests.programs import environment

SOUND = b"""\
static void protect_entries(struct vm_area_struct *vma, pte_t *ptep, unsigned long addr)
{
	pte_t old = ptep_get(ptep), new;
	swp_entry_t entry = pte_to_swp_entry(old);

	if (!is_writable_migration_entry(entry))
		return;
	if (folio_test_anon(pfn_swap_entry_folio(entry)))
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	else
		entry = make_readable_migration_entry(swp_offset(entry));
	new = swp_entry_to_pte(entry);
	if (pte_swp_soft_dirty(old))
		new = pte_swp_mksoft_dirty(new);
	if (pte_swp_uffd_wp(old))
		new = pte_swp_mkuffd_wp(new);
	set_pte_at(vma->vm_mm, addr, ptep, new);
}
"""
SPELLED = SOUND.replace(b"addr", b"address")  # another text, to the same effect
BROKEN = SOUND.replace(b"make_readable_exclusive_migration_entry", b"make_readable_migration_entry")
SETTINGS = b'select = ["AL101", "AL103"]\n'  # what other rules make of the file is their tests' concern
FINDING = "[AL103 protect-changes-exclusivity]"


class Clone:
    """A repository with one commit, and git run in it as its user would."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "clone"
        self.env = environment(directory)
        self.path.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write("anonlint.toml", SETTINGS)
        self.write("mm/protect.c", SOUND)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "mm: protect entries")

    def write(self, name: str, data: bytes) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def commit(self, subject: str, data: bytes) -> None:
        """Commit a version of the file, whatever hooks say."""
        self.write("mm/protect.c", data)
        self.git("commit", "-q", "--no-verify", "-a", "-m", subject)

    def run(
        self, *command: str, cwd: Path | None = None, stdin: str = "", timeout: int = 60
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=cwd or self.path, env=self.env, input=stdin, capture_output=True, text=True, check=False,
            timeout=timeout,
        )  # fmt: skip

    def git(self, *words: str, cwd: Path | None = None) -> str:
        """Run git, which must succeed; return what it prints."""
        done = self.run("git", *words, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stopped(self, *words: str, stdin: str = "") -> str:
        """Run a command that must fail; return what it prints."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def subjects(self, revision: str = "HEAD") -> list[str]:
        return self.git("log", "--format=%s", revision).splitlines()
