"""What becomes of the bits of an entry, and of the entry itself: carried along, taken, stored once."""

from collections.abc import Iterator
from itertools import pairwise

from anonlint.graph.ir import walk
from anonlint.run.asked import Question
from anonlint.run.loss.change import Change, Law, Loss, claims, key, matching, same
from anonlint.run.loss.role import Role
from anonlint.run.spoken import Piece, Spoken

_CARRIES = {"soft-dirty": "AL401", "uffd-wp": "AL402", "young": "AL403", "dirty": "AL403", "exclusive": "AL205"}


def _carry(c: Change) -> Iterator[Loss]:
    """A bit that went along, if the old entry had it, is left behind."""
    for word in c.before.of("bit-set"):
        bit = word.says("bit")
        if bit not in _CARRIES or not c.gone[key(word)] or any(key(w) == key(word) for w in c.after.words):
            continue
        moves = bit == "soft-dirty" and c.has_role(Role.MOVE)
        anew = [w for w in c.after.words if w.target == word.target and not matching(w, c.before)]
        if c.strange or anew or c.gone["store"]:  # it may have gone there, or with what is stored
            continue
        handed = c.new[f"hand-over part={bit}"] or c.new[f"bit-clear bit={bit}"]
        given = bit == "uffd-wp" and c.has_role(Role.PROTECT)  # who is told whether to protect says it behind that
        if (word.guards or moves) and not given and not handed and not _writable_now(c):
            yield Loss(_CARRIES[bit], f"what carried {bit} is gone: {word.op.name}()", word.span, None)


def _dropped(c: Change) -> Iterator[Loss]:
    """What gives an entry with a bit is still called, and what it gives goes nowhere."""
    for word in c.after.of("bit-set"):
        had = matching(word, c.before)
        gives = not word.says("inplace") and not word.says("ptr")
        if gives and word.manner.alone and had and all(w.target for w in had) and word.says("bit") in _CARRIES:
            message = f"what {word.op.name}() gives goes nowhere: the bit is left behind"
            yield Loss(_CARRIES[word.says("bit")], message, had[0].span, word.span)


def _writable_now(c: Change) -> bool:
    """Return whether the patch takes the write bit back too: then the entry is another one."""
    return bool(c.new["bit-set bit=write"])


def _encoding(c: Change) -> Iterator[Loss]:
    """A bit is asked as of a mapped entry where its sisters are asked as of one that is not, or the other way round."""
    had, has = _encodings(c.before), _encodings(c.after)
    for value, ways in has.items():
        more = [len([w for w in side.of("bit-test") if w.value == value]) for side in (c.before, c.after)]
        if len(ways) > 1 and len(had.get(value, ())) == 1 and more[0] == more[1]:
            odd = next(way for way in ways if way not in had[value])
            word = ways[odd]
            where = "mapped" if odd == "present" else "non-present"
            message = f"{word.op.name}({value}) reads the bit of a {where} entry; the other bits are read otherwise"
            yield Loss("AL211", message, None, word.span)


def _encodings(piece: Piece) -> dict[str, dict[str, Spoken]]:
    found: dict[str, dict[str, Spoken]] = {}
    for word in piece.of("bit-test"):
        if word.says("where") in ("present", "swap"):
            found.setdefault(word.value, {}).setdefault(word.says("where"), word)
    return found


def _inverted(c: Change) -> Iterator[Loss]:
    """A bit is set where the old entry does not have it."""
    for word in c.after.of("bit-set"):
        had = [w for w in c.before.of("bit-set") if same(w, word)]
        for asked in c.after.of("bit-test"):
            wrong = asked.says("bit") == word.says("bit") and _answered(asked, word, yes=False)
            if wrong and any(_answered(asked, w, yes=True) for w in had):
                code = _CARRIES.get(word.says("bit"), "AL401")
                message = f"{word.op.name}() sets the bit where {asked.op.name}() says that it was clear"
                yield Loss(code, message, had[0].span, word.span)
    for given in claims(c.after):
        for answer in sorted(given.when, key=lambda a: a.question.text):
            asks = not answer.yes and answer.question.of("bit-test", bit="exclusive")
            if asks and any(answer.opposite in w.when for w in claims(c.before)):
                name = "" if answer.question.op is None else answer.question.op.name
                yield Loss("AL209", f"exclusive where {name}() says that it was not", None, given.span)


