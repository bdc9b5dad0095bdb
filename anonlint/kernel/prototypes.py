"""Prototypes checked by a C parser (pycparser), with the kernel's type names declared."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anonlint.kernel.vocabulary import Vocabulary
    from anonlint.kernel.word import Word

_SCALARS = (
    "bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "size_t", "ssize_t", "loff_t", "uintptr_t",
    "pgoff_t", "gfp_t", "vm_fault_t", "vm_flags_t", "rmap_t", "pte_marker", "phys_addr_t", "zap_flags_t",
    "fpb_t", "fgf_t", "vma_flag_t", "dev_t", "umode_t", "pfn_t", "atomic_t", "cydp_t",
)  # fmt: skip
_STRUCTS = (
    "pte_t", "pmd_t", "pud_t", "p4d_t", "pgd_t", "hw_pte_t", "pgprot_t", "swp_entry_t", "softleaf_t",
    "leaf_entry_t", "spinlock_t", "pgtable_t", "nodemask_t", "vma_flags_t", "seqcount_t",
)  # fmt: skip

PREAMBLE = "".join(f"typedef unsigned long {name};\n" for name in _SCALARS) + "".join(
    f"typedef struct {{ unsigned long val; }} {name};\n" for name in _STRUCTS
)
"""Declarations of the type names that prototypes and headers use."""

_QUALIFIERS = re.compile(
    r"\b(?:__always_inline|__inline__?|inline|noinline|__must_check|__maybe_unused|__init|__meminit|__pure|"
    r"__attribute_const__|__user|__force|__rcu|__sched|asmlinkage|notrace)\b"
)
_ATTRIBUTES = re.compile(
    r"\b(?:__attribute__|__releases|__acquires|__cond_lock|__must_hold)\s*\((?:[^()]|\([^()]*\))*\)"
)


def clean(code: str) -> str:
    """Return C code without the annotations that a C parser does not know."""
    return _QUALIFIERS.sub(" ", _ATTRIBUTES.sub(" ", code))


def parse(code: str, parser: Any = None) -> list[Any]:
    """Return pycparser's external declarations of ``code`` (cleaned here); ValueError if it is not C."""
    # pycparser takes longer to import than a whole check of a patch may take.
    from pycparser import c_parser

    parser = parser or c_parser.CParser()
    try:
        tree = parser.parse(PREAMBLE + clean(code))
    except (c_parser.ParseError, AssertionError, AttributeError, RecursionError) as error:
        raise ValueError(_reason(error)) from error
    return list(tree.ext[PREAMBLE.count("\n") :])


def _reason(error: Exception) -> str:
    text = re.sub(r"^\S*: ", "", str(error))
    return text or type(error).__name__


def faults(vocabulary: "Vocabulary") -> list[str]:
    """Return what is wrong with the prototypes, sorted: not C, not a function, or of another name."""
    return sorted(
        f"{word.name}: {fault}"
        for rows in vocabulary.words.values()
        for word in rows
        if word.prototype != "-" and (fault := _fault(word))
    )


def _fault(word: "Word") -> str:
    from pycparser import c_ast

    try:
        declared = parse(word.prototype + ";")
    except ValueError as error:
        return f"prototype is not C: {error}"
    if len(declared) != 1 or not isinstance(declared[0].type, c_ast.FuncDecl):
        return "prototype declares no function"
    if declared[0].name != word.name:
        return f"prototype is of {declared[0].name}"
    highest = max((int(word.meaning.get(key, "-1")) for key in _POSITIONS if _is_position(word, key)), default=-1)
    count = arity(word.prototype)
    if count >= 0 and highest >= count:
        return f"argument {highest} of a function of {count}"
    return ""


_POSITIONS = (
    "arg",
    "ptr",
    "value",
    "page",
    "from",
    "select",
    "type",
    "a",
    "b",
    "writable",
    "mm",
    "vma",
    "flags",
)


def _is_position(word: "Word", key: str) -> bool:
    return word.meaning.get(key, "").isdigit()


def arity(prototype: str) -> int:
    """Return the number of parameters of a prototype, -1 if they may be any number."""
    inside = prototype[prototype.index("(") + 1 : prototype.rindex(")")].strip()
    if inside.endswith("..."):
        return -1
    return 0 if inside in ("", "void") else inside.count(",") + 1
