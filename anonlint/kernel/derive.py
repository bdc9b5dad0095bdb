"""Derives what a word means by running its definition on sample values of every entry kind."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from anonlint.kernel.classes import GROUPS, KINDS, kinds
from anonlint.kernel.interpret import Entry, FailedError, Interpreter, Page, Pte, Ref, UnknownError
from anonlint.kernel.samples import BITS, COUNTED_TO, PFN, SAYS, WITH_PFN, Machine, Samples
from anonlint.kernel.word import Word

Meaning = dict[str, str]

_ENTRY = re.compile(r"\b(?:swp_entry_t|leaf_entry_t)\b")
_LEAF = re.compile(r"\b(?:softleaf_t|leaf_entry_t)\b")
_TABLE = re.compile(r"\b(pte|pmd)_t\b")


class RunningTree(NamedTuple):
    """A tree ready to be asked: its code, its kinds, its machine."""

    interpreter: Interpreter
    samples: Samples
    machine: Machine


def predicate(tree: RunningTree, name: str, params: str) -> Meaning:
    """Return true= and maybe= of a predicate of one entry or page table entry."""
    values, domain = _operand(tree, params)
    true, maybe = [], []
    for kind in tree.samples.kinds(domain):
        answers = set()
        for value in values(kind):
            answers.add(_holds(tree, name, value))
        if True in answers:
            true.append(kind)
        if len(answers) == 2:
            maybe.append(kind)
    alike = tree.samples.counted(table=bool(_TABLE.search(params)))
    if not true and any(_holds(tree, name, entry) for entry in alike):
        return {"true": COUNTED_TO, "maybe": COUNTED_TO, "says": SAYS}  # of a type that is only counted to a kind
    return _kinds("true", true) | _kinds("maybe", maybe)


def _holds(tree: RunningTree, name: str, value: Any) -> bool:
    try:
        return _truth(tree.interpreter.run(name, [value]))
    except FailedError:
        return False


def _truth(value: Any) -> bool:
    if not isinstance(value, int):
        raise UnknownError("answers what is no number")
    return value != 0


def _operand(tree: RunningTree, params: str) -> tuple[Callable[[str], list[Any]], tuple[str, ...]]:
    """Return the sample values for a function's only parameter, and the kinds that it is defined for."""
    if "," in params or "*" in params:
        raise UnknownError("takes more than one argument, or a pointer")
    if _LEAF.search(params):
        return tree.samples.entries, KINDS
    if _ENTRY.search(params):
        return tree.samples.entries, GROUPS["nonpresent"]
    if _TABLE.search(params):
        return tree.samples.ptes, KINDS
    raise UnknownError("takes no entry")


def _kinds(key: str, found: list[str]) -> Meaning:
    return {key: ",".join(found)} if found else {}


def constructor(tree: RunningTree, name: str, params: str) -> Meaning:
    """Return kind=, else=, from=, select= and inplace= of a constructor."""
    args: list[Any] = [_argument(tree, part) for part in params.split(",") if part.strip() not in ("", "void")]
    select = next((i for i, part in enumerate(params.split(",")) if _is_flag(part)), -1)
    if args and isinstance(args[0], Ref):
        tree.interpreter.run(name, args)
        return {"kind": ",".join(tree.samples.kind_of(args[0].cell[0])), "inplace": "0"}
    made = _run_constructor(tree, name, args)
    meaning = {"kind": ",".join(tree.samples.kind_of(made))}
    source = next((i for i, arg in enumerate(args) if arg == PFN or isinstance(arg, Page)), -1)
    if source >= 0 and tree.samples.offset_of(made) == PFN:
        meaning["from"] = str(source)
    if select >= 0:
        args[select] = 0
        other = _run_constructor(tree, name, args)
        meaning |= {"else": ",".join(tree.samples.kind_of(other)), "select": str(select)}
    return meaning


def _run_constructor(tree: RunningTree, name: str, args: list[Any]) -> Any:
    try:
        return tree.interpreter.run(name, args)
    except FailedError as error:
        raise UnknownError(f"asserts what does not hold: {error}") from error


def _is_flag(parameter: str) -> bool:
    return re.search(r"\b(?:int|bool)\b", parameter) is not None and "unsigned" not in parameter