def _answered(asked: Spoken, word: Spoken, *, yes: bool) -> bool:
    """Return whether a word stands where another one has been answered like that."""
    return any(a.yes is yes and a.question.op is not None and a.question.op.name == asked.op.name for a in word.when)


def _leak(c: Change) -> Iterator[Loss]:
    """The child's mapping is not asked any more whether it wants uffd-wp."""
    for word in c.before.of("bit-clear"):
        asks = any(map(_asks_for_uffd, word.guards))
        gone = c.gone["bit-clear bit=uffd-wp"] and not any(key(w) == key(word) for w in c.after.words)
        if word.says("bit") == "uffd-wp" and asks and gone and not c.gone["store"]:
            yield Loss(
                "AL405", f"uffd-wp is not cleared any more for a mapping without it: {word.op.name}()", word.span, None
            )


def _asks_for_uffd(question: Question) -> bool:
    """Return whether a question is whether the mapping wants uffd-wp."""
    return question.of("vma-test", what="uffd-wp") or question.tests("proves", "uffd-wanted")


def _handed(c: Change) -> Iterator[Loss]:
    """Nobody is told any more that an entry was dirty, or at the wrong question."""
    for word in c.before.of("hand-over"):
        if c.strange or word.says("part") != "dirty" or not word.is_under("bit-test", bit="dirty"):
            continue
        still = [w for w in c.after.of("hand-over") if w.says("part") == "dirty"]
        if not still and c.gone["hand-over part=dirty"] and not c.new["bit-set bit=dirty"]:
            yield Loss("AL407", f"nobody is told any more that the entry was dirty: {word.op.name}()", word.span, None)
        for w in still:
            if w.is_under("bit-test", bit="young") and not w.is_under("bit-test", bit="dirty"):
                yield Loss("AL407", f"{w.op.name}() under a question for young, not for dirty", word.span, w.span)


def _order(c: Change) -> Iterator[Loss]:
    """What has to come after something comes before it."""
    for word in c.after.of("bit-set"):
        if _stored_before(word, c.after) and any(_stored_behind(w, c.before) for w in matching(word, c.before)):
            code = _CARRIES.get(word.says("bit"), "AL401")
            yield Loss(code, f"{word.op.name}() comes when the entry is stored already", None, word.span)
    for late in c.after.of("rmap-share"):
        behind = [w for w in c.after.of("take") if w.span.start > late.span.end]
        taken = [w for w in behind if c.after.own_guards(w) <= late.guards]
        first = [w for w in c.before.of("rmap-share") if w.value == late.value]
        before = first and any(w.span.end < first[0].span.start for w in c.before.of("take"))
        if taken and before and not any(w.span.end < late.span.start for w in c.after.of("take")):
            yield Loss("AL203", f"{late.op.name}() comes before the entry is taken", first[0].span, late.span)
    had = {(w.op.name, w.target) for w in _overwritten(c.before)}
    for word in _overwritten(c.after):
        if (word.op.name, word.target) not in had:
            code = _CARRIES.get(word.says("bit"), "AL401")
            yield Loss(code, f"{word.target} is made anew behind {word.op.name}(): the bit is lost", None, word.span)


def _stored_before(word: Spoken, piece: Piece) -> bool:
    stores = [w for w in piece.of("store") if word.target and word.target == w.arg("value")]
    return bool(stores) and all(w.span.end < word.span.start for w in stores)


def _stored_behind(word: Spoken, piece: Piece) -> bool:
    stores = [w for w in piece.of("store") if word.target and word.target == w.arg("value")]
    return any(w.span.start > word.span.end for w in stores)


