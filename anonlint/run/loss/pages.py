"""What is known of a page before it is shared, reused or said to be exclusive."""

from collections.abc import Iterator

from anonlint.domain.kinds import MIGRATION
from anonlint.graph.ir import Expr, walk
from anonlint.run.asked import Answer, Condition, Question
from anonlint.run.loss.change import Change, Law, Loss, asks_write, is_claim, is_of, key, matching, same
from anonlint.run.loss.role import Role
from anonlint.run.spoken import Piece, Spoken

_ASKED_FIRST = frozenset(("rmap-share", "rmap-dup", "must-unshare"))


def _result(c: Change) -> Iterator[Loss]:
    """A share or dup that was looked at is not any more."""
    for word in c.after.of("rmap-share", "rmap-dup"):
        if not word.says("fail") or word.asked or word.target:
            continue
        had = [w for w in c.before.of(word.cls) if w.value == word.value]
        if had and all(w.asked or w.target for w in had) and word.manner.alone:
            message = f"{word.op.name}() can fail, and its result is not looked at any more"
            yield Loss("AL202", message, had[0].span, word.span)


def _ksm(c: Change) -> Iterator[Loss]:
    """A count is believed of a page that may be KSM's."""
    for word in c.before.of("page-test"):
        if word.says("what") != "ksm" or not word.asked or not c.gone["page-test what=ksm"]:
            continue
        mine = [q for condition in c.before.asking(word) for q in condition.questions() if q.is_one]
        for count in c.after.of("refcount"):  # one that may be more than one decides nothing
            if any(q.op is not None and q.op.name == count.op.name for q in mine):
                yield Loss("AL303", f"{word.op.name}() is not asked any more", word.span, count.span)
                return


def _count(c: Change) -> Iterator[Loss]:
    """Mappings are counted where references were."""
    if c.gone["refcount"] and c.new["mapcount"]:
        for word in c.after.of("mapcount"):
            had = c.before.of("refcount")
            if word.asked and had and any(q.is_one and q.op is word.op for q in c.after.questions):
                message = f"{word.op.name}() counts mappings: a reference that somebody else holds is not seen"
                yield Loss("AL302", message, had[0].span, word.span)
                return


def _unguarded(c: Change) -> Iterator[Loss]:
    """What was said of some entries only is said of all."""
    for word in c.after.of("bit-set"):
        if word.says("bit") != "exclusive":
            continue
        had = [w for w in c.before.of("bit-set") if same(w, word)]
        some = all(word.guards < w.guards and c.before.own_guards(w) - word.guards for w in had)
        if had and some and not c.after.own_guards(word) and not c.asks_more:
            yield Loss("AL205", f"{word.op.name}() marks every entry, where it marked some", had[0].span, word.span)
    for word in c.after.of("rmap-add"):
        had = [w for w in c.before.of("rmap-add") if w.op.name == word.op.name]
        if len(had) < len([w for w in c.after.of("rmap-add") if w.op.name == word.op.name]):
            continue
        always = any(map(is_claim, c.after.flags(word))) and all(word.when <= w.when for w in had)
        if always and had and all(_flags_are_open(w, c.before) for w in had):
            code = "AL106" if _restores(c) else "AL209"
            yield Loss(code, "the page is said to be exclusive, whatever the flags say", had[0].span, word.span)


def _flags_are_open(word: Spoken, piece: Piece) -> bool:
    """Return whether the flags that a word is handed are in a variable, of which it is not known what it holds."""
    given = word.expr("flags")
    return given is not None and given.op == "id" and not piece.flags(word)


def _restores(c: Change) -> bool:
    """Return whether a piece maps what was a migration entry."""
    return c.has_role(Role.RESTORE) or any(is_of(question, MIGRATION) for question in c.before.questions)


def _unshare(c: Change) -> Iterator[Loss]:
    """A fault that only unshares reaches what makes an entry writable."""
    for word in c.after.words:
        had = [w for w in c.before.words if same(w, word)]
        asks = [any(map(_tells_unsharing, w.guards)) for w in had]
        if asks and all(asks) and not any(map(_tells_unsharing, word.guards)) and not c.asks_more:
            yield Loss("AL307", f"{word.op.name}() is reached by a fault that only unshares", had[0].span, word.span)
            return


def _tells_unsharing(question: Question) -> bool:
    """Return whether a question tells a fault that only unshares from others."""
    return question.tests("marks", "unshare")


def _narrower(c: Change) -> Iterator[Loss]:
    """What has to be tried for every entry is tried for some: another condition stands before it, or its opposite."""
    for word in c.after.words:
        if word.cls not in _ASKED_FIRST or not word.asked:
            continue
        had = [w for w in matching(word, c.before) if w.asked]
        if not had or c.strange or any(len(piece.asking(word)) != 1 for piece in (c.before, c.after)):
            continue
        more, less = (word.when - had[0].when) & c.after.own_answers(word), had[0].when - word.when
        code = "AL206" if word.cls == "must-unshare" else "AL201" if word.cls == "rmap-share" else "AL309"
        extra = {a for a in more if a.question not in c.before.questions and not _is_all_it_is_for(a)}
        turned = word.cls == "must-unshare" and any(
            a.yes and asks_write(a.question) and less == {a.opposite} for a in more
        )
        if (turned and len(more) == 1) or (extra and not less):
            yield Loss(code, f"{word.op.name}() is not asked of every entry any more", had[0].span, word.span)
        elif c.before.way_out(had[0]) is _failing(word) and _is_opposite(word, c):
            yield Loss(code, f"the answer of {word.op.name}() is taken for its opposite", had[0].span, word.span)