def _argument(tree: RunningTree, parameter: str) -> Any:
    if re.search(r"\bstruct (?:page|folio)\b", parameter):
        return Page(PFN)
    if "*" in parameter and (_ENTRY.search(parameter) or _LEAF.search(parameter)):
        return Ref([tree.samples.entries("W" if "device" not in parameter else "DW")[0]])
    if "pte_marker" in parameter:
        return tree.samples.flags[0] if tree.samples.flags else 1
    if _is_flag(parameter):
        return 1
    if re.search(r"\b(?:pgoff_t|long)\b", parameter):
        return PFN
    raise UnknownError(f"takes {parameter.strip()!r}")


def raw_constructor(tree: RunningTree, name: str, params: str) -> Meaning:  # noqa: ARG001 - one signature for all
    """Return type= and from= of swp_entry() itself."""
    made = tree.interpreter.run(name, [5, 77])
    parts = [tree.interpreter.run("swp_type", [made]), tree.interpreter.run("swp_offset", [made])]
    return {"type": "0", "from": "1"} if parts == [5, 77] else {}


def kind_of_type(tree: RunningTree, name: str, params: str) -> Meaning:
    """Return arg= of a function whose result tells kinds apart, nothing of one that does not."""
    values, domain = _operand(tree, params)
    seen: dict[str, tuple[str, ...]] = {}
    for kind in tree.samples.kinds(domain):
        for value in values(kind):
            same = tree.samples.kind_of(value)
            if seen.setdefault(str(tree.interpreter.run(name, [value])), same) != same:
                return {}
    return {"arg": "0"}


def leaf_constant(tree: RunningTree, name: str, params: str) -> Meaning:  # noqa: ARG001
    """Return true= of an enumerator that softleaf_type() gives."""
    if name not in tree.interpreter.constants:
        raise UnknownError("is no enumerator in the headers read")
    wanted = tree.interpreter.constants[name]
    found = [
        kind
        for kind in tree.samples.kinds()
        if any(tree.interpreter.run("softleaf_type", [e]) == wanted for e in tree.samples.entries(kind))
    ]
    return _kinds("true", found)


def convert(tree: RunningTree, name: str, params: str) -> Meaning:
    """Return to=, strips= and total= of a conversion between an entry and a page table entry."""
    if not _TABLE.search(params):
        return _to_table(tree, name)
    bits = set(BITS) if "pmd_t" not in params else set(BITS) - {"exclusive"}
    tree.machine.leaked.clear()
    for kind in tree.samples.kinds(GROUPS["nonpresent"]):
        for value in tree.samples.ptes(kind, bits):
            if tree.interpreter.run(name, [value]) != Entry(value.val):
                return {"to": f"changes {kind}"}
    meaning = {"to": "entry"}
    stripped = sorted(bits - tree.machine.leaked)
    if stripped:
        meaning["strips"] = ",".join(stripped)
    if _is_total(tree, name):
        meaning["total"] = "1"
    return meaning


def _to_table(tree: RunningTree, name: str) -> Meaning:
    for kind in tree.samples.kinds(GROUPS["nonpresent"]):
        for entry in tree.samples.entries(kind):
            if tree.interpreter.run(name, [entry]) != Pte("swap", entry.val):
                return {"to": f"changes {kind}"}
    return {"to": "pmd" if name.endswith("pmd") else "pte"}


def _is_total(tree: RunningTree, name: str) -> bool:
    before = tree.machine.converted
    try:
        results = [tree.interpreter.run(name, [Pte(state)]) for state in ("none", "Pw", "Pr")]
    except FailedError:
        return False
    return results == [Entry(0)] * 3 and tree.machine.converted == before


def offset(tree: RunningTree, name: str, params: str) -> Meaning:  # noqa: ARG001
    """Return needs= (if asserted), keeps= and gives= of what takes an offset, pfn or page out of an entry."""
    refused: list[str] = []
    keeps: set[str] = set()
    gives = ""
    for kind in tree.samples.kinds(GROUPS["nonpresent"]):
        for entry in tree.samples.entries(kind):
            try:
                got = tree.interpreter.run(name, [entry])
            except FailedError:
                refused.append(kind)
                continue
            gives = "page" if isinstance(got, Page) else ""
            number = got.pfn if isinstance(got, Page) else got
            if not isinstance(number, int):
                raise UnknownError("gives neither a number nor a page")
            keeps |= _kept(tree, number) if kind == "W" else set()
            if kind == "R" and number & (tree.samples.young - 1 if tree.samples.young else -1) != PFN:
                return {"gives": "something else"}
    meaning = {"gives": gives} if gives else {}
    if keeps:
        meaning["keeps"] = ",".join(sorted(keeps, reverse=True))
    if refused:
        without = [k for k in tree.samples.kinds(GROUPS["nonpresent"]) if k not in WITH_PFN]
        same = sorted(set(refused)) == sorted(without)
        meaning["needs"] = "pfn" if same else "not " + ",".join(sorted(set(refused)))
    return meaning


