"""Where the vocabulary and a kernel tree disagree: the tree's own headers are run to find out."""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from anonlint import sidefile
from anonlint.errors import InputError
from anonlint.kernel.cpp import Preprocessor
from anonlint.kernel.definitions import Definition, enumerators, functions
from anonlint.kernel.derive import DERIVERS, Meaning, RunningTree, evaluable, getter, said, text
from anonlint.kernel.era import Dating, clamped, tree_era
from anonlint.kernel.interpret import FailedError, Interpreter, UnknownError
from anonlint.kernel.presence import flag_names, missing
from anonlint.kernel.prototypes import arity
from anonlint.kernel.samples import COUNTED_TO, GLOBALS, SAYS, Machine, Samples
from anonlint.kernel.vocabulary import OLDEST, Vocabulary
from anonlint.kernel.word import Era, Word

HEADERS = (
    "include/linux/mm_types.h",
    "include/linux/swap.h",
    "include/linux/swapops.h",
    "include/linux/leafops.h",
    "include/linux/page-flags.h",
    "include/linux/pgtable.h",
    "include/asm-generic/pgtable.h",
    "include/linux/huge_mm.h",
    "include/asm-generic/hugetlb.h",
    "include/linux/hugetlb.h",
    "include/linux/mm.h",
    "include/linux/mm_inline.h",
    "include/linux/rmap.h",
    "mm/internal.h",
    "mm/hugetlb.c",
)
"""The files that are read. hugetlb.c has two predicates of its own."""


class Disagreement(NamedTuple):
    """A word that means one thing to the vocabulary and another to the tree, where ``place`` is."""

    name: str
    vocabulary: str
    tree: str
    place: str


class Newcomer(NamedTuple):
    """A function of a known shape that the vocabulary does not have in this release.

    ``row`` is the row that makes it known, "" where its meaning could not be derived.
    """

    name: str
    cls: str
    meaning: str
    place: str
    elsewhere: str
    row: str = ""


class Diagnosis(NamedTuple):
    """What a tree says of the vocabulary; names are sorted, every word of the release is in one list.

    ``unevaluated`` holds (name, reason) of words whose meaning could have been derived but was not,
    ``presence`` those of classes of which only the presence is checked. ``compared`` is the release whose
    words the tree was compared with: of a tree older than any that the vocabulary knows, the oldest.
    """

    tree: str
    era: Dating
    compared: Era | None
    agree: tuple[str, ...]
    disagree: tuple[Disagreement, ...]
    new: tuple[Newcomer, ...]
    gone: tuple[str, ...]
    unevaluated: tuple[tuple[str, str], ...]
    presence: tuple[str, ...]


class Read(NamedTuple):
    """The headers of a tree: ready to be run, what they define, and the words in them."""

    asked: RunningTree
    definitions: dict[str, Definition]
    words: set[str]


def diagnose(tree: str, vocabulary: Vocabulary) -> Diagnosis:
    """Compare the vocabulary with a kernel tree; InputError if there is none at ``tree``."""
    return compare(tree, read(tree, vocabulary), vocabulary)


def compare(tree: str, read: Read, vocabulary: Vocabulary) -> Diagnosis:
    """Compare the vocabulary with the headers of a tree."""
    dating = tree_era(tree, vocabulary)
    told = dating.since or dating.until
    era = None if told is None else clamped(told)
    known = vocabulary.at(era)
    gone = missing(tree, {name for name in known if not _undated(known[name])} - read.words)
    agree: list[str] = []
    disagree: list[Disagreement] = []
    unevaluated: list[tuple[str, str]] = []
    presence: list[str] = []
    for name in sorted(known.keys() - gone):
        word = known[name]
        drift = _arguments(read, word)
        if drift is not None:
            disagree.append(drift)
        elif not evaluable(word):
            presence.append(name)
        else:
            _judge(read, word, agree, disagree, unevaluated)
    return Diagnosis(
        tree,
        dating,
        era,
        tuple(agree),
        tuple(disagree),
        tuple(_newcomers(read, known, vocabulary, era)),
        tuple(sorted(gone)),
        tuple(unevaluated),
        tuple(presence),
    )


def _undated(word: Word) -> bool:
    return "undated" in word.meaning


