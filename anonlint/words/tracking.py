"""What words do to a state where a path's proofs and software bits are followed, too."""

from anonlint.domain.debts import owe, pay
from anonlint.domain.kinds import ALL, NONPRESENT, VAGUE, mask, unkept
from anonlint.domain.operators import COW, names_in
from anonlint.domain.softbits import BITS, bare, bits_of, change, stale, with_bits
from anonlint.domain.state import Key, State, Value, is_root, root_of
from anonlint.domain.subjects import ZERO_PAGE, apart, base, facts_about, gone_by, released
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.trace.facts import Event
from anonlint.words.dictionary import Op
from anonlint.words.domains import EVERY_DOMAIN
from anonlint.words.machine import Results
from anonlint.words.meanings import Meanings, has_flag
from anonlint.words.proofs import Proofs

PTL: Value = ("ptl",)
_OF_PAGES = frozenset(("claim", "move", "hand-clear", "dup", "count", "ask-exclusive"))  # events whose value is a page
_WRITABLE = mask("Pw,W")
_COMPARE = frozenset(("FPB_RESPECT_WRITE", "FPB_MERGE_WRITE"))
_SWAP_EXCLUSIVE = mask("Se")
_SWAP_SHARED = mask("S") & ~_SWAP_EXCLUSIVE