def _narrower(c: Change) -> Iterator[Loss]:
    """A bit goes along under more conditions than before, or under the question for another bit or entry."""
    for word in c.after.of("bit-set"):
        had = matching(word, c.before)
        bit = word.says("bit")
        more_of_it = len([w for w in c.after.words if same(w, word)]) > len(
            [w for w in c.before.words if same(w, word)]
        )
        if not had or bit not in ("soft-dirty", "uffd-wp") or c.strange or more_of_it:
            continue
        extra = [(word.guards - w.guards) & c.after.own_guards(word) for w in had]
        plain = all(extra) and all(not less for less in (w.guards - word.guards for w in had))
        more = frozenset().union(*extra)
        told = any(map(_asks_for_exclusive, more))  # the bit has nothing to do with it
        if plain and told and not any(question.of("bit-test", bit=bit) for question in more):
            message = f"{word.op.name}() is left out for some entries for which it was not"
            yield Loss(_CARRIES[bit], message, had[0].span, word.span)
        yield from _asks_other(word, had[0], c)


def _asks_for_exclusive(question: Question) -> bool:
    op = question.op
    return op is not None and "exclusive" in (op.meaning.get("bit"), op.meaning.get("what"))


def _asks_other(word: Spoken, had: Spoken, c: Change) -> Iterator[Loss]:
    """A bit goes along if another bit, or the new entry, has it."""
    bit = word.says("bit")
    was = [w for w in c.before.of("bit-test") if _is_before(w, had) and w.says("bit") == bit]
    now = [w for w in c.after.of("bit-test") if _is_before(w, word)]
    if not was or not now:
        return
    if all(w.says("bit") != bit for w in now):
        yield Loss(_CARRIES[bit], f"{word.op.name}() hangs on {now[0].op.name}(), another bit", had.span, word.span)
    elif word.target and all(w.value == word.target for w in now) and all(w.value != word.target for w in was):
        message = f"{now[0].op.name}() asks the new entry, which has lost the bit already"
        yield Loss(_CARRIES[bit], message, was[0].span, now[0].span)


def _is_before(question: Spoken, word: Spoken) -> bool:
    return any(g.op is not None and g.op.name == question.op.name and g.args == question.args for g in word.guards)


def _protection(c: Change) -> Iterator[Loss]:
    """What is tracked from here on stays writable; what was removed leaves no marker."""
    for word in c.before.of("bit-clear"):
        tracked = any(w.says("bit") == "soft-dirty" for w in c.after.of("bit-clear"))
        if word.says("bit") == "write" and tracked and c.gone["bit-clear bit=write"] and not c.strange:
            yield Loss("AL406", f"the entry is tracked, and stays writable: {word.op.name}() is gone", word.span, None)
    for word in c.before.of("store-marker"):
        if c.gone[key(word)] and not c.new["constructor kind=M"] and not c.strange:
            yield Loss("AL408", f"nothing says any more that the entry had uffd-wp: {word.op.name}()", word.span, None)


def _offset(c: Change) -> Iterator[Loss]:
    """An entry is made of the pfn alone, where it was made of the old one's offset with its bits."""
    for word in c.after.of("constructor"):
        had = [w for w in c.before.of("constructor") if w.op.name == word.op.name]
        kept = [w for w in had if any(_keeps(w, o) for o in c.before.of("offset"))]
        if (
            kept
            and len(kept) == len(had)
            and not any(_keeps(word, o) for o in c.after.of("offset"))
            and _is_given_pfn(word, c.after)
        ):
            yield Loss(
                "AL403",
                f"{word.op.name}() is given the pfn alone: young and dirty stay behind",
                kept[0].span,
                word.span,
            )


def _is_given_pfn(word: Spoken, piece: Piece) -> bool:
    """Return whether a word is given a pfn, and nothing that came with it."""
    given = word.expr("from")
    if given is not None and given.op == "id" and given.name in word.place.locals:
        given = word.place.locals[given.name].value
    op = piece.reader.op(given) if given is not None else None
    return op is not None and (op.meaning.get("gives") == "pfn" or (op.cls == "offset" and not op.meaning.get("keeps")))


def _keeps(word: Spoken, offset: Spoken) -> bool:
    return bool(offset.says("keeps")) and word.span.start <= offset.span.start < word.span.end


