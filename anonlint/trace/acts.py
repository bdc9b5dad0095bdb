"""What a function does as anybody outside sees it: calls that it reaches, and what it returns, by entry state.

Execution writes these only where two images of a function are compared: no rule asks for them.
"""

from typing import NamedTuple

from anonlint.domain.values import Value
from anonlint.model.source import Span

# What two words have in common that mean the same: their class, and these keys of their meaning.
Ident = tuple[str, ...]


# Classes of words that only ask, or only make values: what comes of them is seen where the values go.
SILENT = frozenset(
    (
        "predicate",
        "entry-test",
        "bit-test",
        "type",
        "page-test",
        "vma-test",
        "cow-test",
        "config-test",
        "convert",
        "read",
        "kind-constant",
        "assert",
        "era-marker",
        "same-page",
        "same-entry",
        "offset",
        "lockptr",
        "marker",
        "refcount",
        "mapcount",
        "inert",
        "sync",
        "flush-test",
        "pud-test",
        "walk",
        "walk-end",
        "walk-define",
        "map",
        "unmap",
        "lock",
        "unlock",
        "trylock",
        "zero-page",
        "make-present",
        "modify",
        "bit-clear",
        "bit-set",
        "page-of",
        "present-page",
        "config",
        "flag-constant",
        "kernel-walk",
        "batch",
        "move-offset",
        "page-index",
        "pin-test",
        "noreturn",
        "call-back",
        "boot",
        "raw-constructor",
        "constructor",
        "pud-bit-set",
        "write-test",
        "reuse",
        "assert-pinned",
    )
)
# Questions that tell no entry states apart: that they are asked, or no more, shows nowhere else.
OPEN = frozenset(("bit-test", "must-unshare", "pin-test"))
MADE = frozenset(("constructor", "raw-constructor"))  # shown of a piece, which may end before the store
STORES = frozenset(("store", "="))
CHANGES = frozenset(("bit-set", "bit-clear"))  # that act in place, if they are handed a slot
# Names that say nothing of what a function does.
ASIDE = frozenset(
    (
        "READ_ONCE",
        "WRITE_ONCE",
        "data_race",
        "unlikely",
        "likely",
        "cond_resched",
        "pr_err",
        "pr_info",
        "pr_warn",
        "pr_debug",
        "printk",
        "pr_err_once",
        "pr_warn_once",
        "ARRAY_SIZE",
        "min",
        "max",
        "min_t",
        "max_t",
        "sizeof",
        "lockdep_assert_held",
        "BUILD_BUG_ON",
        "barrier",
        "smp_mb",
        "smp_rmb",
        "smp_wmb",
        "IS_ERR",
        "pte_val",
        "pmd_val",
        "pgprot_val",
        "PTR_ERR",
        "ERR_PTR",
        "__builtin_expect",
        "offset_in_page",
        "trace_printk",
        "might_sleep",
        "BIT",
        "ALIGN",
        "ALIGN_DOWN",
    )
)


class Reached(NamedTuple):
    """A call that is reached while there is an entry ``root`` (None: whatever entries there are).

    ``ident`` says what a vocabulary word does, whatever it is called; of a function that the vocabulary does not
    know it is its name. ``domain`` are the entry states for which it is defined. ``args`` are the operands; ``proofs``
    what the path has proven by then; ``call`` leads to the place from the executed function itself.
    """

    span: Span
    name: str
    ident: Ident
    args: tuple[Value, ...]
    root: Value
    domain: int
    proofs: frozenset[str]
    call: Span


class Returned(NamedTuple):
    """What is returned while there is an entry ``root`` (None: whatever entries there are)."""

    span: Span
    root: Value
    value: Value
