"""What is known of a page before it is shared, reused or said to be exclusive."""

import re
from collections.abc import Iterator

from anonlint.run.loss.change import Change, Law, Loss, key, matching, same
from anonlint.run.spoken import Piece, Spoken

_ONE = re.compile(r"\)(?:==|!=)1\b")
_COUNTED = re.compile(r"==1\b|==1$|!=1\b|!=1$|>1$")
_ASKED_FIRST = frozenset(("rmap-share", "rmap-dup", "must-unshare"))


def _result(c: Change) -> Iterator[Loss]:
    """A share or dup that was looked at is not any more."""
    for word in c.after.of("rmap-share", "rmap-dup"):
        if not word.says("fail") or word.asked or word.target:
            continue
        had = [w for w in c.before.of(word.cls) if w.value == word.value]
        if had and all(w.asked or w.target for w in had) and word.span and _is_statement(word, c.after):
            message = f"{word.op.name}() can fail, and its result is not looked at any more"
            yield Loss("AL202", message, had[0].span, word.span)


def _is_statement(word: Spoken, piece: Piece) -> bool:
    """Return whether a call stands for itself."""
    data = piece.analyser.source.data
    return data[word.span.end : word.span.end + 8].lstrip()[:1] == b";" and not _returned(word, data)


def _returned(word: Spoken, data: bytes) -> bool:
    return data[: word.span.start].rstrip().endswith((b"return", b"=", b"!", b"("))


def _ksm(c: Change) -> Iterator[Loss]:
    """A count is believed of a page that may be KSM's."""
    for word in c.before.of("page-test"):
        if word.says("what") != "ksm" or not word.asked or not c.gone["page-test what=ksm"]:
            continue
        mine = [text for text in c.before.conditions if word.op.name in text]
        for count in c.after.of("refcount"):  # one that may be more than one decides nothing
            if any(f"{count.op.name}(" in text and _ONE.search(text) for text in mine):
                yield Loss("AL303", f"{word.op.name}() is not asked any more", word.span, count.span)
                return


def _count(c: Change) -> Iterator[Loss]:
    """Mappings are counted where references were."""
    if c.gone["refcount"] and c.new["mapcount"]:
        for word in c.after.of("mapcount"):
            had = c.before.of("refcount")
            if (
                word.asked
                and had
                and any(_COUNTED.search(text) and word.op.name in text for text in c.after.conditions)
            ):
                message = f"{word.op.name}() counts mappings: a reference that somebody else holds is not seen"
                yield Loss("AL302", message, had[0].span, word.span)
                return


def _unguarded(c: Change) -> Iterator[Loss]:
    """What was said of some entries only is said of all."""
    for word in c.after.of("bit-set"):
        if word.says("bit") != "exclusive":
            continue
        had = [w for w in c.before.of("bit-set") if same(w, word)]
        chosen = c.after.analyser.source.data[: word.span.start].rstrip().endswith((b"?", b":"))
        if had and all(word.guards < w.guards for w in had) and not c.asks_more and not chosen:
            yield Loss("AL205", f"{word.op.name}() marks every entry, where it marked some", had[0].span, word.span)
    for word in c.after.of("rmap-add"):
        at = word.op.at("flags")
        had = [w for w in c.before.of("rmap-add") if w.op.name == word.op.name]
        if len(had) < len([w for w in c.after.of("rmap-add") if w.op.name == word.op.name]):
            continue
        given = {w.args[at] for w in had if at >= 0}
        if at >= 0 and word.args[at] == "RMAP_EXCLUSIVE" and given and all(text.islower() for text in given):
            code = "AL106" if "migration" in c.name else "AL209"
            yield Loss(code, "the page is said to be exclusive, whatever the flags say", had[0].span, word.span)


def _unshare(c: Change) -> Iterator[Loss]:
    """A fault that only unshares reaches what makes an entry writable."""
    for word in c.after.words:
        had = [w for w in c.before.words if same(w, word)]
        asks = [any("unshare" in g for g in w.guards) for w in had]
        if asks and all(asks) and not any("unshare" in g for g in word.guards) and not c.asks_more:
            yield Loss("AL307", f"{word.op.name}() is reached by a fault that only unshares", had[0].span, word.span)
            return


