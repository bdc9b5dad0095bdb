"""Which entries get where: questions of kind and presence that were replaced, or are gone."""

from collections.abc import Iterator
from typing import NamedTuple

from anonlint.domain.kinds import (
    ALL,
    ANON,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    HAS_PFN,
    NONE,
    NONPRESENT,
    PRESENT,
    SWAP,
    VAGUE,
)
from anonlint.domain.softbits import bare
from anonlint.graph.ir import walk
from anonlint.model.source import Span
from anonlint.run.asked import Answer, Condition, Question
from anonlint.run.loss.change import (
    MIGRATION_KINDS,
    RX,
    SHARED_R,
    Change,
    Law,
    Loss,
    R,
    W,
    admits,
    asks_write,
    claims,
    is_of,
    key,
    matching,
    same,
)
from anonlint.run.loss.role import Role
from anonlint.run.spoken import Piece, Spoken
from anonlint.words.dictionary import Op


def _presence(c: Change) -> Iterator[Loss]:
    """Where it was asked whether an entry is present, it is only asked whether there is one, or nothing."""
    for word in c.before.of("predicate"):
        if not word.asked or word.op.yes & ALL != PRESENT or any(_asks_presence(w, word.value) for w in c.after.words):
            continue
        if _asks_otherwise(word, c):
            continue
        nones = [w for w in c.after.of("predicate") if w.value == word.value and w.asked and not w.op.yes & PRESENT]
        for other in nones:
            if not other.op.yes & NONPRESENT and not any(same(other, w) for w in c.before.words):
                message = f"{other.op.name}({other.value}) lets through what {word.op.name}() kept out"
                yield Loss("AL211", message, word.span, other.span)
        under = [w for w in c.after.words if w.op.domain == PRESENT and w.value == word.value]
        guarded = [w for w in c.before.words if w.op.domain == PRESENT and any(g.op is word.op for g in w.guards)]
        if under and guarded and not nones and c.gone[key(word)]:
            yield Loss("AL211", f"{under[0].op.name}() is reached without {word.op.name}()", word.span, under[0].span)


def _asks_otherwise(word: Spoken, c: Change) -> bool:
    """Return whether what a word asked may be asked by something new that is no word: of the same variable, or slot."""
    names = {e.name for expr in word.exprs for e in walk(expr) if e.op == "id"}
    fresh = c.after.questions - c.before.questions
    return any(not _is_kind(question) and names & question.names for question in fresh)


def _asks_presence(word: Spoken, value: str) -> bool:
    """Return whether a word tells mapped entries from all others."""
    sides = (word.op.yes & ALL, word.op.no & ALL)
    return word.cls == "predicate" and word.value == value and PRESENT in (sides[0] & ~NONE, sides[1] & ~NONE)


def _constructor(c: Change) -> Iterator[Loss]:
    """Of the entries that are made, by what the old one allows, one kind is not made any more."""
    left = {w.says("kind") for w in c.after.of("constructor")}
    for word in c.before.of("constructor"):
        kind = word.says("kind")
        made = any(c.new[f"constructor kind={k}"] for k in ("W", "RX", "R"))
        if c.strange or made or kind not in ("W", "RX") or kind in left or not c.gone[key(word)]:
            continue
        if left & {"R", "RX"} and word.guards:
            code = "AL103" if word.is_under("page-test", what="anon") else "AL105"
            yield Loss(code, f"{word.op.name}() makes no entry any more where it made one", word.span, None)


def _kinds(c: Change) -> Iterator[Loss]:
    """Entries are made of others than before: a shared page becomes exclusive, or a writable entry stays."""
    if c.is_headless:
        return
    had, has = _made(c.before), _made(c.after)
    for kind in ("RX", "W"):
        fresh = has.get(kind, 0) & SHARED_R & ~had.get(kind, 0)
        if kind in had and fresh and had[kind] & ANON and not had[kind] & SHARED_R:
            yield Loss("AL103", "a readable entry of a shared page is made exclusive", None, _question(c))
    if not {"R", "RX"} & had.keys() or not {"R", "RX"} & has.keys():
        return
    was, now = had.get("R", 0) | had.get("RX", 0), has.get("R", 0) | has.get("RX", 0)
    is_fork = c.has_role(Role.FORK)
    if was & W and not now & W:
        yield Loss(
            "AL102" if is_fork else "AL103", "writable entries are not made readable any more", None, _question(c)
        )
    elif is_fork and had.get("R", 0) & RX and not now & RX and has.get("R", 0):
        yield Loss("AL102", "readable-exclusive entries are not made readable any more", None, _question(c))