class Tracking(Meanings, Proofs):
    """Handlers of the words that prove something, or change software bits."""

    def event(
        self,
        kind: str,
        expr: Expr,
        state: State,
        root: Value,
        value: Value = 0,
        word: str = "",
        vma: Value = None,
    ) -> None:
        """Record that something happened, for the entry states in which it can.

        Of the path's proofs those are written down that are about the page and the mapping it happens to.
        """
        span = Span(expr.start, expr.end)
        call = self.seen_at(span)
        page = value[4] if type(value) is tuple and value[0] == "pres" else value if kind in _OF_PAGES else None
        proofs = facts_about(state, ("page", root) if page is None and root is not None else page, vma)
        proofs = proofs | {"excl"} if self.marked(state) else proofs
        event = Event(kind, span, root, value, word, proofs, state.marks, call)
        atoms = self.atoms(state, root, "pte") if root is not None else self.doubts(state)
        self.facts.note(self.facts.events, event, atoms, state.way)

    @staticmethod
    def marked(state: State) -> bool:
        """Return whether a swap entry under consideration is known to bear the exclusive mark."""
        return any(atoms & _SWAP_EXCLUSIVE and not atoms & _SWAP_SHARED for atoms in state.masks.values())

    @staticmethod
    def doubts(state: State) -> int:
        vague = VAGUE if any(atoms & VAGUE for atoms in state.masks.values()) else 0
        return ALL | vague

    def used(self, value: Value, expr: Expr, state: State) -> State:
        """Note that a pfn is used: of an entry that has none, that is the mistake."""
        value = base_pfn(value)
        if type(value) is tuple and value[0] == "page" and len(value) > 2:
            return self.require(value[2], expr, state, value[1])
        return state

    def bit_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = args[op.at("arg")]
        bit = op.meaning["bit"]
        self.facts.questions.add((f"{bit} of {op.meaning['where']}", self.stack[-1]))
        root = bare(value)
        if not is_root(root):
            state = self.require(op, expr, state, value)
            letter = bits_of(value)[BITS.index(bit)] if type(value) is tuple and bit in BITS else "k"
            if letter in "sdlcn":
                return [(state, int(letter in "sd"))]  # as the function itself has made it
            known = root_of(value) is not None
            return [(state, ("bit", root_of(value), bit))] if known else [self.fresh(expr, state)]
        state = self.known(state, root, op.level)
        state = self.require(op, expr, state, root)
        self.facts.read_bits.add(root)
        if bit == "soft-dirty":
            self.facts.soft_read.add(root)
        state = self.taken_for(op, state, root)
        if bit == "uffd-wp" and not state.masks[root] & ~_WRITABLE:
            return [(state, 0)]  # writable, so not write-protected
        if bit == "exclusive":
            test = ("test", root, ALL & ~_SWAP_SHARED, ALL & ~_SWAP_EXCLUSIVE)
            return [(state, test)]
        return [(state, ("bit", root, bit))]

    def taken_for(self, op: Op, state: State, root: Value) -> State:
        """Return the state after a helper for entries that are not present: the function takes it for one."""
        atoms = state.masks.get(root, 0)
        if op.meaning.get("where") != "swap" or not atoms & NONPRESENT:
            return state
        return state.refine(root, atoms & (NONPRESENT | VAGUE))

    def share_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        page = args[op.at("page")]
        for root in [r for r in state.masks if r[0] == "cell"] or [self.page_root(page)]:
            live = root is not None and bare(state.mem.get(root, root)) == root
            self.event("share", expr, state, root, int(live), op.name)
        state = state.assume(("SHARED",), True, "").mark("shared")
        result = ("result", "share", op.meaning.get("fail", "nonzero"), self.site(expr))
        self.facts.results[result] = Span(expr.start, expr.end)
        return [(state, result)]

    def dup(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        page = args[op.at("page")]
        if op.meaning.get("file") == "1":
            return [self.fresh(expr, state)]
        if "fail" not in op.meaning:
            if state.known(COW) is not False:
                self.event("dup-blind", expr, state, self.page_root(page), page, op.name)
            return [self.fresh(expr, state)]
        self.event("dup", expr, state, self.page_root(page), page, op.name)
        result = ("result", "dup", op.meaning["fail"], self.site(expr))
        self.facts.results[result] = Span(expr.start, expr.end)
        return [(state.mark("dup"), result)]

    def page_set(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("what") == "exclusive":
            self.claim(op, expr, args, state, args[op.at("arg")])
            state = state.proven("excl", "anon", of=base(args[op.at("arg")]))
        return [(state, 0)]

    def page_clear(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("what") == "exclusive":
            page = args[op.at("arg")]
            self.event("hand-clear", expr, state, self.page_root(page), op.meaning.get("when", ""), op.name)
        return [(state, 0)]

    def claim(self, op: Op, expr: Expr, args: list[Value], state: State, page: Value) -> None:
        """Record that a page is said to be exclusive."""
        root = self.page_root(page)
        root = root if root is not None else self.restored(state)
        self.event("claim", expr, state, root, page, op.name, self.mapping_of(args))

    def restored(self, state: State) -> Value:
        """Return the slot whose non-present entry is about to be mapped again, None if there is no such slot."""
        slots = [r for r, atoms in state.masks.items() if r[0] == "cell" and self.unmapped(r, atoms)]
        return slots[0] if len(slots) == 1 else None

    def add_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        self.facts.maps_anon |= op.meaning.get("new") == "1"
        results = self.add_rmap(op, expr, args, state)
        page = args[op.at("page")]
        exclusive = op.meaning.get("exclusive") == "always" or self.claims(op, args)
        if op.meaning.get("new") == "1" and self.page_root(page) is None:  # what an entry maps is not new
            state = state.proven("new", of=base(page))
        if exclusive is True or exclusive == 1:
            self.claim(op, expr, args, state, page)
        return [(s.proven("excl", "anon", of=base(page)) if exclusive else s, v) for s, v in results]

    def move_rmap(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        page = args[op.at("page")]
        self.event("move", expr, state, self.page_root(page), page, op.name)
        if op.meaning.get("exclusive") == "always":
            self.claim(op, expr, args, state, args[op.at("page")])
            state = state.proven("excl", "anon", of=base(args[op.at("page")]))
        return [self.fresh(expr, state)]

    def count(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        at = op.at("arg")
        if "add" in op.meaning or "by" in op.meaning:
            return self.hold(op, expr, args, state)
        page = args[at]
        what = "mapcount" if op.cls == "mapcount" else "refcount"
        self.facts.counted.add(base(page))
        self.event("count", expr, state, self.page_root(page), page, op.name)
        locked = "locked" in facts_about(state, page, None)
        return [(state, ("count", what, base(page), locked))]

    def hold(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Take or give back a reference or a swap count."""
        what = "held-swap" if op.cls == "swap-count" else "held-ref"
        if op.at("arg") >= 0:
            state = self.require(op, expr, state, args[op.at("arg")])
        if op.cls == "swap-count" and op.at("arg") >= 0:
            self.facts.swapped.add(bare(args[op.at("arg")]))
        adds = op.meaning.get("add", "1" if op.name.endswith("add") else "-1") == "1"
        if not adds:
            return [self.fresh(expr, state.unmark(what, what.replace("held", "owed")))]
        if "fail" in op.meaning:
            return [(state.mark(what), ("result", what, op.meaning["fail"], self.site(expr)))]
        return [self.fresh(expr, state.mark(what))]

    def lock(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("what") != "folio":
            return self.lock_table(op, expr, args, state)
        return [self.fresh(expr, state.proven("locked", of=base(args[op.at("arg")])).mark("held-lock"))]

    def lock_table(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Take a page table lock, or look it up: which lock it is matters to whoever drops it."""
        if op.at("ptl") >= 0:
            state = state.write(self.pointee(args[op.at("ptl")]), PTL)
        if op.cls == "lock":
            state = self.relocked(state, self.locked_slots(op, args, state))
        if op.meaning.get("returns") in ("ptep", "pmdp", "pudp"):
            return self.find_slot(op, expr, state)
        if op.cls == "lockptr" or (op.meaning.get("returns") == "ptl" and op.meaning.get("may") != "null"):
            return [(state, PTL)]
        if op.meaning.get("returns") == "ptl":  # pmd_trans_huge_lock(): something is there, and it is for the caller
            return self.lock_leaf(expr, args, state)
        return [self.fresh(expr, state)]

    def locked_slots(self, op: Op, args: list[Value], state: State) -> list[Key]:
        """Return the slots whose entries a lock that is taken now protects from here on."""
        if op.meaning.get("what") == "spin":
            return [r for r in state.masks if r[0] == "cell"] if args[op.at("arg")] == PTL else []
        if op.meaning.get("returns") != "ptl":
            return []
        return [key for key in map(self.pointee, args) if key in state.masks]

    def find_slot(self, op: Op, expr: Expr, state: State) -> Results:
        """Find a slot: what is in it is this function's to ask."""
        slot = ("slot", expr.start, self.frame, op.level)
        return [(self.forget(state, slot), slot)]

    def lock_leaf(self, expr: Expr, args: list[Value], state: State) -> Results:
        """Lock a PMD if there is anything but a table in it: a mapping, or an entry that is not present."""
        return [self.fresh(expr, self.answering(state, self.pointee(args[0]), EVERY_DOMAIN))]

    def wait(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Wait for what is in a slot to change: nobody changes a local copy of it."""
        slot: Value = args[op.at("slot")] if op.at("slot") >= 0 else None
        local = type(slot) is tuple and slot[0] == "ref" and slot[1][0] == "var"
        if local and self.types.get(slot[1][1][len(self.frame) :], "") in ("pte_t", "pmd_t"):
            self.noted("waited-on-copy", expr, state, None, 0, op.name, ALL)
        return [self.fresh(expr, state)]

    def trylock(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("what") != "folio":
            return [self.fresh(expr, state)]
        return [(state.mark("held-lock"), ("result", "held-lock", "zero", self.site(expr), base(args[op.at("arg")])))]

    def unlock(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("what") == "folio":
            page = base(args[op.at("arg")])
            left = frozenset(p for p in state.proofs if p[0] != "locked" or apart(p[1], page))
            return [self.fresh(expr, state.but(proofs=left).unmark("held-lock", "owed-lock"))]
        if op.at("ptl") >= 0 or args[op.at("arg")] == PTL:
            state = self.release(state)
        return [self.fresh(expr, state)]

    @staticmethod
    def release(state: State) -> State:
        """Return the state after the page table lock was dropped: of what is not done yet, entries may have changed.

        pte_same() under the lock again tells that an entry has not; the exclusive flag of its page may be gone.
        """
        written = {root_of(value) for key, value in state.mem.items() if key[0] == "cell"} | state.mem.keys()
        for root, atoms in state.masks.items():
            if root not in written:
                state = state.refine(root, unkept(atoms))
        return state.but(proofs=released(state.proofs))

    def grab(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        root = self.page_root(args[op.at("page")])
        result = ("result", "grab", op.meaning["fail"], self.site(expr), root)
        self.event("grab", expr, state, root, 0, op.name)
        return [(state if root is None else state.write(("grabbed", root), (expr.start, op.name)), result)]

    def ungrab(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        page = args[op.at("page")]
        grabbed = type(page) is tuple and page[:2] == ("result", "grab")
        root = page[4] if grabbed else self.page_root(page)
        given = [key for key in state.mem if key[0] == "grabbed" and root in (None, key[1])]
        for key in given:
            state = state.without(key)
        return [self.fresh(expr, state)]

    def new_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        page = ("new", expr.start, self.frame)
        return [(self.forget(state, page), page)]

    def zero_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        return [(state, ZERO_PAGE)]

    def inert(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Leave the slot alone; what comes back through a pointer says something of the entry, but not what."""
        asked = tuple(root for root in map(entry_root, args) if root in state.masks)
        for value in args:
            if asked and type(value) is tuple and value[0] == "ref":
                state = state.write(value[1], ("ask", self.site(expr, str(value)), asked))
        return [self.fresh(expr, state)]

    def hand_over(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Give a part of what is owed for an entry to its page, or to a marker."""
        root = None
        if op.at("arg") >= 0:
            root = self.page_root(args[op.at("arg")])
        elif op.at("value") >= 0:
            root = root_of(args[op.at("value")])
        for part in op.meaning["part"].split(","):
            state = pay(state, part, root)
        return [self.fresh(expr, state)]

    def batch(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Count entries: the number remembers of which one, if they may differ in the write bit."""
        results = self.inert(op, expr, args, state)
        told = op.at("writable") >= 0 and args[op.at("writable")] != 0
        if op.at("flags") >= 0:
            flags = args[op.at("flags")]
            told |= not names_in(flags).isdisjoint(_COMPARE) or not (flags == 0 or flags[0] == "flags")
        first = args[op.at("arg")]
        if type(first) is tuple and first[0] == "ref":
            first = state.mem.get(first[1], first[1])
        return results if told else [(s, ("op", "batch", root_of(first), 0)) for s, _ in results]

    def remove_rmap(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Give back the mapping of a page: from here on nobody need hold it for this entry's sake."""
        return [self.fresh(expr, pay(state, "rmap", self.page_root(args[op.at("page")])))]

    def kernel_table(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Walk the kernel's own tables: nothing there is shared copy-on-write."""
        return [self.fresh(expr, state.proven("kernel"))]

    def answer(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Leave a question open as a value; what its answer proves is for ``learn``."""
        return [(state, ("call", op.name, tuple(args)))]

    def taken(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Take an entry: copies read before may be out of date."""
        self.facts.taken.add(self.pointee(args[op.at("ptr")]))
        state = self.require(op, expr, state, self.content(state, args[op.at("ptr")]))
        out: Results = []
        for after, value in self.take(op, expr, args, state):
            root = bare(value)
            if is_root(root) and root in after.masks:
                after = stale(after, root)
                self.facts.takes.add((Span(expr.start, expr.end), root))
                after = after if op.meaning.get("table") == "1" else owe(after, root, self.pointee(args[op.at("ptr")]))
            after = after.but(proofs=gone_by(after.proofs, ("page", root)))
            out.append((after, value))
        return out

    def change_bits(self, op: Op, expr: Expr, value: Value, state: State) -> Value:
        """Return an entry value with a software bit set or cleared."""
        status = "s" if op.cls == "bit-set" else "c"
        if status == "c":
            self.facts.cleared.add((op.meaning["bit"], op.meaning.get("where", "")))
        names = op.meaning["bit"]
        value = change(state, value, names, status)
        mapped = type(value) is tuple and value[0] != "made"  # it is no mapped entry, whatever is done to it
        if names == "uffd-wp" and status == "s" and op.meaning.get("where") == "present" and mapped:
            page = value[4] if value[0] == "pres" else None
            value = ("pres", 0, root_of(value), bits_of(value), page)  # pte_mkuffd_wp() write-protects
        if names == "dirty" and status == "s" and mapped:
            value = _also_soft_dirty(value)  # pte_mkdirty() sets soft-dirty on x86 and s390
        return value

    def asked(self, op: Op, expr: Expr, state: State, page: Value) -> None:
        """Record that a page is asked whether it is exclusive, and how that page is spelled."""
        root = self.page_root(page)
        state = state.but(masks={r: atoms & ~VAGUE for r, atoms in state.masks.items()})  # no question of entries
        self.event("ask-exclusive", expr, state, root, page, self.head(page))

    def must_unshare(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Ask whether a page has to be unshared before it is pinned: that is asked of its exclusive flag."""
        page = args[op.at("page")] if op.at("page") >= 0 else None
        if page is not None:
            grabbed = base(page)[-1] if type(page) is tuple and base(page)[:2] == ("result", "grab") else None
            which = "" if ("huge", grabbed) in state.mem else self.head(page)  # of hugetlb the first page knows
            self.event("ask-unshare", expr, state, self.page_root(page), page, which)
        return self.answer(op, expr, args, state)

    @staticmethod
    def head(page: Value) -> str:
        """Return "head" or "tail" where a page is the folio's first, or another one."""
        if type(page) is not tuple or page[0] != "part":
            return ""
        return "head" if page[2] == 0 and page[1][0] != "part" else "tail"

    def claims(self, op: Op, args: list[Value]) -> int:
        """Return 1 if the flags of an rmap call say exclusive."""
        return int(op.at("flags") >= 0 and has_flag(args[op.at("flags")], "RMAP_EXCLUSIVE") == 1)


def base_pfn(value: Value) -> Value:
    """Return the value under the parts of a folio, with the word that took a pfn from it."""
    while type(value) is tuple and value[0] == "part":
        value = value[1]
    return value


def entry_root(value: Value) -> Value:
    """Return the root of an entry that is handed on by value, None for anything else."""
    value = bare(value)
    return value if is_root(value) else value[1] if type(value) is tuple and value[0] in ("type", "off") else None


def _also_soft_dirty(value: Value) -> Value:
    letters = bits_of(value)
    return with_bits(value, "d" + letters[1:]) if letters[0] in "ln" else value
