"""Which function does what a word of a class says: one for each class that has a meaning for execution."""

from collections.abc import Callable

from anonlint.domain.state import State
from anonlint.domain.values import Value
from anonlint.graph.ir import Expr
from anonlint.words import bits, compare, counts, entries, exclusive, locks, mappings, pages, present, rmaps, slots
from anonlint.words.dictionary import Op
from anonlint.words.machine import Machine, Results

Transfer = Callable[[Machine, Op, Expr, list[Value], State], Results]

TRANSFERS: dict[str, Transfer] = {
    "predicate": entries.predicate,
    "entry-test": entries.entry_test,
    "type": entries.kind_of,
    "constructor": entries.construct,
    "raw-constructor": entries.raw_construct,
    "convert": entries.convert,
    "offset": entries.decode,
    "page-of": entries.decode,
    "present-page": present.present_page,
    "same-page": pages.same_page,
    "page-test": pages.page_test,
    "read": slots.read,
    "store": slots.store,
    "clear": slots.clear,
    "bit-set": bits.set_bit,
    "bit-clear": bits.set_bit,
    "make-present": present.make_present,
    "modify": present.make_present,
    "same-entry": compare.same_entry,
    "cow-test": mappings.cow,
    "vma-test": mappings.vma_test,
    "config-test": mappings.config_test,
    "walk-define": mappings.define_walk,
    "walk": mappings.step_walk,
    "bit-test": bits.bit_test,
    "pud-test": entries.predicate,
    "take": slots.taken,
    "rmap-share": rmaps.share_page,
    "rmap-file": rmaps.add_file,
    "rmap-dup": rmaps.dup,
    "rmap-add": rmaps.add_page,
    "rmap-move": rmaps.move_rmap,
    "page-set": exclusive.page_set,
    "page-clear": exclusive.page_clear,
    "refcount": counts.count,
    "mapcount": counts.count,
    "swap-count": counts.hold,
    "lock": locks.lock,
    "lockptr": locks.lock_table,
    "map": locks.lock_table,
    "lookup": entries.use_entry,
    "young-clear": entries.young_clear,
    "marker": entries.marker,
    "wait": locks.wait,
    "trylock": locks.trylock,
    "unlock": locks.unlock,
    "alloc": pages.new_page,
    "grab": counts.grab,
    "ungrab": counts.ungrab,
    "inert": slots.inert,
    "zero-page": pages.zero_page,
    "hand-over": slots.hand_over,
    "batch": rmaps.batch,
    "store-marker": slots.hand_over,
    "rmap-remove": rmaps.remove_rmap,
    "kernel-table": mappings.kernel_table,
    "must-unshare": exclusive.must_unshare,
    "pin-test": pages.answer,
    "write-test": pages.answer,
    "reuse": pages.answer,
    "fault": pages.answer,
    "copy-page": pages.copy_page,
}

ELSEWHERE = frozenset(("assert", "boot", "call-back", "config", "flag-constant", "kind-constant", "noreturn"))
"""Classes with a meaning that is no transfer: what the engine does with a call, and what names say."""
INERT = frozenset(
    (
        "assert-pinned",
        "build-pmd",
        "era-marker",
        "flush",
        "flush-test",
        "kernel-walk",
        "lazy",
        "move-offset",
        "page-index",
        "pud-bit-set",
        "restore-pmd",
        "sync",
        "table-store",
        "unmap",
        "walk-end",
    )
)
"""Classes that change no state: they date a file, wake a rule, or tell a reader what a word is."""