def _overwritten(piece: Piece) -> list[Spoken]:
    """Return the words that set a bit in what is then made anew at once."""
    found = []
    for word in piece.of("bit-set"):
        for later in piece.of("convert", "make-present", "constructor"):
            anew = later.target == word.target and later.span.start > word.span.end and not later.guards - word.guards
            if word.target and anew and not _reads(later, word.target) and piece.straight(word, later):
                between = [w for w in piece.words if word.span.end <= w.span.start < later.span.start]
                if not any(_reads(w, word.target) for w in between):
                    found.append(word)
    return found


def _reads(word: Spoken, name: str) -> bool:
    """Return whether a word is handed a variable, or something made of it."""
    return any(e.op == "id" and e.name == name for expr in word.exprs for e in walk(expr))


def _mark(c: Change) -> Iterator[Loss]:
    """A fork leaves the exclusive mark on the parent's swap entry."""
    for word in c.before.of("bit-clear"):
        gone = c.gone["bit-clear bit=exclusive"] and not any(key(w) == key(word) for w in c.after.words)
        if word.says("bit") == "exclusive" and gone and c.has_role(Role.FORK):
            yield Loss("AL205", f"the exclusive mark is not taken off any more: {word.op.name}()", word.span, None)


def _take(c: Change) -> Iterator[Loss]:
    """An entry that was taken out of its slot, so that nobody could change it, is only read."""
    atomic = c.new["young-clear"] or any(word.says("inplace") for word in c.after.words)
    for word in c.before.of("take"):
        if not c.gone["take"] or c.after.of("take") or atomic or c.gone["store"]:  # something changes it at once
            continue
        read = [a for a in c.after.assigned if a.target == word.target and a.reads]
        reads = [w for w in c.after.of("read") if w.target == word.target]
        stored = [w for w in c.after.of("store") if word.value and w.arg("ptr") == word.value]
        if word.target and (read or reads or stored):
            span = (read[0].span if read else reads[0].span) if read or reads else stored[0].span
            message = f"the entry is not taken out of its slot any more ({word.op.name}()): it may change meanwhile"
            yield Loss("AL403", message, word.span, span)
    for word in c.after.of("take"):
        had = [w for w in c.before.of("take") if same(w, word)]
        read = [a for a in c.after.assigned if a.target in {w.target for w in had if w.target} and a.reads]
        before = [a for a in c.after.assigned if a.reads and not any(b.text == a.text for b in c.before.assigned)]
        if not word.target and had and all(w.target for w in had) and (read or before):
            message = f"what {word.op.name}() found is dropped: the entry that was read before may be out of date"
            yield Loss("AL403", message, had[0].span, word.span)


def _twice(c: Change) -> Iterator[Loss]:
    """A slot is stored into twice, with nothing between."""
    for one, other in _doubled(c.after) if not c.strange else ():
        if not any(_same_slot(a, other) for a, _ in _doubled(c.before)):
            yield Loss("AL412", f"{other.op.name}() writes the slot again at once", one.span, other.span)


def _doubled(piece: Piece) -> list[tuple[Spoken, Spoken]]:
    found = []
    for a, b in pairwise(piece.of("store")):
        between = [w for w in piece.words if a.span.end <= w.span.start < b.span.start]
        if _same_slot(a, b) and a.op.name == b.op.name and not between and _at_once(piece, a, b):
            found.append((a, b))
    return found


def _at_once(piece: Piece, one: Spoken, other: Spoken) -> bool:
    """Return whether nothing is done between two statements but calls."""
    if piece.cfg is None or one.place.block != other.place.block or not (one.manner.alone and other.manner.alone):
        return False
    steps = piece.cfg.blocks[one.place.block].steps[one.place.step + 1 : other.place.step]
    return all(step.op == "call" for step in steps)


def _same_slot(one: Spoken, other: Spoken) -> bool:
    """Return whether two words are handed one slot; what moves on as it is handed over is another one each time."""
    slot = one.expr("ptr")
    moves = slot is None or any(e.op in ("inc", "assign") for e in walk(slot))
    return not moves and one.arg("ptr") == other.arg("ptr")


BITS: tuple[Law, ...] = (
    _carry,
    _dropped,
    _encoding,
    _inverted,
    _leak,
    _handed,
    _order,
    _narrower,
    _protection,
    _offset,
    _mark,
    _take,
    _twice,
)