def read(tree: str, vocabulary: Vocabulary, more: Sequence[str] = ()) -> Read:
    """Read the tree's headers, and ``more`` files of it, into an interpreter."""
    machine = Machine()
    interpreter = Interpreter(machine.builtins(), GLOBALS)
    machine.interpreter = interpreter
    reader = Preprocessor(interpreter.value)
    interpreter.macros = reader.macros
    definitions: dict[str, Definition] = {}
    words: set[str] = set()
    for path in (*HEADERS, *more):
        source = _source(os.path.join(tree, path))
        words |= set(re.findall(r"[A-Za-z_]\w*", source)) | flag_names(source)
        seen = reader.read(source)
        _learn_enums(interpreter, seen)
        for definition in functions(seen, path):
            definitions.setdefault(definition.name, definition)
    if "swp_entry" not in definitions:
        raise InputError(tree, "no kernel tree: include/linux/swapops.h does not define swp_entry() (--tree names one)")
    interpreter.functions = definitions
    try:
        samples = Samples(interpreter, vocabulary)
    except ValueError as error:
        raise InputError(tree, f"the swap types of include/linux/swap.h cannot be computed: {error}") from error
    return Read(RunningTree(interpreter, samples, machine), definitions, words)


def _source(path: str) -> str:
    try:
        return sidefile.read(path).decode("utf-8", "replace")
    except OSError:
        return ""


def _learn_enums(interpreter: Interpreter, source: str) -> None:
    for names in enumerators(source):
        value = -1
        for name, expression in names:
            try:
                value = interpreter.value(expression) if expression else value + 1
            except ValueError:
                break  # the values from here on are not known
            interpreter.constants.setdefault(name, value)


def _arguments(read: Read, word: Word) -> Disagreement | None:
    """Return a disagreement about the number of a function's arguments."""
    definition = read.definitions.get(word.name)
    if definition is None or word.prototype == "-":
        return None
    here, there = arity(f"({definition.params})"), arity(word.prototype)
    if here == there or -1 in (here, there):
        return None
    return Disagreement(word.name, f"{there} arguments", f"{here} arguments", _place(definition))


def _place(definition: Definition) -> str:
    return f"{definition.path}:{definition.line}"


def _judge(
    read: Read,
    word: Word,
    agree: list[str],
    disagree: list[Disagreement],
    unevaluated: list[tuple[str, str]],
) -> None:
    """Derive one word and put it into the list where it belongs."""
    definition = read.definitions.get(word.name)
    try:
        derived = _derive(read, word, definition)
        expected = said(read.asked, word, derived)
    except (UnknownError, FailedError) as error:
        unevaluated.append((word.name, str(error)))
        return
    if {key: value for key, value in derived.items() if key != "says"} == expected:
        agree.append(word.name)
    else:
        place = _place(definition) if definition else ""
        disagree.append(Disagreement(word.name, text(expected), text(derived), place))


def _derive(read: Read, word: Word, definition: Definition | None) -> Meaning:
    interpreter = read.asked.interpreter
    if word.cls == "kind-constant":
        if word.name.startswith("SWP_"):
            raise UnknownError("given: what the kinds of the tree are told by")
        return DERIVERS[word.cls](read.asked, word.name, "")
    if interpreter.is_builtin(word.name):
        raise UnknownError("given: the architecture defines it")
    if definition is None and word.name not in interpreter.macros:
        raise UnknownError("not defined in the headers read")
    params = definition.params if definition else word.prototype[word.prototype.index("(") + 1 : -1]
    return DERIVERS[word.cls](read.asked, word.name, params)


_ENTRY_TYPES = re.compile(r"^(?:const )?(?:swp_entry_t|softleaf_t|leaf_entry_t) \w+$")
_TABLE_TYPES = re.compile(r"^(?:const )?(?:pte_t|pmd_t) \w+$")
_ANSWERS = re.compile(r"\b(?:bool|int)\s+\w+\s*\($")
_MAKES = re.compile(r"\b(?:swp_entry_t|softleaf_t|leaf_entry_t)\s+\w+\s*\($")


_GETS = re.compile(r"\b(pte|pmd)_t\s+\w+\s*\($")
_HANDED = re.compile(r"\b(pte|pmd)_t ?\*")
_SPECIFIERS = re.compile(r"\b(?:static|extern|inline|__always_inline|noinline|__maybe_unused|__init)\b\s*")


def _newcomers(read: Read, known: dict[str, Word], vocabulary: Vocabulary, era: Era | None) -> list[Newcomer]:
    found = _new_types(read, era)
    for name in sorted(read.definitions.keys() - known.keys()):
        definition = read.definitions[name]
        cls = _shape(definition)
        if not cls or read.asked.interpreter.is_builtin(name):
            continue
        cls, meaning = _meaning_of_new(read, cls, definition)
        if meaning:
            rows = vocabulary.words.get(name, ())
            elsewhere = f"known in {_era(rows[0])}" if rows else ""
            row = "" if meaning.startswith("not evaluated") or rows else _row(definition, cls, meaning, era)
            found.append(Newcomer(name, cls, meaning, _place(definition), elsewhere, row))
    return found


