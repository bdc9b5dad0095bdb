"""Calls: vocabulary words by their class, helpers of the same file by running them, strangers with caution."""

from collections.abc import Callable

from anonlint.domain.debts import acquit, reread
from anonlint.domain.kinds import ALL, ANON, VAGUE
from anonlint.domain.state import State, Value
from anonlint.domain.subjects import PASSED, facts_about
from anonlint.graph.cfg import UNSEEN
from anonlint.graph.ir import Expr, walk
from anonlint.model.source import Span
from anonlint.trace.facts import Site
from anonlint.words.dictionary import Op
from anonlint.words.machine import Results
from anonlint.words.tracking import Tracking, entry_root


class Calls(Tracking):
    """Decides what a call is; what a vocabulary word does is in Meanings."""

    def call(self, expr: Expr, state: State) -> Results:
        """Evaluate a call."""
        return self.invoke(expr, state, question=False)

    def question(self, expr: Expr, state: State) -> Results:
        """Evaluate a call in a condition: asked again with the same operands, it answers the same."""
        return self.invoke(expr, state, question=True)

    def invoke(self, expr: Expr, state: State, *, question: bool) -> Results:
        if expr.name == UNSEEN:
            return [(self.leave_off(state), 0)]
        op = self.dictionary.op(expr.name, len(expr.args))
        if op is not None and op.cls == "assert":
            return self.assertion(expr, state, question=question)
        if op is not None and op.cls == "noreturn":
            return []
        if op is not None and op.cls in _DERIVED and self.helpers.known(expr.name):
            op = None  # what its body says goes before what the vocabulary says
        out: Results = []
        for s, args in self.eval_all(expr.args, state):
            if expr.name == self.watched and not self.calls:
                self.facts.sites.append(Site(Span(expr.start, expr.end), tuple(args), s))
            if op is not None and op.cls != "present-page":
                for value in args:
                    s = self.used(value, expr, s)
            if op is None:
                out += self.stranger(expr, args, s, question=question)
                continue
            handler = _CLASSES.get(op.cls)
            if handler is None or op.last >= len(args):
                out.append(self.opaque(expr, args, s, question=question or op.cls.endswith("-test")))
            else:
                out += handler(self, op, expr, args, s)
        if op is not None and op.cls in ACTS and out:
            span = Span(expr.start, expr.end)
            self.facts.acts[span] = f"{op.name}() {ACTS[op.cls]}"
            out = [(s.went(span), value) for s, value in out]
        return out

    def begs(self, assertion: Expr) -> bool:
        """Return whether an assertion is about what is to be proven: exclusivity.

        It may not be compiled in, and if it is, it says where a mistake shows, not that there is none.
        """
        for expr in walk(assertion):
            if expr.op == "call":
                op = self.dictionary.op(expr.name, len(expr.args))
                if op is not None and op.meaning.get("what") == "exclusive":
                    return True
        return False

    def opaque(self, expr: Expr, args: list[Value], state: State, *, question: bool) -> tuple[State, Value]:
        if question:
            return state, ("call", expr.name, tuple(args))
        return self.fresh(expr, state)

    def stranger(self, expr: Expr, args: list[Value], state: State, *, question: bool) -> Results:
        """Run a same-file helper, or let an unknown function have changed what it was given."""
        inlined = self.inline(expr, args, state)
        if inlined is not None:
            return inlined
        for value in args:
            state = self.used(value, expr, state)
        asked = tuple(dict.fromkeys(root for root in map(entry_root, args) if root in state.masks))
        for root in asked:
            state = acquit(state, root)
        for value in args:
            if type(value) is not tuple:
                continue
            key = self.pointee(value)
            state = reread(state, key)
            if value[0] == "slot":  # whoever is called may have asked what is there
                state = state.write(("walked", value), 2)
            if value[0] == "ref":
                state = self.forget(self.forget(state, value), key)
                self.strange.add(key)
                if asked:
                    state = state.write(key, ("ask", self.site(expr, str(key)), asked))
            elif key in state.masks or key in state.mem:
                self.facts.unknown_calls.add(expr.name)
                state = self.forget(state, key)
                state = state.refine(key, ALL | VAGUE)
        asked = tuple(root for root in asked if root in state.masks)
        if asked:
            return [(state, ("ask", self.site(expr), asked))]
        return [self.opaque(expr, args, state, question=question)]

    def call_back(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Note what is handed to the watched function where a structure says that it is to be called."""
        through = args[op.at("through")]
        named = any(key[:2] == ("fld", through) and value == ("var", self.watched) for key, value in state.mem.items())
        if named and not self.calls:
            self.facts.sites.append(Site(Span(expr.start, expr.end), (args[op.at("hands")],), state))
        return self.stranger(expr, args, state, question=False)

    def assertion(self, expr: Expr, state: State, *, question: bool) -> Results:
        """Take an assertion's word for it: what it says cannot be, is not looked at."""
        if not expr.args:
            return [self.fresh(expr, state)]
        self.doubted += 1
        try:
            return self.asserted(expr, state, question=question)
        finally:
            self.doubted -= 1

    def asserted(self, expr: Expr, state: State, *, question: bool) -> Results:
        """Return what an assertion leaves; of one that is asked, the way of its failure as well."""
        if question:
            yes, no = self.branch(expr.args[0], state)
            if not self.begs(expr):
                self.complaint(state, no)
            self.in_question = set()  # who complains, and copes, does not expect it
            return [(s, 1) for s in yes] + [(s, 0) for s in no]
        decided = set(self.facts.decided)
        self.asserting += 1
        yes, no = self.branch(expr.args[0], state)
        begs = self.begs(expr)
        if not begs:
            self.contract_of(expr.args[0], state, no)
        self.asserting -= 1
        self.facts.anon_asked |= {page for page in self.in_question if not all(_anonymous(s, page) for s in no)}
        self.in_question = set()
        if begs:
            return [(state, 0)]
        op = self.dictionary.op(expr.name, len(expr.args))
        if not (op is not None and op.meaning.get("stops") == "1"):
            self.facts.decided = decided  # to complain of a failure is not to act on it
        return [(s, 0) for s in no] or [(s, 1) for s in yes]

    def complaint(self, state: State, kept: list[State]) -> None:
        """Note of what entries a function complains, though it copes with them: it does not expect them."""
        for root, had in state.masks.items() if kept else ():
            left = 0
            for after in kept:
                left |= after.masks.get(root, ALL)
            self.facts.complained[root] = self.facts.complained.get(root, 0) | had & ~left & ALL

    def contract_of(self, denied: Expr, state: State, kept: list[State]) -> None:
        """Note what entries callers do not hand in: what an assertion denies of one was so from the start.

        What a place before the assertion took for granted (a pfn, say) is up to the assertion, too.
        """
        taken = [(of[1], int(fact[len(PASSED) :])) for fact, of in state.proofs if fact.startswith(PASSED)]
        for root, passed in taken:
            if root in state.masks:
                state = state.refine(root, state.masks[root] | passed)
        if taken:
            kept = self.branch(denied, state)[1]
        for root, had in state.masks.items() if kept else ():
            left = 0
            for after in kept:
                left |= after.masks.get(root, ALL)
            if had & ~left & ALL:
                self.facts.denied[root] = self.facts.denied.get(root, 0) | had & ~left & ALL


def _anonymous(state: State, page: Value) -> bool:
    """Return whether a page is known to be anonymous: an assertion that says so asks no question."""
    return "anon" in facts_about(state, page, None) or (
        type(page) is tuple and page[0] == "page" and not state.masks.get(page[1], ALL) & ~(ANON | VAGUE)
    )


# What the words do that a finding's story tells of, by class.
ACTS = {
    "take": "takes the entry out of its slot",
    "clear": "clears the slot",
    "rmap-share": "shares the page",
    "rmap-dup": "duplicates the mapping of the page",
    "page-set": "marks the page exclusive",
    "lock": "locks",
    "unlock": "unlocks: what the lock protected may change from here",
    "grab": "takes a reference",
}
_DERIVED = frozenset(("write-test", "reuse", "fault", "must-unshare", "pin-test"))
_CLASSES: dict[str, Callable[[Calls, Op, Expr, list[Value], State], Results]] = {
    "predicate": Calls.predicate,
    "entry-test": Calls.entry_test,
    "type": Calls.kind_of,
    "constructor": Calls.construct,
    "raw-constructor": Calls.raw_construct,
    "convert": Calls.convert,
    "offset": Calls.decode,
    "page-of": Calls.decode,
    "present-page": Calls.present_page,
    "same-page": Calls.same_page,
    "page-test": Calls.page_test,
    "read": Calls.read,
    "store": Calls.store,
    "clear": Calls.clear,
    "bit-set": Calls.set_bit,
    "bit-clear": Calls.set_bit,
    "make-present": Calls.make_present,
    "modify": Calls.make_present,
    "same-entry": Calls.same_entry,
    "cow-test": Calls.cow,
    "vma-test": Calls.vma_test,
    "config-test": Calls.config_test,
    "walk-define": Calls.define_walk,
    "walk": Calls.walk,
    "bit-test": Calls.bit_test,
    "pud-test": Calls.predicate,
    "take": Calls.taken,
    "rmap-share": Calls.share_page,
    "rmap-file": Calls.add_file,
    "rmap-dup": Calls.dup,
    "rmap-add": Calls.add_page,
    "rmap-move": Calls.move_rmap,
    "page-set": Calls.page_set,
    "page-clear": Calls.page_clear,
    "refcount": Calls.count,
    "mapcount": Calls.count,
    "swap-count": Calls.hold,
    "lock": Calls.lock,
    "lockptr": Calls.lock_table,
    "map": Calls.lock_table,
    "lookup": Calls.use_entry,
    "young-clear": Calls.young_clear,
    "marker": Calls.marker,
    "wait": Calls.wait,
    "trylock": Calls.trylock,
    "unlock": Calls.unlock,
    "alloc": Calls.new_page,
    "grab": Calls.grab,
    "ungrab": Calls.ungrab,
    "inert": Calls.inert,
    "zero-page": Calls.zero_page,
    "hand-over": Calls.hand_over,
    "batch": Calls.batch,
    "store-marker": Calls.hand_over,
    "rmap-remove": Calls.remove_rmap,
    "kernel-table": Calls.kernel_table,
    "must-unshare": Calls.must_unshare,
    "pin-test": Calls.answer,
    "write-test": Calls.answer,
    "reuse": Calls.answer,
    "fault": Calls.answer,
    "call-back": Calls.call_back,
    "copy-page": Calls.copy_page,
}
