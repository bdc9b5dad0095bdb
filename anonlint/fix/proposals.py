"""What could mend a finding, by rule: another predicate, another constructor, two lines that carry a bit along.

A proposal is a guess about text. Whether it is right is not decided here (`anonlint.fix.prove`).
"""

import re
from collections.abc import Callable, Iterator, Mapping

from anonlint.model.edit import Edit, Mends, Proposal
from anonlint.model.finding import Finding

# Predicates that ask the same of an entry but for readable-exclusive ones, each with its opposite.
_PREDICATE = re.compile(rb"(!?)\b(is_readable|is_writable|softleaf_is)_([a-z_]+?)(_read|_write)?(?=\()")
_CONSTRUCTOR = re.compile(rb"\bmake_(readable_exclusive|readable|writable)_(\w+)(?=\()")
_STORE = re.compile(rb"\bset_(huge_pte|pte|pmd)_at\(([^;]*)\);")
_MADE = rb"\b%s\s*=\s*(?:swp_entry_to|softleaf_to)_p[tm][de]\("
_LOCALS = re.compile(rb"^[ \t]+(?:pte_t|pmd_t)\s+([^;{}]*);", re.MULTILINE)
_LOCAL = re.compile(rb"\s*(\w+)\s*(?:=|$)")
_CALL = re.compile(rb"\([^()]*\)")
_PARAMETER = re.compile(rb"[(,]\s*(?:pte_t|pmd_t)\s+(\w+)(?=\s*[,)])")
_ENDED = re.compile(rb"(?:[;{}]|\*/)\s*$")
_BITS = {"AL401": b"soft_dirty", "AL402": b"uffd_wp"}


class _Text:
    """A file and where its lines begin."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0, *(match.end() for match in re.finditer(rb"\n", data))]

    def line(self, number: int) -> tuple[int, bytes]:
        """Return where a line begins, and its text with its end; nothing for a line that is not there."""
        if not 0 < number <= len(self.starts):
            return len(self.data), b""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.data)
        return start, self.data[start:end]

    def before(self, number: int) -> bytes:
        """Return the function up to a line: from the last line that begins with a brace, and its head."""
        start, _ = self.line(number)
        opened = self.data.rfind(b"\n{", 0, start)
        head = max(self.data.rfind(b"\n}", 0, max(opened, 0)), self.data.rfind(b";\n\n", 0, max(opened, 0)))
        return self.data[max(head, 0) : start]


_NONE: Mapping[str, Mends] = {}


def proposals(finding: Finding, data: bytes, others: Mapping[str, Mends] = _NONE) -> list[Proposal]:
    """Return what could mend a finding in the file ``data``, each once; ``others`` are what other rules propose."""
    makers: dict[str, tuple[Callable[[Finding, _Text], Iterator[Proposal]], ...]] = {
        "AL101": (_sibling,),
        "AL102": (_predicate, _constructor),
        "AL103": (_predicate, _constructor),
        "AL104": (_constructor,),
        "AL105": (_constructor,),
        "AL401": (_bit,),
        "AL402": (_bit,),
    }
    text = _Text(data)
    found = [proposal for maker in makers.get(finding.code, ()) for proposal in maker(finding, text)]
    found += others[finding.code](finding, data) if finding.code in others else ()
    return list({proposal.edits: proposal for proposal in found}.values())


def _sibling(finding: Finding, text: _Text) -> Iterator[Proposal]:
    """Yield the sibling's predicate, where that is enough."""
    match = re.search(r": (!?\w+)\(\) here, (!?\w+)\(\) in .*, (!?\w+)\(\) is enough$", finding.message)
    if match is None or match[2] != match[3]:
        return
    start, line = text.line(finding.line)
    mine, theirs = match[1].encode(), match[2].encode()
    if line.count(mine + b"(") == 1:
        at = start + line.index(mine + b"(")
        yield Proposal(f"use {match[2]}(), as the sibling does", (Edit(at, at + len(mine), theirs),))


def _predicate(finding: Finding, text: _Text) -> Iterator[Proposal]:
    """Yield the other way to ask, for each predicate on the finding's line."""
    start, line = text.line(finding.line)
    for match in _PREDICATE.finditer(line):
        other = _opposite(match)
        if other:
            edit = Edit(start + match.start(), start + match.end(), other)
            yield Proposal(f"test {other.decode()}()", (edit,))


