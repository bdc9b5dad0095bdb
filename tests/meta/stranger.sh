#!/bin/sh
# A stranger's hour: build the package, install it somewhere else, check a tree, write a rule, teach it a vendor's words,
# publish the rule. $1: anonlint's sources; all else is made in the current directory, which is to be empty.
# `say COMMAND` shows what is done; `finds WORDS COMMAND` is for a check that has to find that, and ends with 1.
set -eu
source=$1
unset PYTHONPATH
export XDG_CONFIG_HOME="$PWD/home" XDG_CACHE_HOME="$PWD/cache" COLUMNS=100 PIP_DISABLE_PIP_VERSION_CHECK=1
say() { printf '$ %s\n' "$*"; "$@"; }
finds() {
    words=$1
    shift
    printf '$ %s\n' "$*"
    status=0
    found=$("$@" 2>&1) || status=$?
    printf '%s\n' "$found"
    [ "$status" = 1 ] || { echo "ended with $status"; exit 1; }
    case $found in *"$words"*) ;; *) echo "not there: $words"; exit 1 ;; esac
}

echo "# 1. Build, as for an index"
say "$PYTHON" -m build --quiet --outdir dist "$source" >build.log 2>&1 || { cat build.log; exit 1; }
say "$PYTHON" -m twine check --strict dist/*.whl dist/*.tar.gz

echo "# 2. Install, in an environment that has nothing else"
say "$PYTHON" -m venv venv
say venv/bin/pip install --quiet dist/*.whl
PATH="$PWD/venv/bin:$PATH"
say anonlint version
case $(python -c 'import anonlint; print(anonlint.__file__)') in "$PWD"/venv/*) ;; *) exit 1 ;; esac

echo "# 3. Check a tree"
mkdir -p linux/mm
cat >linux/mm/narrow.c <<'C'
#include <linux/swapops.h>

static void narrow(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	pte_t pte = ptep_get(ptep), new;
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return;
	entry = pte_to_swp_entry(pte);
	if (!is_writable_migration_entry(entry))
		return;
	new = swp_entry_to_pte(make_readable_migration_entry(swp_offset(entry)));
	if (pte_swp_soft_dirty(pte))
		new = pte_swp_mksoft_dirty(new);
	if (pte_swp_uffd_wp(pte))
		new = pte_swp_mkuffd_wp(new);
	set_pte_at(mm, addr, ptep, new);
}
C
finds "[AL103 protect-changes-exclusivity]" anonlint check linux/mm
say anonlint explain AL103 >explained
grep -q '^Bad' explained

echo "# 4. Write a rule, outside of anonlint"
say anonlint rule new XY101 page-mapped-writable rules
say anonlint rule test rules
cp rules/fixtures/XY101-page-mapped-writable/bad.c linux/mm/map.c
finds "[XY101 page-mapped-writable]" anonlint check --plugins ./rules --select XY linux/mm

echo "# 5. Teach it a vendor's words"
sed 's/make_readable_migration_entry/vnd_make_plain_entry/' linux/mm/narrow.c >linux/mm/vendor.c
say anonlint check linux/mm/vendor.c # nothing: an entry that an unknown function made may be anything
printf '%s\n' 'vnd_make_plain_entry  constructor  6.12-  from=0 kind=R  swp_entry_t vnd_make_plain_entry(pgoff_t offset)' >linux/vendor.tsv
printf '%s\n' 'vocabulary = ["vendor.tsv"]' >linux/anonlint.toml
cd linux
say anonlint vocabulary vnd_make_plain_entry
finds "[AL103 protect-changes-exclusivity]" anonlint check mm/vendor.c
printf '%s\n' 'vnd_other  constructer  6.12-  from=0 kind=R  swp_entry_t vnd_other(pgoff_t offset)' >>vendor.tsv
status=0
anonlint check mm/vendor.c 2>wrong || status=$?
cat wrong
[ "$status" = 2 ]
grep -q "vendor.tsv:2: there is no class 'constructer'; did you mean constructor?" wrong
cd ..

echo "# 6. Publish the rule: a wheel of its own, in another fresh environment"
cp -r "$source/examples/rules" ours
say "$PYTHON" -m build --quiet --wheel --outdir dist ours >build.log 2>&1 || { cat build.log; exit 1; }
say "$PYTHON" -m venv other
say other/bin/pip install --quiet --find-links dist acme-mm-rules
PATH="$PWD/other/bin:$PATH"
say anonlint rule test acme_mm_rules
mkdir -p home/anonlint
printf '%s\n' 'plugins = ["entry-points"]' >home/anonlint/anonlint.toml
cp ours/acme_mm_rules/fixtures/*/bad*.c linux/mm/live.c
finds "[ACME101 live-entry-stored-back]" anonlint check --select ACME linux/mm/live.c
