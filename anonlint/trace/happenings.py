"""What can happen on a path: the kinds of events, which mypy checks wherever they stand."""

from typing import Literal

EventKind = Literal[
    "store",
    "live-store",  # of what was read there, changed
    "store-again",  # over what was just stored: ``value``
    "copy-store",  # of a page into which that of the entry ``root`` was copied
    "batch-store",  # of the first of many entries into all their slots
    "outdated-store",  # of an entry that was read before the lock of its slot was taken
    "remade",  # a swap entry of another slot is returned
    "claim",  # a page is said to be exclusive
    "hand-clear",  # and not to be, by hand
    "move",  # its rmap is moved
    "share",
    "dup",
    "dup-blind",  # by a word that never fails
    "grab",
    "count",
    "ask-exclusive",
    "ask-unshare",  # the same by a word that asks more
    "promise",  # a function that stands for a proof says yes
    "exit",  # of a function that lets a forced write through
    "misuse",  # of an entry by a word that is not defined for it; ``value`` is the word's domain
    "outdated",  # a use of an entry that was read before the lock
    "wiped",  # a marker
    "waited-on-copy",
]
