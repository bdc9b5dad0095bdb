"""Slots: reading them, taking what is in them, storing and clearing, and what is recorded of it."""

from anonlint.domain.debts import inherit, owe, owed, reread
from anonlint.domain.kinds import ALL, NONE, NONPRESENT, PRESENT, VAGUE
from anonlint.domain.softbits import bare
from anonlint.domain.state import Key, State, Value, is_root, root_of
from anonlint.domain.subjects import base
from anonlint.graph.ir import Expr, walk
from anonlint.model.source import Span
from anonlint.trace.facts import Store
from anonlint.words.dictionary import Op
from anonlint.words.domains import Domains, is_outdated
from anonlint.words.machine import Results


class Slots(Domains):
    """Each method takes the word, the call, its operands' values and the state, and returns what can come of it."""

    # Provided by Tracking.
    def event(
        self, kind: str, expr: Expr, state: State, root: Value, value: Value = 0, word: str = "", vma: Value = None
    ) -> None:
        raise NotImplementedError

    def read(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = self.content(state, args[op.at("ptr")])
        if op.level == "huge" and is_root(value):
            state = state.write(("huge", value), 1)
        return [(reread(state, self.pointee(args[op.at("ptr")])), value)]

    def take(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        pointer = args[op.at("ptr")]
        value = self.content(state, pointer)
        state = reread(state, self.pointee(pointer))
        root = bare(value)
        if is_root(root):
            state = self.known(state, root, op.level)
            if not state.masks[root] & (self.dictionary.existing.get(op.level, ALL) | VAGUE):
                return []  # only a path that cannot be taken finds this in a table of that level
        return [(state.write(self.pointee(pointer), ("none",)), value)]

    def store(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        key = self.pointee(args[op.at("ptr")])
        value = args[op.at("value")]
        state = self.require(op, expr, state, self.content(state, args[op.at("ptr")]))
        root = root_of(value)
        self.wipe(op, expr, state, key, value)
        if root is not None and is_root(root):
            state = self.known(state, root, op.level)
            if is_outdated(state, root) and root[2] == key:
                self.noted("outdated-store", expr, state, root, value, op.name, state.masks[root])
        # set_pmd() and the like are an architecture's own: they copy tables of the kernel, too.
        level = op.level if "mm" in op.meaning or "vma" in op.meaning else ""
        self.record_store(expr, state, key, value, level, self.mapping_of(args))
        count = args[op.at("count")] if op.at("count") >= 0 else None
        if root is not None and count == ("op", "batch", root, 0):
            self.event("batch-store", expr, state, root, value, op.level)
        if op.meaning.get("atomic") != "1":
            state = self.overwrite(op, expr, state, key, value)
        return [(state.write(key, value), 0)]

    def overwrite(self, op: Op, expr: Expr, state: State, key: Key, value: Value) -> State:
        """Record what a plain store undoes: what the hardware sets in a live entry, and what was stored just before."""
        root, old = root_of(value), state.mem.get(key, key)
        of_process = "mm" in op.meaning or "vma" in op.meaning  # set_pte() is an architecture's own business
        lives = of_process and root is not None and bare(old) == root and ("debt", root) not in state.mem
        if lives and value != root and not self.has_faulted(key) and state.known(("page", root)) is not False:
            self.event("live-store", expr, state, root, value, op.level)
        moves = any(e.op == "inc" or (e.op == "assign" and e.name != "=") for e in walk(expr))
        if of_process and ("wrote", key) in state.mem and bare(value) != key and value != old:
            self.event("store-again", expr, state, root, old, op.level)
        if root is None and type(value) is tuple and value[0] in ("pres", "made", "swp"):
            state = inherit(state, key)
        return state if moves else state.write(("wrote", key), 1)

    def has_faulted(self, slot: Key) -> bool:
        """Return whether a slot is that of a fault: the hardware has just refused to use its entry."""
        pointer = slot[1] if slot[0] == "cell" else None
        if type(pointer) is not tuple or pointer[0] != "fld":
            return False
        holder = pointer[1][1] if pointer[1][0] == "ref" else pointer[1]
        return holder[0] == "var" and "struct vm_fault" in self.type_of(holder[1])

    def record_store(
        self, expr: Expr, state: State, key: Key, value: Value, level: str = "", vma: Value = None
    ) -> None:
        root = root_of(value)
        slot = key if key in state.masks else root
        for r in dict.fromkeys((slot, root)):
            if r is not None:
                made = Store(Span(expr.start, expr.end), key, value, r, level, owed(state, r))
                self.facts.note(self.facts.stores, made, self.atoms(state, r, "pte"), state.way)
        self.event("store", expr, state, root if root is not None else self.replaced(state, key), value, level, vma)
        if level and type(value) is tuple and value[0] == "pres":
            source = self.copied_from(state, base(value[4]), key)
            if source is not None:
                self.event("copy-store", expr, state, source, value, level, vma)

    def copied_from(self, state: State, page: Value, slot: Key) -> Value:
        """Return the entry from whose page another one got its content, None if from none but that of its slot.

        Where that page was handed in it is the page of the other slot that was handed in.
        """
        source = state.mem.get(("copied", page))
        if source == 0 and slot in self.facts.slots:
            others = [key for key in self.facts.slots if key != slot and self.level_as(key, slot)]
            source = others[0] if len(others) == 1 else None
        return source if source != slot and type(source) is tuple else None

    def level_as(self, one: Key, other: Key) -> bool:
        """Return whether two slots that were handed in are of one level."""
        return self.type_of(one[1][1]) == self.type_of(other[1][1])

    def unmapped(self, root: Value, atoms: int) -> bool:
        """Return whether an entry is taken to be non-present: it is known to be, or is read as a swap entry."""
        as_entry = root in self.facts.conversions and root not in self.facts.told
        return bool(atoms & NONPRESENT) and (as_entry or not atoms & (PRESENT | NONE))

    def replaced(self, state: State, slot: Key) -> Value:
        """Return the entry in a slot where what is stored there maps that entry's page by all appearance."""
        entry = bare(state.mem.get(slot, slot))
        atoms = state.masks.get(entry, 0) if is_root(entry) else 0
        return entry if atoms and self.unmapped(entry, atoms) else None

    def clear(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Clear a slot; a mapped entry that was read from it is owed for as if it had been taken."""
        slot = self.pointee(args[op.at("ptr")])
        self.wipe(op, expr, state, slot)
        root = bare(state.mem.get(slot, slot))
        if is_root(root) and state.masks.get(root, 0) & PRESENT and not state.masks[root] & ~(PRESENT | VAGUE):
            self.facts.takes.add((Span(expr.start, expr.end), root))
            state = owe(state, root, slot)
        return [(reread(state, slot).write(slot, ("none",)), 0)]