def _made(piece: Piece) -> dict[str, int]:
    """Return of which entries constructors make each kind."""
    found: dict[str, int] = {}
    for record, entry_states in piece.facts.made.items():
        if record.root is not None:
            found[record.kind] = found.get(record.kind, 0) | entry_states
    return found


def _question(c: Change) -> Span | None:
    """Return the question of kind that only the piece after has."""
    before = {(w.op.name, w.negated) for w in c.before.of("predicate")}
    return next((w.span for w in c.after.of("predicate") if (w.op.name, w.negated) not in before), None)


def _writes(c: Change) -> Iterator[Loss]:
    """The write bit, or an exclusive page, is for others than before."""
    if c.is_headless:
        return
    had, has = _reached(c.before, "bit-set", "bit=write"), _reached(c.after, "bit-set", "bit=write")
    for word in c.after.of("bit-set"):
        before = [admits(w.when) for w in matching(word, c.before)]
        now = admits(word.when)
        wider = (
            now is not None and now & (RX | R) and before and all(b is not None and not b & (RX | R) for b in before)
        )
        if word.says("bit") == "write" and wider:
            yield Loss("AL107", f"{word.op.name}() is reached by entries that were not writable", None, word.span)
            return
    fresh = has[0] & (RX | R) & ~had[0]
    if fresh and not has[0] & PRESENT and has[1] is not None and (W & had[0] or not had[0]):
        spans = [w.span for w in c.before.of("bit-set") if w.says("bit") == "write"]
        message = "an entry is made writable for what was a readable migration entry"
        yield Loss("AL107", message, spans[0] if spans else None, has[1])
    for given in claims(c.after):
        had_too = [w for w in claims(c.before) if w.target == given.target]
        now, was = admits(given.when), [admits(w.when) for w in had_too]
        if now is not None and not now & RX and was and all(w is not None and w & RX for w in was):
            yield Loss(
                "AL106", "readable-exclusive entries do not say RMAP_EXCLUSIVE any more", had_too[0].span, given.span
            )


def _turned(c: Change) -> Iterator[Loss]:
    """A kind of entry is made where the answer is the opposite of what it was made for."""
    for word in c.after.of("constructor"):
        had = [w for w in c.before.of("constructor") if key(w) == key(word) and w.args == word.args]
        wrong = [a for a in word.when if not a.yes and _means(a.question, word.says("kind"))]
        for answer in sorted(wrong, key=lambda a: a.question.text):
            if had and all(answer.opposite in w.when and answer not in w.when for w in had):
                code = "AL104" if answer.question.of("page-test", what="anon") else "AL105"
                yield Loss(code, f"{word.op.name}() is for the opposite of what it was for", had[0].span, word.span)
                return


def _means(question: Question, kind: str) -> bool:
    """Return whether a question is what is asked where an entry of a kind is to be made."""
    if kind in ("W", "DW"):
        return asks_write(question)
    asks_page = question.of("page-test", what="anon") or question.of("page-test", what="exclusive")
    return kind == "RX" and (asks_page or is_of(question, RX))


def _decoded(c: Change) -> Iterator[Loss]:
    """A pfn or page is taken before the kind is known, where it was known."""
    for word in c.after.words:
        had = matching(word, c.before)
        if word.op.domain != HAS_PFN or not had or c.strange or c.asks_more:
            continue
        if any(w.span.start < word.span.start for w in c.after.of("predicate") if _tells_page(w.op)):
            continue
        gone = [{g for g in w.guards - word.guards if g.op is not None and _tells_page(g.op)} for w in had]
        if all(gone) and all(word.guards < w.guards for w in had):
            yield Loss("AL108", f"{word.op.name}() comes before the kind is known", had[0].span, word.span)
            return


