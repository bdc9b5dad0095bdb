"""Writes docs/vocabulary.md from the typed rows of the vocabulary's classes, keys and kinds: ``./run docs``."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from anonlint.kernel import reference
from anonlint.kernel.classes import CLASSES, GROUPS, NAMED, POSITIONS
from anonlint.kernel.vocabulary import Vocabulary

PATH = "docs/vocabulary.md"

_HEAD = """\
<!-- Written by anonlint/dev/gen_vocabulary.py from anonlint/kernel/classes.py and reference.py: change it there. -->

# The vocabulary

What kernel names mean is data: rows of text, one word and one meaning a row. `anonlint vocabulary WORD` tells what is
known of a word, `anonlint doctor` compares the rows with the headers of a tree, and `anonlint doctor --propose` writes
rows for what a tree has of its own ([a vendor's tree](vendor-trees.md)).

A row has five columns, with a TAB or two blanks between them:

| column | what it says |
|---|---|
| name | the function, macro, flag or constant |
| class | what it does: one of the classes below |
| releases | the first and the last that have it so: `4.18-6.18`, `6.6-` for "still there"; 4.18 is all before it, too |
| meaning | `key=value` words with one blank between them, `-` for none. Positions of arguments count from 0 |
| prototype | as C has it; of a macro, that of the function it acts like; `-` for what is no function |

Rows of your own stand in the settings or in files that these name; yours replace ours of the same name:

    vocabulary = [
        "acme_mkwrite  bit-set  6.12-  arg=0 bit=write where=present  pte_t acme_mkwrite(pte_t pte)",
        "acme.tsv",
    ]

A misspelt class, a key that the class does not have, a position that is no number are refused with file and line. A
name may have several rows, oldest first, for releases that do not overlap. What no table names and whose body is not in
sight may have changed a slot that it is handed: its entry is unknown from there, and unknown means silence.
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "\n" + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from ("## Kinds of entries", "", "| kind | entry |", "|---|---|")
    yield from (f"| `{kind}` | {text} |" for kind, text in reference.KINDS.items())
    yield from (f"| `{group}` | {', '.join(f'`{kind}`' for kind in kinds)} |" for group, kinds in GROUPS.items())
    yield from ("", "`on=` says for which entries a word is defined:", "", "| `on=` | entries |", "|---|---|")
    yield from (f"| `{word}` | {text} |" for word, text in reference.DOMAINS.items())
    yield from ("", "## Classes", "", "| class | what such a word does | has to say | may say | words |")
    yield "|---|---|---|---|---|"
    counts = _counts()
    for cls, text in sorted(reference.CLASSES.items()):
        sort = CLASSES[cls]
        may = sorted(sort.may - {"undated"})
        yield f"| `{cls}` | {text} | {_keys(sort.needs)} | {_keys(may)} | {counts.get(cls, 0)} |"
    yield from ("", "Any row may say `undated=1`.", "", "## Keys", "", "| key | what it says |", "|---|---|")
    named = {key for _, key in NAMED}
    for key, text in sorted(reference.KEYS.items()):
        number = key in POSITIONS and key not in named
        yield f"| `{key}=` | {text}{' (a number)' if number and 'position' not in text else ''} |"


def _keys(keys: Sequence[str]) -> str:
    return " ".join(f"`{key}`" for key in keys)


def _counts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for rows in Vocabulary.load().words.values():
        for cls in {row.cls for row in rows}:
            counts[cls] = counts.get(cls, 0) + 1
    return counts


def main(arguments: Sequence[str]) -> None:
    """Write the page (default: docs/vocabulary.md)."""
    Path(arguments[0] if arguments else PATH).write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