def _is_all_it_is_for(answer: Answer) -> bool:
    """Return whether nothing but what has that answer is to be shared: anonymous pages, exclusive ones, pinned ones."""
    question = answer.question
    mine = question.of("page-test", what="anon") or question.of("page-test", what="exclusive")
    return (answer.yes and mine) or question.tests("unmarked", "no-pin") or question.of("pin-test")


def _failing(word: Spoken) -> bool:
    """Return which answer means that it cannot be gone on."""
    return word.says("fail") != "zero"


def _is_opposite(word: Spoken, c: Change) -> bool:
    """Return whether something that was done at one answer of a word is done at the other, and there alone."""
    ways = [[piece.led_to(word, yes=yes) for yes in (True, False)] for piece in (c.before, c.after)]
    (was_yes, was_no), (is_yes, is_no) = ways
    return bool((was_yes & is_no) - was_no - is_yes or (was_no & is_yes) - was_yes - is_no)


def _undone(c: Change) -> Iterator[Loss]:
    """Where a share or dup fails, something is not undone any more."""
    for word in c.before.of("store", "swap-count"):
        trying = {a.question.op.cls: a.question.op for a in word.when if a.question.op is not None and _failed(a)}
        still = any(w.asked and w.cls in trying for w in c.after.words)
        failing = {a for a in word.when if _failed(a)}
        if not still or any(w.cls == word.cls and failing & w.when for w in c.after.words):
            continue
        if c.gone[key(word)]:
            message = (
                f"{min(op.name for op in trying.values())}() fails, and {word.op.name}() does not undo it any more"
            )
            yield Loss("AL204", message, word.span, None)


def _failed(answer: Answer) -> bool:
    """Return whether an answer is that a page could not be shared."""
    op = answer.question.op
    fails = op.meaning.get("fail", "") if op is not None and op.cls in ("rmap-share", "rmap-dup") else ""
    return bool(fails) and answer.yes is (fails == "nonzero")


def _asked_first(c: Change) -> Iterator[Loss]:
    """The exclusive flag is asked of a page of which it is not known any more that it is anonymous."""
    for word in c.after.of("page-test"):
        if word.says("what") != "exclusive" or c.strange:
            continue
        had = [w for w in matching(word, c.before) if _behind_anon(w)]
        earlier = [w for w in c.after.of("page-test") if w.says("what") == "anon" and w.span.start < word.span.start]
        if had and not earlier and not (word.guards - had[0].guards):
            yield Loss(
                "AL208", f"{word.op.name}() is asked of a page that may not be anonymous", had[0].span, word.span
            )


def _behind_anon(word: Spoken) -> bool:
    return any(a.yes and a.question.of("page-test", what="anon") for a in word.when)


def _other_page(c: Change) -> Iterator[Loss]:
    """Of a folio the head is asked, where the page that is mapped was."""
    for word in c.after.words:
        asks = word.cls == "must-unshare" or (word.cls == "page-test" and word.says("what") == "exclusive")
        had = [w for w in c.before.words if w.op.name == word.op.name and w.args != word.args]
        if asks and had and not matching(word, c.before) and not matching(had[0], c.after):
            head = [expr for expr in word.exprs if _is_head(expr, c.after)]
            if head and not any(_is_head(expr, c.before) for expr in had[0].exprs):
                message = f"{word.op.name}() asks the head of the folio, not the page that is mapped"
                yield Loss("AL207", message, had[0].span, word.span)


def _is_head(expr: Expr, piece: Piece) -> bool:
    """Return whether an operand is a folio's first page."""
    words = [op for inner in walk(expr) if (op := piece.reader.op(inner)) is not None]
    return any(op.cls == "same-page" and op.meaning.get("head") == "1" for op in words)


def _by_hand(c: Change) -> Iterator[Loss]:
    """The exclusive flag is cleared where the page was shared by the helper, which can fail."""
    for word in c.after.of("page-clear"):
        if word.says("what") == "exclusive" and c.new[key(word)] and c.gone["rmap-share"]:
            yield Loss("AL210", f"{word.op.name}() does not ask whether the page is pinned", None, word.span)


def _last_count(c: Change) -> Iterator[Loss]:
    """A page is reused, and nobody counts its references any more."""
    for word in c.before.of("refcount"):
        mine = [condition for condition in c.before.asking(word) if _needs_one(condition, word)]
        left = c.after.of("refcount", "mapcount", "reuse")
        if word.asked and mine and c.gone["refcount"] and not left and not c.new["mapcount"] and not c.strange:
            yield Loss("AL302", f"{word.op.name}() is not asked any more before the page is reused", word.span, None)
            return


def _needs_one(condition: Condition, word: Spoken) -> bool:
    """Return whether a page is reused only where a word counts one: it is not one of several reasons to."""
    ones = [
        (answer.yes, hows)
        for answer, hows in condition.joined()
        if answer.question.is_one and answer.question.op is word.op
    ]
    return bool(ones) and not any(("any" if yes else "all") in hows for yes, hows in ones)


PAGES: tuple[Law, ...] = (
    _result,
    _ksm,
    _count,
    _unguarded,
    _unshare,
    _narrower,
    _undone,
    _asked_first,
    _other_page,
    _by_hand,
    _last_count,
)
