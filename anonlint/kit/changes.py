"""All changes, by name."""

from collections.abc import Callable

from anonlint.kit.moves import inlined, moved_out_and_back, outlined
from anonlint.kit.transform import (
    Names,
    argument_in_local,
    blank_lines,
    commented,
    compared_with_zero,
    condition_in_local,
    jump_to_return,
    no_comments,
    renamed,
    swapped_arms,
    swapped_operands,
)

TRANSFORMATIONS: dict[str, Callable[[bytes, Names], bytes]] = {
    "blank-lines": blank_lines,
    "no-comments": no_comments,
    "comments-name-words": commented(b"VM_WRITE", b"uffd-wp", b"FAULT_FLAG_UNSHARE", b"pte_present"),
    "comments-name-flags": commented(b"RMAP_EXCLUSIVE", b"unshare", b"is cow", b"FOLL_PIN", b"migration"),
    "comments-deny": commented(b"never forget soft-dirty here!", b"uffd-wp must not get lost", b"not exclusive"),
    "renamed": renamed,
    "swapped-arms": swapped_arms,
    "swapped-operands": swapped_operands,
    "compared-with-zero": compared_with_zero,
    "condition-in-local": condition_in_local,
    "argument-in-local": argument_in_local,
    "jump-to-return": jump_to_return,
    "outlined": outlined,
    "inlined": inlined,
    "moved-out-and-back": moved_out_and_back,
}