def _kept(tree: RunningTree, number: int) -> set[str]:
    bits = {"young": tree.samples.young, "dirty": tree.samples.dirty}
    return {bit for bit, mask in bits.items() if mask and number & mask}


def bit(tree: RunningTree, name: str, params: str) -> Meaning:  # noqa: ARG001
    """Return bit= and where= of a test or set of a migration entry's young or dirty bit."""
    found = []
    plain, young, dirty = tree.samples.entries("W")[:3] if tree.samples.young else [Entry(0)] * 3
    for text, with_bit in (("young", young), ("dirty", dirty)):
        without, given = tree.interpreter.run(name, [plain]), tree.interpreter.run(name, [with_bit])
        changed = without == with_bit if isinstance(without, Entry) else bool(given) and not without
        if changed:
            found.append(text)
    return {"bit": ",".join(found), "where": "entry"}


_SLOT = re.compile(r"^(?:const )?(pte|pmd)_t ?\*+ ?\w+$")


def getter(tree: RunningTree, name: str, params: str) -> Meaning:
    """Return ptr= of what reads a page table slot and gives what it holds; clears=1 if it leaves nothing there."""
    parts = [part.strip() for part in params.split(",")]
    slots = [i for i, part in enumerate(parts) if _SLOT.match(part)]
    if len(slots) != 1:
        raise UnknownError("takes not just one slot")
    left: set[bool] = set()
    for kind in tree.samples.kinds(("none", "Pw", "Pr", "W", "S")):
        for value in tree.samples.ptes(kind):
            cell = [value]
            args = [Ref(cell) if i in slots else None for i in range(len(parts))]
            if tree.interpreter.run(name, args) != value:
                return {}
            left |= {cell[0] == value} if value != Pte("none") else set()
            if cell[0] not in (value, Pte("none")):
                return {}
    if len(left) != 1:
        return {}
    return {"ptr": str(slots[0])} | ({} if left.pop() else {"clears": "1"})


DERIVERS: dict[str, Callable[[RunningTree, str, str], Meaning]] = {
    "predicate": predicate,
    "constructor": constructor,
    "raw-constructor": raw_constructor,
    "type": kind_of_type,
    "kind-constant": leaf_constant,
    "convert": convert,
    "offset": offset,
    "page-of": offset,
    "bit-test": bit,
    "bit-set": bit,
}
_COMPARED = {
    "predicate": ("true", "maybe"),
    "kind-constant": ("true",),
    "constructor": ("kind", "else", "select", "from", "inplace"),
    "raw-constructor": ("type", "from"),
    "type": ("arg",),
    "convert": ("to", "strips", "total"),
    "offset": ("keeps", "needs"),
    "page-of": ("gives", "needs"),
    "bit-test": ("bit", "where"),
    "bit-set": ("bit", "where"),
}


def evaluable(word: Word) -> bool:
    """Return whether a word's class is one whose meaning can be derived by running it."""
    return word.cls in DERIVERS and word.meaning.get("where", "entry") == "entry"


def said(tree: RunningTree, word: Word, derived: Meaning) -> Meaning:
    """Return what the vocabulary says, in the words that derivation uses for this tree."""
    meaning = {}
    for key in _COMPARED[word.cls]:
        text = word.meaning.get(key)
        if key in ("true", "maybe", "kind", "else") and text is not None:
            text = ",".join(k for k in tree.samples.kinds(_domain(word)) if k in kinds(text))
        if key == "strips" and text is not None:
            had = set(text.split(",")) - (set() if "RX" in tree.samples.types else {"exclusive"})
            text = ",".join(sorted(had))
        if key == "gives" and text is not None:
            text = "page"  # the model has one value for a page and its folio
        if key == "needs" and key not in derived:
            text = None  # not every release asserts it
        if key == "keeps" and not tree.samples.young:
            text = None
        if text:
            meaning[key] = text
    return meaning


def _domain(word: Word) -> tuple[str, ...]:
    entry_only = _ENTRY.search(word.prototype) and not _LEAF.search(word.prototype)
    return GROUPS["nonpresent"] if entry_only and word.cls == "predicate" else KINDS


def text(meaning: Meaning) -> str:
    """Return a meaning as a vocabulary row would have it."""
    return " ".join(f"{key}={meaning[key]}" for key in sorted(meaning)) or "-"
