"""What a path can have proven, and what it can have done: facts and marks, by names that mypy checks.

Proofs only ever help a function: fewer of them is worse, so that of two states the one with fewer stands for both.
Marks say what happened, and keep states apart. Whom a proof is about, and how long it lasts, subjects.py says.
"""

from typing import Literal

# Of a page or folio.
PageProof = Literal[
    "anon",
    "file",
    "excl",  # PG_anon_exclusive is set
    "notksm",
    "small",  # no large folio
    "hugetlb",
    "locked",  # the folio is
    "sole",  # the only reference, counted under the folio lock
    "sole-unlocked",  # the same without
    "few",  # no more references than the function adds up
    "sole-mapped",
    "pin-ok",  # it need not be unshared before it is pinned
    "new",  # just allocated
    "unpinned",
    "was-unpinned",  # asked while its entry stood, and pins could be taken
    "device-private",
    "no-uffd-entry",  # its entry has no such bit
]

# Of a mapping (a struct vm_area_struct).
MappingProof = Literal[
    "vm-write",
    "vma-shared",
    "vma-anon",
    "vma-file",
    "no-uffd",  # the mapping does not want it, or the entry has no such bit
    "no-uffd-vma",
    "uffd-wanted",
    "no-soft-dirty",
    "no-soft-dirty-vma",
]

# Of the call as a whole.
CallProof = Literal[
    "kernel",  # a table of the kernel's own
    "caller",  # a flag that was handed in says so
    "no-unshare",
    "uffd-wanted-elsewhere",  # by a mapping, but none of those that got the entry in the end
    "!soft-dirty",  # there is no such bit in this configuration
    "!uffd-wp",
]

Fact = PageProof | MappingProof | CallProof

Mark = Literal[
    "unshare",  # FAULT_FLAG_UNSHARE
    "force",  # FOLL_FORCE
    "no-pin",
    "shared",
    "dup",
    "failed",  # a share or dup; where, a mark of its own says: failed@PLACE
    "held-lock",  # taken in this function, and not given back
    "held-ref",
    "held-swap",
    "owed-lock",  # the same, taken before a share or dup failed
    "owed-ref",
    "owed-swap",
]
