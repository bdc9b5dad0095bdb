"""What vocabulary words do to a state: one method for each class of word."""

from anonlint.domain.kinds import ALL, HAS_PFN, NONE, NONPRESENT, PRESENT, VAGUE, mask
from anonlint.domain.operators import bits as bits_in
from anonlint.domain.operators import names_in
from anonlint.domain.softbits import anew, bare, bits_of, clear_in_old, strip, with_bits
from anonlint.domain.state import Key, State, Value, is_root, root_of
from anonlint.domain.subjects import PASSED, ZERO_PAGE, base
from anonlint.graph.ir import Expr
from anonlint.graph.liveness import text
from anonlint.model.source import Span
from anonlint.trace.facts import Decode, Made, Rmap, Test
from anonlint.words.dictionary import Op
from anonlint.words.domains import before_lock, same_as
from anonlint.words.machine import NO_ENTRY, WALK, Results
from anonlint.words.pages import Pages

_DEVICES = frozenset(("device-private", "zone-device"))
_READ_ONLY = frozenset(("PAGE_NONE", "PAGE_READONLY", "PAGE_READONLY_EXEC", "PAGE_COPY", "PAGE_COPY_EXEC"))


class Meanings(Pages):
    """Each method takes the word, the call, its operands' values and the state, and returns what can come of it."""

    # Provided by Tracking.
    def used(self, value: Value, expr: Expr, state: State) -> State:
        raise NotImplementedError

    def asked(self, op: Op, expr: Expr, state: State, page: Value) -> None:
        raise NotImplementedError

    def change_bits(self, op: Op, expr: Expr, value: Value, state: State) -> Value:
        raise NotImplementedError

    def predicate(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = bare(args[op.at("arg")])
        if op.meaning.get("pointer") == "1":
            value = bare(self.content(state, value))
        if op.domain != ALL:
            state = self.require(op, expr, state, value)
        if is_root(value):
            state = self.known(state, value, op.level)
            state = self.asks(op, state, value) if op.domain == ALL else state
            test = Test(Span(expr.start, expr.end), value, expr.name, op.yes, op.no, bool(self.asserting))
            self.facts.tests[test] = self.facts.tests.get(test, 0) | state.masks[value]
            if not op.entry and op.domain == ALL and _tells_presence(op):
                self.facts.told.add(value)
            return [(state, ("test", value, op.yes, op.no))]
        atoms = self.mask_of(state, value, op.level)
        if atoms is not None and not (atoms & op.yes and atoms & op.no):
            return [(state, int(bool(atoms & op.yes)))]
        return [(state, ("call", op.name, tuple(args)))]

    def use_entry(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Look something up by an entry: there is none for entries of other kinds."""
        return [self.fresh(expr, self.require(op, expr, state, args[op.at("arg")]))]

    def young_clear(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Clear the young bit in place."""
        return [self.fresh(expr, self.require(op, expr, state, self.content(state, args[op.at("ptr")])))]

    def marker(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Take what a marker says."""
        value = bare(args[op.at("arg")])
        if not is_root(value):
            return [self.fresh(expr, state)]
        state = self.require(op, expr, state, value)
        return [(state, ("call", op.name, (value,)) if op.meaning.get("vma") == "1" else ("marker", value))]

    def entry_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Ask something that is no question of kind: the same entry gives the same answer."""
        value = bare(args[op.at("arg")])
        state = self.require(op, expr, state, value)
        if "says" in op.meaning and is_root(value):
            return self.predicate(op, expr, args, state)
        if "proves" in op.meaning:
            return [(state, ("call", op.name, tuple(args)))]
        if op.meaning.get("of") == "zero" and is_root(value):
            return self.zero_test(op, value, self.known(state, value, op.level), expr)
        if "implies" in op.meaning and is_root(value):
            return [(self.known(state, value, op.level), ("test", value, op.yes, ALL))]
        return [(state, ("call", op.name, tuple(args)))]

    def zero_test(self, op: Op, root: Value, state: State, expr: Expr) -> Results:
        """Ask whether an entry maps the page of zeros: nobody writes to that."""
        yes, no = self.split(state, ("test", root, op.yes, ALL), text(expr, self.source.data))
        clean = [clear_in_old(s.assume(("bit", root, "dirty"), False, ""), root, "dirty") for s in yes]
        return [(s, 1) for s in clean] + [(s, 0) for s in no]

    def kind_of(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = bare(args[op.at("arg")])
        if is_root(value):
            return [(self.known(state, value, op.level), ("type", value))]
        if type(value) is tuple and value[0] == "made":
            return [(state, ("kinds", mask(value[1])))]
        return [self.fresh(expr, state)]

    def construct(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        inplace = op.at("inplace")
        if inplace >= 0:
            key = self.pointee(args[inplace])
            entry = ("off", root_of(state.mem.get(key, key)), "young,dirty")
            made = self.record_made(op, expr, op.meaning["kind"], entry, state)
            return [(state.write(key, made), made)]
        source = args[op.at("from")] if op.at("from") >= 0 else None
        if op.at("select") < 0:
            return [(state, self.record_made(op, expr, op.meaning["kind"], source, state))]
        yes, no = self.split(state, args[op.at("select")], "")
        return [(s, self.record_made(op, expr, op.meaning["kind"], source, s)) for s in yes] + [
            (s, self.record_made(op, expr, op.meaning["else"], source, s)) for s in no
        ]

    def record_made(self, op: Op, expr: Expr, kind: str, source: Value, state: State) -> Value:
        source = base(source)
        root = source[1] if type(source) is tuple and source[0] in ("off", "page") else None
        made = Made(Span(expr.start, expr.end), kind, root, op.name)
        atoms = self.atoms(state, root if root is not None else NO_ENTRY, "pte")
        self.facts.note(self.facts.made, made, atoms, state.way)
        keeps = source[2] if root is not None and source[0] == "off" else ""
        return ("made", kind, root, anew(state, root, keeps))

    def raw_construct(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        kind = args[op.at("type")]
        if type(kind) is tuple and kind[0] == "kinds":
            for name in ("W", "RX", "R", "DW", "DR", "H", "M"):
                if mask(name) == kind[1]:
                    return [(state, self.record_made(op, expr, name, args[op.at("from")], state))]
        if type(kind) is tuple and kind[0] in ("type", "flags"):
            return [(state, self.remade(kind, args[op.at("from")], state))]
        return [self.fresh(expr, state)]

    def remade(self, kind: Value, offset: Value, state: State) -> Value:
        """Return an entry of the type of another one, or of one's own: it starts with no software bit."""
        same = type(offset) is tuple and offset[0] == "off" and kind[0] == "type" and offset[1] == kind[1]
        source = kind[1] if kind[0] == "type" else base(offset)
        root = source[1] if type(source) is tuple and source[0] in ("off", "page") else source
        if same and kind[1] not in state.masks:
            return kind[1]  # the same swap entry, put together again
        return ("swp", source, anew(state, root if root in state.masks else None))

    def convert(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = bare(args[op.at("arg")])
        if is_root(value) and op.meaning.get("to") == "entry":
            state = self.known(state, value, op.level)
            self.facts.conversions.setdefault(value, Span(expr.start, expr.end))
            if not state.masks[value] & ~PRESENT and value not in self.facts.contracts:
                state = self.require(op, expr, state, value)
            if op.meaning.get("total") != "1":
                left = state.masks[value] & (NONPRESENT | VAGUE)
                if not left & NONPRESENT:
                    return []  # only a path that cannot be taken reads a mapping as a swap entry
                state = state.refine(value, left)
        elif value in state.masks and state.masks[value] & PRESENT and state.masks[value] & NONPRESENT:
            state = state.refine(value, state.masks[value] & ~PRESENT)  # what was handed in as an entry is no mapping
        return [(state, self.converted(op, args[op.at("arg")], state))]

    def converted(self, op: Op, value: Value, state: State) -> Value:
        """Return an entry value in its other form; what was never a page table entry has no software bits."""
        if op.meaning.get("to") == "entry":
            return bare(value)
        if not is_root(bare(value)):
            return value
        if bare(value) not in state.masks:
            return ("swp", bare(value), anew(state, None))
        return strip(state, value, "soft-dirty,uffd-wp,exclusive")  # they were lost when it became an entry

    def decode(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Take an offset, pfn or page: of an entry that may have none, that is a fact to report."""
        value = args[op.at("arg")]
        root = root_of(value)
        if root is None:
            return [self.fresh(expr, state)]
        value = bare(value)
        if is_root(value) and op.meaning.get("needs") == "pfn":
            state = self.known(state, value, op.level)
            span = Span(expr.start, expr.end)
            place = Decode(span, value, op.name, self.seen_at(span))
            self.facts.note(self.facts.decodes, place, state.masks[value], state.way)
            state = self.require(op, expr, state, value)
            if state.masks[value] & HAS_PFN:
                passed = state.masks[value] & ALL & ~HAS_PFN
                state = state.proven(f"{PASSED}{passed}", of=("page", value)) if passed else state
                state = state.refine(value, state.masks[value] & (HAS_PFN | VAGUE))
        return [(state, ("off", root, op.meaning.get("keeps", "")) if op.cls == "offset" else ("page", root))]

    def present_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = args[op.at("arg")]
        root = root_of(value)
        if root is None:
            return [self.fresh(expr, state)]
        if is_root(bare(value)):
            state = self.known(state, root, op.level)
            if op.meaning.get("gives") == "pfn":
                return [(state, ("page", root, op))]  # a mistake only once it is used
            state = self.require(op, expr, state, root)
            if state.masks[root] & PRESENT:
                state = state.refine(root, state.masks[root] & (PRESENT | VAGUE))
        elif value[0] in ("made", "swp"):
            state = self.require(op, expr, state, value)
        elif value[0] == "pres" and value[4] is None:
            state = self.known(state, root, op.level)  # what was modified as a mapped entry was one
            if state.masks[root] & PRESENT:
                state = state.refine(root, state.masks[root] & (PRESENT | VAGUE))
        if op.meaning.get("gives") != "pfn":
            self.facts.paged.add(root)
        return [(state, ("page", root))]

    def set_bit(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("inplace") == "1" and op.at("ptr") >= 0:
            key = self.pointee(args[op.at("ptr")])
            state = self.require(op, expr, state, state.mem.get(key, key))
            changed = self.with_bit(op, state.mem.get(key, key))
            changed = with_bits(changed, self.written(op, bits_of(changed)))
            state = self.needed(op, args, state)
            self.record_store(expr, state, key, changed, op.level, self.mapping_of(args))
            return [(state.write(key, changed), 0)]
        value = args[op.at("arg")]
        state = self.require(op, expr, state, value)
        if op.meaning.get("bit") != "write":
            return [(state, self.change_bits(op, expr, value, state))]
        return [(self.needed(op, args, state), self.with_bit(op, value))]

    def needed(self, op: Op, args: list[Value], state: State) -> State:
        """Learn that the mapping is writable: the word makes an entry writable only if it is."""
        return state.proven("vm-write", of=self.mapping_of(args)) if op.meaning.get("needs") == "vm-write" else state

    @staticmethod
    def with_bit(op: Op, value: Value) -> Value:
        if op.meaning.get("bit") != "write" or type(value) is not tuple:
            return value
        if value[0] in ("pres", "kept") or is_root(value):
            page = value[4] if value[0] == "pres" else None
            return ("pres", int(op.cls == "bit-set"), root_of(value), bits_of(value), page)
        return value

    def make_present(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.at("arg") >= 0:
            state = self.require(op, expr, state, args[op.at("arg")])
        if op.at("arg") >= 0 and op.cls == "make-present":
            return [(state, args[op.at("arg")])]
        if op.cls == "modify":
            value = args[max(op.at("arg"), 0)]
            write = 0 if any(names_in(arg) & _READ_ONLY for arg in args) else 2
            page = value[4] if type(value) is tuple and value[0] == "pres" else None
            return [(state, ("pres", write, root_of(value), bits_of(value), page))]
        root = next((r for v in args if (r := self.page_root(v)) is not None), None)
        page = ZERO_PAGE if ZERO_PAGE in args else args[op.at("page")] if op.at("page") >= 0 else None
        bits = anew(state, root)[:2] + "s" + anew(state, root)[3:]  # vm_page_prot is young
        writable = op.meaning.get("writable", "")
        if not writable.isdigit():
            return [(state, ("pres", 0, root, bits, page))]
        write = args[int(writable)]
        written = self.written(op, bits)
        if isinstance(write, int):
            state = self.needed(op, args, state) if write == 1 else state
            return [(state, ("pres", write if write in (0, 1) else 2, root, written if write == 1 else bits, page))]
        yes, no = self.split(state, write, text(expr.args[int(writable)], self.source.data))
        yes = [self.needed(op, args, s) for s in yes]
        return [(s, ("pres", 1, root, written, page)) for s in yes] + [(s, ("pres", 0, root, bits, page)) for s in no]

    @staticmethod
    def written(op: Op, bits: str) -> str:
        """Return the letters of an entry that a word makes writable: it may make it dirty, too."""
        if op.meaning.get("dirties") != "1":
            return bits
        return ("d" if bits[0] == "l" else bits[0]) + bits[1:3] + "s" + bits[4:]

    def same_entry(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Compare two entries: whoever does that has done to the one what makes it like the other (see domains.py)."""
        a, b = bare(args[op.at("a")]), bare(args[op.at("b")])
        for root in map(root_of, (a, b)):
            if ("stepped", root) in state.mem:
                state = state.without(("pending", root)).write(("handed", root), 1)
        left, right = self.mask_of(state, a, op.level), self.mask_of(state, b, op.level)
        if left is not None and right is not None and not left & right:
            return [(state, 0)]
        for root, other, atoms in ((a, b, right), (b, a, left)):
            if is_root(root) and not is_root(other) and atoms is not None:
                return [(self.known(state, root, op.level), ("test", root, atoms, ALL))]
        if is_root(a) and is_root(b):
            return self.alias(a, b, state)
        for root, other in ((a, b), (b, a)):
            if is_root(root) and ("stepped", root) in state.mem and type(other) is tuple and other[0] in ("swp", "op"):
                return [(state.write(("handed", root), 1), 1), (state, 0)]  # it is of the kind of the one before
        return [(state, ("call", op.name, (a, b)))]

    def alias(self, a: Value, b: Value, state: State) -> Results:
        """Split by whether a slot still holds what was read from it before: then it is known by that."""
        slot, entry = (a, b) if a[0] == "cell" else (b, a)
        again = entry[0] == "cell" and slot[0] == "cell" and slot[1][0] == "slot"
        if (again or entry == before_lock(slot)) and slot not in state.masks:
            if entry in self.facts.paged:
                self.facts.paged.add(slot)
            return [
                (self.theirs(same_as(state, entry, slot), slot, entry), 1),
                (state, 0),
            ]  # it was looked up once more
        if slot[0] == "cell" and entry in state.masks and slot not in state.masks:
            return [(self.theirs(state.write(slot, entry), slot, entry), 1), (state, 0)]
        if slot[0] == "cell" and entry[0] in ("var", "fld") and self.found(slot) and slot not in state.masks:
            handed = same_as(state, entry, slot).write(entry, slot).write(("handed", slot), 1)
            return [(handed, 1), (state, 0)]
        if slot[0] == "cell" and (self.found(slot) or ("stepped", slot) in state.mem):
            return [(state.write(("handed", slot), 1), 1), (state, 0)]  # whoever knows the other one knows it, too
        return [(state, ("call", "pte_same", (a, b)))]

    def theirs(self, state: State, slot: Key, entry: Value) -> State:
        """Return the state in which a slot holds an entry: one that was handed in is the caller's where it is found."""
        if entry[0] == "op" or self.found(entry) or not self.found(slot):
            return state
        return state.write(("handed", slot), 1)

    def add_rmap(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        exclusive = 2
        if op.meaning.get("exclusive") == "always":
            exclusive = 1
        elif op.at("flags") >= 0:
            exclusive = has_flag(args[op.at("flags")], "RMAP_EXCLUSIVE")
        for root, atoms in state.masks.items():
            record = Rmap(Span(expr.start, expr.end), root, exclusive, op.name)
            self.facts.note(self.facts.rmaps, record, atoms, state.way)
        return [self.fresh(expr, state)]

    def share(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Share the page: from here on its exclusive flag reads clear."""
        state, site = self.fresh(expr, state)
        return [(state.assume(("SHARED",), True, ""), site)]

    def cow(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        return [(state, ("COW",))]

    def vma_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        self.facts.questions.add((op.meaning.get("what", ""), self.stack[-1]))
        if op.meaning.get("what") == "anonymous":
            return [(state, ("VMA_ANON",))]
        if op.meaning.get("what") == "flag":
            return [(state, self.flag_of(args[0], names_in(args[op.at("flag")]), tuple(args)))]
        if op.meaning.get("what") == "uffd-wp-entry" and bits_of(args[-1])[1] == "s":
            return [(state, 1)]
        return [(state, ("vtest", op.meaning.get("what", ""), tuple(args)))]

    def flag_of(self, vma: Value, bit: set[str], args: tuple[Value, ...]) -> Value:
        """Return the question whether a mapping has a flag that is named by its bit: it is one of vm_flags."""
        op = self.dictionary.op(next(iter(bit), ""), 0)
        if op is None or "is" not in op.meaning:
            return ("vtest", "flag", args)
        return bits_in("&", ("fld", vma, "vm_flags"), ("flags", None, ((str(op.meaning["is"]), 1),)))

    def config_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Ask for the configuration: an option by its name, or what a function without arguments stands for."""
        if op.at("arg") < 0:
            return [(state, ("config", op.name))]
        options = names_in(args[op.at("arg")])
        return [(state, ("config", options.pop()) if len(options) == 1 else ("call", op.name, tuple(args)))]

    def walk(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Go on to the next slot of a walk: what was known of the last one is over."""
        for value in args:
            if type(value) is tuple:
                state = self.forget(state, ("fld", value, "pte"))
                state = self.forget(state, ("fld", value, "pmd"))
        return [(state, ("call", op.name, tuple(args)))]

    def define_walk(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """DEFINE_FOLIO_VMAWALK() declares a struct page_vma_mapped_walk; its flags are its contract."""
        if expr.args[0].op == "id":
            self.types[expr.args[0].name] = f"struct {WALK} {text(expr, self.source.data)}"
        return [(state, 0)]


def _tells_presence(op: Op) -> bool:
    """Return whether a question about a page table entry tells present ones from others."""
    return bool(op.yes & NONPRESENT and not op.yes & PRESENT) or op.yes & ~op.no & ALL in (PRESENT, PRESENT | NONE)


def has_flag(value: Value, name: str) -> int:
    """Return 1 if a named bit is set in a value, 0 if it is clear, 2 if that is not known."""
    if value == 0:
        return 0
    if type(value) is tuple and value[0] == "flags":
        known: dict[str, int] = dict(value[2])
        return known.get(name, 0 if value[1] is None else 2)
    return 2