def _narrower(c: Change) -> Iterator[Loss]:
    """What has to be tried for every entry is tried for some: another condition stands before it, or its opposite."""
    for word in c.after.words:
        if word.cls not in _ASKED_FIRST or not word.asked:
            continue
        had = [w for w in matching(word, c.before) if w.asked]
        mine = [t for t in c.before.conditions if f"{word.op.name}(" in t]
        others = [t for t in c.after.conditions if f"{word.op.name}(" in t]
        if not had or len(mine) != 1 or len(others) != 1 or c.strange:
            continue
        before, after = _terms(mine[0]), _terms(others[0])
        code = "AL206" if word.cls == "must-unshare" else "AL201" if word.cls == "rmap-share" else "AL309"
        known = {*c.before.conditions, *had[0].guards}
        extra = {
            t
            for t in after - before
            if word.op.name not in t and not any("FOLL_PIN" in t or t.lstrip("!") in k for k in known)
        }
        writes = word.cls == "must-unshare" and any("write(" in t and not t.startswith("!") for t in after - before)
        if (_opposite(before, after) and writes) or (before < after and extra):
            yield Loss(code, f"{word.op.name}() is not asked of every entry any more", had[0].span, word.span)
        elif word.negated and not had[0].negated and _only_sign(before, after):
            yield Loss(code, f"the answer of {word.op.name}() is taken for its opposite", had[0].span, word.span)


def _terms(text: str) -> frozenset[str]:
    return frozenset(text.split("&&"))


def _opposite(before: frozenset[str], after: frozenset[str]) -> bool:
    """Return whether one of several conditions was turned round."""
    gone, new = before - after, after - before
    return len(gone) == len(new) == 1 and (f"!{min(gone)}" == min(new) or f"!{min(new)}" == min(gone))


def _only_sign(before: frozenset[str], after: frozenset[str]) -> bool:
    return {t.lstrip("!") for t in before} == {t.lstrip("!") for t in after}


def _undone(c: Change) -> Iterator[Loss]:
    """Where a share or dup fails, something is not undone any more."""
    for word in c.before.of("store", "swap-count"):
        trying = [w for w in c.before.of("rmap-share", "rmap-dup") if any(f"{w.op.name}(" in g for g in word.guards)]
        still = trying and any(w.asked and w.cls == trying[0].cls for w in c.after.words)
        if (
            still
            and not any(w.cls == word.cls and w.guards == word.guards for w in c.after.words)
            and c.gone[key(word)]
        ):
            yield Loss(
                "AL204", f"{trying[0].op.name}() fails, and {word.op.name}() does not undo it any more", word.span, None
            )


def _asked_first(c: Change) -> Iterator[Loss]:
    """The exclusive flag is asked of a page of which it is not known any more that it is anonymous."""
    for word in c.after.of("page-test"):
        if word.says("what") != "exclusive" or c.strange:
            continue
        had = [w for w in matching(word, c.before) if _behind_anon(w, c.before)]
        earlier = [w for w in c.after.of("page-test") if w.says("what") == "anon" and w.span.start < word.span.start]
        if had and not earlier and not (word.guards - had[0].guards):
            yield Loss(
                "AL208", f"{word.op.name}() is asked of a page that may not be anonymous", had[0].span, word.span
            )


def _behind_anon(word: Spoken, piece: Piece) -> bool:
    tests = [w for w in piece.of("page-test") if w.says("what") == "anon"]
    return any(any(f"{t.op.name}(" in g for g in word.guards) or _in_front(t, word, piece) for t in tests)


def _in_front(test: Spoken, word: Spoken, piece: Piece) -> bool:
    between = piece.analyser.source.data[test.span.end : word.span.start]
    return test.span.end <= word.span.start and (b"&&" in between or b"?" in between) and b";" not in between


def _other_page(c: Change) -> Iterator[Loss]:
    """Of a folio the head is asked, where the page that is mapped was."""
    for word in c.after.words:
        asks = word.cls == "must-unshare" or (word.cls == "page-test" and word.says("what") == "exclusive")
        had = [w for w in c.before.words if w.op.name == word.op.name and w.args != word.args]
        if asks and had and not matching(word, c.before) and not matching(had[0], c.after):
            head = [a for a in word.args if "head(" in a]
            if head and head[0] not in had[0].args:
                yield Loss(
                    "AL207", f"{word.op.name}() asks {head[0]}, not the page that is mapped", had[0].span, word.span
                )


def _by_hand(c: Change) -> Iterator[Loss]:
    """The exclusive flag is cleared where the page was shared by the helper, which can fail."""
    for word in c.after.of("page-clear"):
        if word.says("what") == "exclusive" and c.new[key(word)] and c.gone["rmap-share"]:
            yield Loss("AL210", f"{word.op.name}() does not ask whether the page is pinned", None, word.span)


def _last_count(c: Change) -> Iterator[Loss]:
    """A page is reused, and nobody counts its references any more."""
    for word in c.before.of("refcount"):
        mine = [t for t in c.before.conditions if f"{word.op.name}(" in t and _ONE.search(t)]
        mine = [t for t in mine if not ("||" in t and "==1" in t)]  # one of several reasons to reuse it
        left = c.after.of("refcount", "mapcount", "reuse")
        if word.asked and mine and c.gone["refcount"] and not left and not c.new["mapcount"] and not c.strange:
            yield Loss("AL302", f"{word.op.name}() is not asked any more before the page is reused", word.span, None)
            return


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
