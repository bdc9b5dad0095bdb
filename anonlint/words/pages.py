"""What words say of pages and folios: which page it is, and what it answers."""

from anonlint.domain.kinds import ALL, VAGUE
from anonlint.domain.state import State, Value
from anonlint.domain.subjects import base
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.words.dictionary import IMPLIED, PAGE_TESTS, Op
from anonlint.words.machine import Results
from anonlint.words.slots import Slots

_DEVICES = ("device-private", "zone-device")


class Pages(Slots):
    """Each method takes the word, the call, its operands' values and the state, and returns what can come of it."""

    def asked(self, op: Op, expr: Expr, state: State, page: Value) -> None:
        raise NotImplementedError

    def same_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        for value in reversed(args):  # a pfn tells which page of the folio it is
            root = value[1] if type(value) is tuple and value[0] == "off" else self.page_root(value)
            if root is not None:
                self.facts.paged.add(root)
                state = state.assume(("page", root), True, "")
                whole = value is args[op.at("arg")]
                return [(state, self.page_of(op, args, value) if whole else self.part_of(op, args, root))]
        return [(state, self.page_of(op, args, args[max(op.at("arg"), 0)]))]

    def page_of(self, op: Op, args: list[Value], page: Value) -> Value:
        """Return the page of a folio that a word gives: itself, the first one, or the one of an index."""
        if op.at("index") >= 0:
            index = args[op.at("index")]
            return ("part", page, index if isinstance(index, int) else None)
        return ("part", page, 0) if op.meaning.get("head") == "1" else page

    def part_of(self, op: Op, args: list[Value], root: Value) -> Value:
        """Return the page of an entry, and note of what folio it is a part."""
        page = ("page", root)
        if op.at("arg") >= 0 and args[op.at("arg")] != page:
            self.facts.folios.setdefault(page, set()).add(args[op.at("arg")])
        return page

    def add_file(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Map a page of a file: nobody reuses it for himself."""
        return [self.fresh(expr, state.proven("file", of=base(args[op.at("page")])))]

    def copy_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Copy a page: whoever maps the other one maps it in place of this one."""
        source = self.page_root(args[op.at("from")])
        state = state.write(("copied", base(args[op.at("to")])), 0 if source is None else source)
        return [self.fresh(expr, state)]

    def page_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        what = op.meaning.get("what", "")
        page = args[op.at("arg")]
        self.facts.asks.add(what)
        if not self.asserting:
            self.facts.asked.setdefault((what, base(page)), set()).add(Span(expr.start, expr.end))
        if what in ("anon", "anon-not-ksm"):
            (self.in_question if self.doubted else self.facts.anon_asked).add(base(page))
        answer = self.implied(state, what, page)
        if answer is not None:
            return [(self.told(state, what, page, answer), int(answer))]
        if what not in PAGE_TESTS:
            return [(state, ("ptest", what, page))]
        if what == "exclusive" and not self.asserting:
            self.asked(op, expr, state, page)
        if what == "exclusive" and state.known(("SHARED",)):
            return [(state, 0)]
        root = self.page_root(page)
        if root is not None:
            state = self.known(state, root, "pte")
            test = ("test", root, *PAGE_TESTS[what])
            if what not in _DEVICES:
                return [(state, test)]
            yes, no = self.split(state, test, "")
            answered = [(s, True) for s in yes] + [(s, False) for s in no]
            return [(self.answered(s, what, page, outcome), int(outcome)) for s, outcome in answered]
        return [(state, ("pagetest", what) if what == "anon" else ("pagetest", what, page))]

    @staticmethod
    def answered(state: State, what: str, page: Value, outcome: bool) -> State:
        """Return the state in which a page has answered a question that says something of others about it."""
        told = IMPLIED.get((what, outcome))
        return state if told is None else state.proven(f"?{what} {int(outcome)}", of=base(page))

    @staticmethod
    def implied(state: State, what: str, page: Value) -> bool | None:
        """Return what answers to other questions say of one about the same page, None if nothing."""
        for (other, outcome), told in IMPLIED.items():
            if (what in told or what == other) and state.holds(f"?{other} {int(outcome)}", base(page)):
                return told.get(what, outcome)
        return None

    @staticmethod
    def said_of(state: State, page: Value) -> list[tuple[str, bool]]:
        """Return what a page has answered that says something of the entries that map it."""
        return [
            (what, outcome)
            for what in _DEVICES
            for outcome in (True, False)
            if state.holds(f"?{what} {int(outcome)}", base(page))
        ]

    def told(self, state: State, what: str, page: Value, outcome: bool) -> State:
        """Return the state after an answer about a page that was clear before it was asked for."""
        if what not in PAGE_TESTS:
            return state
        root = self.page_root(page)
        if root is None:
            for other, said in self.said_of(state, page):
                state = self.narrow(state.assume(("pagetest", other, page), said, ""), other, said)
            return self.narrow(state, what, outcome)
        atoms = PAGE_TESTS[what][0 if outcome else 1]
        left = self.atoms(state, root, "pte") & (atoms | VAGUE)
        return state.refine(root, left) if left & ALL else state
