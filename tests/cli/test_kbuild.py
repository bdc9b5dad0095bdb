"""``anonlint kbuild`` is called as kbuild calls a checker."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BAD = """\
static void narrow(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	swp_entry_t entry = pte_to_swp_entry(*ptep);

	if (is_writable_migration_entry(entry)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		set_pte_at(mm, addr, ptep, pte_swp_mksoft_dirty(pte_swp_mkuffd_wp(swp_entry_to_pte(entry))));
	}
}
"""
FLAGS = [
    "-D__linux__",
    "-Dlinux",
    "-D__STDC__",
    "-Dunix",
    "-D__unix__",
    "-Wbitwise",
    "-Wno-return-void",
    "-Wno-unknown-attribute",
    "-D__x86_64__",
    "--arch=x86_64",
    "-mlittle-endian",
    "-m64",
    "-Wp,-MMD,mm/.narrow.o.d",
    "-nostdinc",
    "-I./arch/x86/include",
    "-I./arch/x86/include/generated",
    "-I./include",
    "-I./arch/x86/include/uapi",
    "-I./arch/x86/include/generated/uapi",
    "-I./include/uapi",
    "-I./include/generated/uapi",
    "-include",
    "./include/linux/compiler-version.h",
    "-include",
    "./include/linux/kconfig.h",
    "-include",
    "./include/linux/compiler_types.h",
    "-D__KERNEL__",
    "-std=gnu11",
    "-fshort-wchar",
    "-funsigned-char",
    "-fno-common",
    "-fno-PIE",
    "-fno-strict-aliasing",
    "-mno-sse",
    "-mno-mmx",
    "-mno-sse2",
    "-mno-3dnow",
    "-mno-avx",
    "-fcf-protection=none",
    "-falign-jumps=1",
    "-falign-loops=1",
    "-mno-80387",
    "-mno-fp-ret-in-387",
    "-mpreferred-stack-boundary=3",
    "-mskip-rax-setup",
    "-mtune=generic",
    "-mno-red-zone",
    "-mcmodel=kernel",
    "-Wno-sign-compare",
    "-fno-asynchronous-unwind-tables",
    "-mindirect-branch=thunk-extern",
    "-mindirect-branch-register",
    "-mindirect-branch-cs-prefix",
    "-mfunction-return=thunk-extern",
    "-fno-jump-tables",
    "-mharden-sls=all",
    "-fpatchable-function-entry=16,16",
    "-fno-delete-null-pointer-checks",
    "-O2",
    "-fno-allow-store-data-races",
    "-fstack-protector-strong",
    "-fno-stack-clash-protection",
    "-fno-inline-functions-called-once",
    "-fmin-function-alignment=16",
    "-fstrict-flex-arrays=3",
    "-fno-strict-overflow",
    "-fno-stack-check",
    "-fconserve-stack",
    "-Wall",
    "-Wundef",
    "-Werror=implicit-function-declaration",
    "-Werror=implicit-int",
    "-Werror=return-type",
    "-Werror=strict-prototypes",
    "-Wno-format-security",
    "-Wno-trigraphs",
    "-Wno-frame-address",
    "-Wno-address-of-packed-member",
    "-Wframe-larger-than=2048",
    "-Wno-main",
    "-Wvla",
    "-Wno-pointer-sign",
    "-Wcast-function-type",
    "-Wno-array-bounds",
    "-Wno-alloc-size-larger-than",
    "-Wimplicit-fallthrough=5",
    "-Werror=date-time",
    "-Werror=incompatible-pointer-types",
    "-Werror=designated-init",
    "-Wenum-conversion",
    "-Wextra",
    "-Wunused",
    "-Wno-unused-but-set-variable",
    "-Wno-unused-const-variable",
    "-Wno-packed-not-aligned",
    "-Wno-format-overflow",
    "-Wno-format-truncation",
    "-Wno-stringop-overflow",
    "-Wno-stringop-truncation",
    "-Wno-override-init",
    "-Wno-missing-field-initializers",
    "-Wno-type-limits",
    "-Wno-shift-negative-value",
    "-Wno-maybe-uninitialized",
    "-Wno-sign-compare",
    "-Wno-unused-parameter",
    "-I./mm",
    "-Imm",
    '-DKBUILD_MODFILE="mm/narrow"',
    '-DKBUILD_BASENAME="narrow"',
    '-DKBUILD_MODNAME="narrow"',
    "-D__KBUILD_MODNAME=kmod_narrow",
    "-DCC_USING_FENTRY",
    "-fno-var-tracking",
    "-gdwarf-5",
    "-Wno-cast-function-type",
    "-Wno-restrict",
    "-Wno-dangling-pointer",
    "-fno-ipa-sra",
    "-mno-avx512f",
    "-pg",
    "-mrecord-mcount",
    "-mfentry",
    "-Wmissing-declarations",
    "-Wmissing-prototypes",
    "-Wno-stringop-overread",
]


def kbuild(cwd: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "anonlint", "kbuild", *words]
    environ = {**os.environ, **env}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, env=environ, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/narrow.c").write_text(BAD)
    return tmp_path


def test_the_real_command_line(tree: Path) -> None:
    assert len(FLAGS) >= 125
    done = kbuild(tree, *FLAGS, "mm/narrow.c", KBUILD_CHECKSRC="1", KERNELVERSION="6.12.117")
    assert done.stdout == ""
    assert done.stderr.startswith("mm/narrow.c:5:6: error: narrow(): ")
    assert done.stderr.endswith("[AL103 protect-changes-exclusivity]\n")
    assert done.returncode == 0, "a finding never stops a build"
    assert list(tree.rglob("*.d")) == [], "the flags of the compiler are not for us"


def test_out_of_tree_builds_name_the_source_as_it_was_given(tree: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    build.mkdir()
    source = f"{tree}/mm/narrow.c"
    assert kbuild(build, *FLAGS, source).stderr.startswith(f"{source}:5:6: error: ")


def test_sparse_s_flags(tree: Path) -> None:
    assert kbuild(tree, *FLAGS, "-Wsparse-error", "mm/narrow.c").returncode == 1
    assert ": anonlint: error: " in kbuild(tree, *FLAGS, "-fdiagnostic-prefix", "mm/narrow.c").stderr
    muted = kbuild(tree, *FLAGS, "-Wsparse-error", "-Wno-anonlint-protect-changes-exclusivity", "mm/narrow.c")
    assert (muted.returncode, muted.stderr) == (0, "")
    assert kbuild(tree, *FLAGS, "-Wno-anonlint", "mm/narrow.c").stderr == ""


def test_trouble_does_not_stop_a_build_unless_asked_to(tree: Path) -> None:
    done = kbuild(tree, *FLAGS, "mm/missing.c")
    assert done.returncode == 0
    assert "missing.c" in done.stderr
    assert kbuild(tree, "--strict-exit", *FLAGS, "mm/missing.c").returncode == 2
    assert kbuild(tree, *FLAGS, "mm/entry.S").stderr == ""


def test_own_options_come_first(tree: Path) -> None:
    assert kbuild(tree, "--ignore", "AL103", *FLAGS, "mm/narrow.c").stderr == ""