def _tells_page(op: Op) -> bool:
    """Return whether a word asks for kinds of swap entries that all have a page."""
    return op.cls == "predicate" and op.entry and not op.yes & NONPRESENT & ~HAS_PFN


def _waited(c: Change) -> Iterator[Loss]:
    """A helper that waits is given the address of a copy."""
    for word in c.after.of("wait"):
        had = [w for w in c.before.of("wait") if w.op.name == word.op.name]
        if _is_copy(word) and had and all(w.expr("slot") is not None and not _is_copy(w) for w in had):
            message = f"{word.op.name}() is given the address of a copy, which nobody changes"
            yield Loss("AL214", message, had[0].span, word.span)


def _is_copy(word: Spoken) -> bool:
    """Return whether a word is given the address of a variable for a slot."""
    slot = word.expr("slot")
    return slot is not None and slot.op == "addr" and slot.args[0].op == "id"


def _family(c: Change) -> Iterator[Loss]:
    """An entry is made anew as one of another family."""
    for word in c.after.of("constructor"):
        kind = word.says("kind")
        had = [w for w in c.before.of("constructor") if w.args == word.args and w.says("kind")[:1] != kind[:1]]
        asked = {"D": DEVICE_EXCLUSIVE, "X": DEVICE_PRIVATE}.get(kind[:1], 0)
        other = any(is_of(question, asked) for question in word.guards)
        if other and had and had[0].says("kind")[:1] in ("D", "X") and c.gone[key(had[0])]:
            yield Loss("AL109", f"{word.op.name}() makes it one of another family", had[0].span, word.span)


def _reached(piece: Piece, cls: str, said: str) -> tuple[int, Span | None]:
    """Return which entries that were asked of what kind they are lead to a word, and where that is."""
    told = {test.root for test in piece.facts.tests if test.tells_kinds}
    found, span = 0, None
    for record, entry_states in piece.facts.reaches.items():
        if record.ident[0] == cls and said in record.ident and record.root in told:
            found, span = found | entry_states & ALL, record.span
    return found, span


def _domain(c: Change) -> Iterator[Loss]:
    """A helper is reached by entries for which it is not defined, and was not before."""
    if _asks_a_stranger(c):
        return
    had, has = _outside(c.before), _outside(c.after)
    for (name, domain), (wrong, span) in has.items():
        if (name, domain) not in had or _asked_before(name, c.before) == _asked_before(name, c.after):
            continue
        if c.is_headless and not _gets_all(name, c):
            continue
        if wrong and not had[name, domain][0]:
            code = "AL212" if domain == SWAP else "AL108" if domain == HAS_PFN else "AL211"
            yield Loss(
                code, f"{name}() is reached by entries that it is not for: the question before it is wider", None, span
            )


def _asked_before(name: str, piece: Piece) -> set[frozenset[Answer]]:
    """Return what is asked of kinds before each call of a word: what has been answered, else that it hangs on it."""
    found = set()
    for word in piece.words:
        if word.op.name == name:
            answers = {a for a in word.when if _is_kind(a.question)}
            open_ = {q for q in word.guards if _is_kind(q)} - {a.question for a in answers}
            found.add(frozenset(answers).union(Answer(q, yes) for q in open_ for yes in (True, False)))
    return found


def _gets_all(name: str, c: Change) -> bool:
    """Return whether a call is reached by all that questions kept out: some of it there is, or nobody had asked."""
    got = 0
    for word in (*c.before.words, *c.after.words):
        got |= _let_through(word) if word.op.name == name else 0
    return got == ALL


def _let_through(word: Spoken) -> int:
    """Return which entries the questions in sight let through to a word."""
    found = ALL
    for answer in word.when:
        op = answer.question.op
        if op is not None and op.cls == "predicate":
            found &= op.yes if answer.yes else op.no
    return found