def _new_types(read: Read, era: Era | None) -> list[Newcomer]:
    """Return the swap types of the tree that the vocabulary does not know."""
    since = era or OLDEST
    meaning = f"true={COUNTED_TO} maybe={COUNTED_TO} says={SAYS}"
    return [
        Newcomer(name, _TYPE, meaning, _SWAP, "", f"{name}  {_TYPE}  {since[0]}.{since[1]}-  {meaning}  -")
        for name in read.asked.samples.strange
    ]


_SWAP, _TYPE = "include/linux/swap.h", "kind-constant"


def _row(definition: Definition, cls: str, meaning: str, era: Era | None) -> str:
    """Return the row of the vocabulary that makes a function known, columns two blanks apart."""
    since = era or OLDEST
    meaning = f"arg=0 {meaning}" if cls == "predicate" else meaning
    head = _SPECIFIERS.sub("", " ".join(definition.code[: definition.code.index("(")].split()))
    return f"{definition.name}  {cls}  {since[0]}.{since[1]}-  {meaning}  {head}({definition.params})"


def _shape(definition: Definition) -> str:
    """Return the class that a function's signature suggests, "" for none."""
    head = definition.code[: definition.code.index("(") + 1]
    if _MAKES.search(head):
        return "constructor"
    gets = _GETS.search(head)
    if gets is not None:
        slots = _HANDED.findall(definition.params)
        return "read" if slots == [gets[1]] else ""
    one = _ENTRY_TYPES.match(definition.params) or _TABLE_TYPES.match(definition.params)
    return "predicate" if one and _ANSWERS.search(head) else ""


def _meaning_of_new(read: Read, cls: str, definition: Definition) -> tuple[str, str]:
    """Derive a newcomer's class and meaning; "" for what turns out to have nothing to do with entry kinds."""
    about_table = _TABLE_TYPES.match(definition.params) is not None
    derive = getter if cls == "read" else DERIVERS[cls]
    try:
        meaning = derive(read.asked, definition.name, definition.params)
    except (UnknownError, FailedError) as error:
        # Many functions take a pte_t; only one that takes an entry is sure to be of interest.
        silent = about_table or cls in ("constructor", "read")
        return cls, "" if silent else f"not evaluated: {error}"
    if cls == "read":
        cls = "take" if meaning.pop("clears", "") else cls
        return cls, text(meaning) if meaning else ""
    if about_table and meaning.get("true", "") in ("", ",".join(read.asked.samples.kinds())):
        return cls, ""
    return cls, text(meaning)


def _era(word: Word) -> str:
    until = f"{word.until[0]}.{word.until[1]}" if word.until else ""
    return f"{word.since[0]}.{word.since[1]}-{until}"


def _releases(era: Dating) -> str:
    first, last = (f"{e[0]}.{e[1]}" if e else "" for e in (era.since, era.until))
    return first if first and first == last else f"{first}-{last}"


def older(diagnosis: Diagnosis) -> str:
    """Return what to say of a tree that is older than the vocabulary, nothing of any other."""
    told, era = diagnosis.era.until, diagnosis.compared
    if told is None or era is None or told >= era:
        return ""
    return f", compared with {era[0]}.{era[1]}, the oldest release that the vocabulary knows"


def render(diagnosis: Diagnosis) -> list[str]:
    """Return the diagnosis as plain lines, one a fact, the counts last."""
    evidence = ", ".join(diagnosis.era.evidence) or "nothing"
    lines = [f"{diagnosis.tree}: Linux {_releases(diagnosis.era)} (by {evidence}){older(diagnosis)}"]
    lines.extend(
        f"disagree {entry.name}: {entry.tree} at {entry.place}, vocabulary: {entry.vocabulary}"
        for entry in diagnosis.disagree
    )
    for new in diagnosis.new:
        note = f" ({new.elsewhere})" if new.elsewhere else ""
        lines.append(f"new {new.name}: {new.cls} {new.meaning} at {new.place}{note}")
    lines.extend(f"gone {name}" for name in diagnosis.gone)
    lines.extend(f"not evaluated {name}: {reason}" for name, reason in diagnosis.unevaluated)
    lines.append(
        f"{len(diagnosis.agree)} agree, {len(diagnosis.disagree)} disagree, {len(diagnosis.new)} new, "
        f"{len(diagnosis.gone)} gone, {len(diagnosis.unevaluated)} not evaluated, "
        f"{len(diagnosis.presence)} only present"
    )
    return lines