def _opposite(match: "re.Match[bytes]") -> bytes:
    """Return "not readable" for "writable" and the other way round; b"" where there is no such word."""
    mark = b"" if match[1] else b"!"
    if match[2] == b"softleaf_is":
        word = {b"_read": b"_write", b"_write": b"_read"}.get(match[4] or b"", b"")
        return mark + b"softleaf_is_" + match[3] + word if word else b""
    word = b"is_writable" if match[2] == b"is_readable" else b"is_readable"
    return mark + word + b"_" + match[3] + (match[4] or b"")


def _constructor(finding: Finding, text: _Text) -> Iterator[Proposal]:
    """Yield each other constructor for each one on the path."""
    lines = dict.fromkeys((finding.line, *(item.line for item in finding.because if item.path == finding.path)))
    for number in lines:
        start, line = text.line(number)
        for match in _CONSTRUCTOR.finditer(line):
            for word in (b"readable_exclusive", b"readable"):
                name = b"make_" + word + b"_" + match[2]
                if word != match[1]:
                    edit = Edit(start + match.start(), start + match.end(), name)
                    yield Proposal(f"make it with {name.decode()}()", (edit,))


def _bit(finding: Finding, text: _Text) -> Iterator[Proposal]:
    """Yield the two lines that take a bit of an old entry over into a new one, before it is stored."""
    number = next((number for number in _stores(finding, text)), 0)
    start, line = text.line(number)
    store = _STORE.search(line)
    kinds = {kind.startswith("present ") for kind in finding.message.rpartition("(")[2].rstrip(")").split(", ")}
    if store is None or len(kinds) > 1:
        return
    (present,) = kinds
    head = text.before(number)
    if not _ENDED.search(head):
        return  # the store hangs on a condition without braces: there is no room for two lines before it
    names = _entries(head)
    stored = [name for name in names if re.search(rb"(?<![\w(])%s(?=\s*[,)]|\s*$)" % name, store[2])]
    if len(stored) != 1:
        return
    new = stored[0]
    indent = len(line) - len(line.lstrip())
    for old in (name for name in names if name != new and _is_set(name, head, indent)):
        yield _carried(finding, start, line, (old, new), (present, re.search(_MADE % re.escape(new), head) is None))


def _entries(head: bytes) -> list[bytes]:
    """Return the parameters and locals of a function that hold an entry."""
    names = _PARAMETER.findall(head)
    for part in _LOCALS.findall(head):
        while (flat := _CALL.sub(b"", part)) != part:  # what is handed to a call is not declared
            part = flat
        names += [match[1] for name in part.split(b",") if (match := _LOCAL.match(name))]
    return list(dict.fromkeys(names))


def _is_set(name: bytes, head: bytes, indent: int) -> bool:
    """Return whether a variable has a value wherever a line of that indentation is reached: its text says so."""
    if name in _PARAMETER.findall(head):
        return True
    found = re.finditer(rb"^([ \t]+)(?:(?:pte_t|pmd_t)\s[^;]*?\b)?%s\s*=[^=]" % re.escape(name), head, re.MULTILINE)
    return any(len(match[1]) <= indent for match in found)


def _stores(finding: Finding, text: _Text) -> Iterator[int]:
    """Yield the lines that store an entry: those that the finding names, then the next one in the function."""
    told = [item.line for item in reversed(finding.because) if item.path == finding.path]
    yield from (number for number in (finding.line, *told) if _STORE.search(text.line(number)[1]))
    number = finding.line
    while (line := text.line(number)[1]) and not line.startswith(b"}"):
        if _STORE.search(line):
            yield number
        number += 1


def _carried(
    finding: Finding, start: int, line: bytes, entries: tuple[bytes, bytes], present: tuple[bool, bool]
) -> Proposal:
    old, new = entries
    level = re.search(rb"set_(huge_pte|pte|pmd)_at", line)
    assert level is not None
    bit, base = _BITS[finding.code], level[1].removeprefix(b"huge_")
    asks, makes = ((level[1] if here and bit == b"uffd_wp" else base) + (b"" if here else b"_swp") for here in present)
    indent = line[: len(line) - len(line.lstrip())]
    lines = b"%sif (%s_%s(%s))\n%s\t%s = %s_mk%s(%s);\n" % (indent, asks, bit, old, indent, new, makes, bit, new)
    return Proposal(f"take over {bit.decode()} of {old.decode()}", (Edit(start, start, lines),))