def _is_kind(question: Question) -> bool:
    return any(op.cls == "predicate" for op in question.words)


def _asks_a_stranger(c: Change) -> bool:
    """Return whether only one side asks something that is no word: what that lets through is not known."""
    return not all(map(_is_kind, c.after.questions ^ c.before.questions))


def _outside(piece: Piece) -> dict[tuple[str, int], tuple[int, Span]]:
    """Return for each word what reaches it that it is not defined for, of entries whose kind is asked."""
    told = {test.root for test in piece.facts.tests}
    found: dict[tuple[str, int], tuple[int, Span]] = {}
    for record, entry_states in piece.facts.reaches.items():
        domain = record.domain
        if domain == ALL or record.root not in told or all(bare(arg) != record.root for arg in record.args):
            continue
        wrong = entry_states & ALL & ~domain & ~NONE & (NONPRESENT if domain & NONPRESENT != NONPRESENT else ALL)
        wrong = wrong if not entry_states & VAGUE else 0
        before = found.get((record.name, domain), (0, record.span))
        found[record.name, domain] = before[0] | wrong, record.span
    return found


def _role(c: Change) -> Iterator[Loss]:
    """In a fork or a protection change, the question that says which entries become readable was replaced."""
    fork = c.has_role(Role.FORK)
    if not (fork or c.has_role(Role.PROTECT)):
        return
    mine, others = _sorting(c.before), _sorting(c.after)
    if len(mine) != len(others):
        return
    for was, now in zip(mine, others, strict=True):
        turned = was.word.op.name == now.word.op.name and was.word.negated is not now.word.negated
        if turned and not (was.sure and now.sure):
            continue  # the other way round, as its arms may be
        had, has = was.through, now.through
        wrong = ~has & had & (RX | W) if fork else (~has & had & W) | (has & ~had & SHARED_R)
        if wrong or (had == has and _is_narrower(was.condition, now.condition, c.before)):
            code = "AL102" if fork else "AL103"
            message = "which entries become readable was decided by a question that let others through"
            yield Loss(code, message, was.word.span, now.word.span)


class _Sorting(NamedTuple):
    """A question by which some migration entries are sorted out; ``sure`` says that it is seen what becomes of them."""

    word: Spoken
    through: int
    condition: Condition | None
    sure: bool


def _is_narrower(before: Condition | None, after: Condition | None, piece: Piece) -> bool:
    """Return whether a condition asks for all that it did, and for something more that the piece has not asked yet."""
    if before is None or after is None or not before.terms() < after.terms():
        return False
    more = {question for term in after.terms() - before.terms() for question in term.questions()}
    return more.isdisjoint(piece.questions)


def _sorting(piece: Piece) -> list[_Sorting]:
    """Return the questions by which some migration entries are sorted out, with what becomes readable by them."""
    found = []
    for word in piece.of("predicate"):
        condition = next(iter(piece.asking(word)), None)
        leads = _leads_there(word, condition, piece)
        yes = not word.negated if leads is None else leads
        through = (word.op.yes if yes else word.op.no) & MIGRATION_KINDS
        if word.op.entry and word.asked and through:
            found.append(_Sorting(word, through, condition, leads is not None))
    return found


def _leads_there(word: Spoken, condition: Condition | None, piece: Piece) -> bool | None:
    """Return which answer of a word leads to where entries become readable, None where that is not in sight.

    One is made there, or the mapping is one that is copied on write.
    """
    for made in piece.of("constructor"):
        ways = [a.yes for a in made.when if a.question.op is word.op and a.question.args == word.args]
        if ways and made.says("kind") in ("R", "RX"):
            return ways[0]
    copied = [a.yes for a, _ in condition.joined() if a.question.is_cow] if condition is not None else []
    return word.negated is not copied[0] if copied else None


KINDS: tuple[Law, ...] = (
    _presence,
    _constructor,
    _kinds,
    _writes,
    _turned,
    _decoded,
    _waited,
    _family,
    _domain,
    _role,
)
