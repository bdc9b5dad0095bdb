"""Builds a function's control-flow graph: conditions stay on the edges, returns and gotos are edges."""

from collections.abc import Callable
from typing import Any

from anonlint.graph.ir import CFG, SLOT_POINTERS, Block, Expr
from anonlint.graph.lower import Lowering, Scopes, TooDeep, declared
from anonlint.graph.nodes import identifiers
from anonlint.model.function import ELSE, Group, Variant
from anonlint.model.source import Span

_MAX_NESTING = 120
_MOST_BLOCKS = 3000  # no function of the kernel's has a third of it


UNSEEN = "__anonlint_unseen"  # a call of it stands for lines that a hunk leaves out (anonlint.syntax.close)


def build(variant: Variant, cut: Callable[[int], bool | None] | None = None) -> CFG:
    """Return the graph of a function; raise TooDeep when it nests too far.

    ``cut`` tells, for a piece of a function, whether a Source offset is where the visible text ends (True),
    or lies behind it (None). Where the text breaks off inside a block, or behind an ``if`` that may have
    an ``else``, unseen code follows.
    """
    return _Builder(variant, cut).function(variant.node)


class _Builder:
    """Walks statements once, keeping the block that is being filled (None after a jump)."""

    def __init__(self, variant: Variant, cut: Callable[[int], bool | None] | None) -> None:
        self.base = variant.base
        self.groups = list(reversed(variant.groups))  # those that are still ahead, the next one last
        self.cut = cut
        self.broken_off = False
        self.scopes = Scopes()
        self.lower = Lowering(self.base, self.scopes)
        self.blocks: list[Block] = []
        self.labels: dict[str, Block] = {}
        self.breaks: list[Block] = []
        self.continues: list[Block] = []
        self.switches: list[Block] = []
        self.guards: tuple[Any, ...] = ()
        self.loops: list[Span] = []
        self.depth = 0
        self.current = self.new()

    def function(self, node: Any) -> CFG:
        declarator = node.child_by_field_name("declarator")
        name_node, _ = declared(declarator)
        params = self.parameters(declarator)
        self.scopes.push()
        self.statements(node.child_by_field_name("body"))
        self.current.kind = "return"
        name = self.lower.text(name_node) if name_node is not None else ""
        type_node = node.child_by_field_name("type")
        returns = self.lower.text(type_node) if type_node is not None else "int"
        returns += "*" * (declarator.type == "pointer_declarator")
        return CFG(name, self.blocks, params, self.scopes.types, returns, tuple(self.loops))

    def parameters(self, declarator: Any) -> tuple[str, ...]:
        while declarator is not None and declarator.type != "function_declarator":
            declarator = declarator.child_by_field_name("declarator")
        if declarator is None:
            return ()
        names: list[str] = []
        for parameter in declarator.child_by_field_name("parameters").named_children:
            if parameter.type == "parameter_declaration":
                node, stars = declared(parameter.child_by_field_name("declarator"))
                name = self.lower.text(node) if node is not None else f"?{len(names)}"
                ctype = self.lower.text(parameter.child_by_field_name("type")) + "*" * stars
                names.append(self.scopes.declare(name, ctype))
        return tuple(names)

    # -- blocks

    def new(self) -> Block:
        if len(self.blocks) >= _MOST_BLOCKS:
            raise TooDeep("it branches too often")
        block = Block(len(self.blocks), self.guards)
        self.blocks.append(block)
        return block

    def jump(self, target: Block) -> None:
        self.current.kind = "jump"
        self.current.targets = [target.index]

    def enter(self, block: Block) -> None:
        self.current = block

    def flow_into(self, block: Block) -> None:
        self.jump(block)
        self.enter(block)

    def branch(self, cond: Expr, yes: Block, no: Block) -> None:
        self.current.kind = "branch"
        self.current.cond = cond
        self.current.targets = [yes.index, no.index]

    # -- statements

    def statements(self, node: Any) -> None:
        self.until(node.end_byte, node.named_children[::-1])

    def until(self, end: int, ahead: list[Any]) -> None:
        """Fill in the statements that begin before a byte, of those ``ahead`` (the next one last)."""
        while ahead and ahead[-1].start_byte < end:
            if self.groups and self.groups[-1][0].start <= ahead[-1].start_byte:
                self.group(self.groups.pop(), ahead)
            else:
                self.statement(ahead.pop())

    def group(self, group: Group, ahead: list[Any]) -> None:
        """Branch on the configuration: the alternatives of an ``#if`` group are no blocks, what they declare stays."""
        after = self.new()
        for head, start, end, test in group:
            if test == ELSE:
                self.until(end, ahead)
                break
            here, other = self.new(), self.new()
            self.branch(self.lower.test(test, head, start), here, other)
            self.enter(here)
            self.until(end, ahead)
            self.jump(after)
            self.enter(other)
        self.flow_into(after)

    def statement(self, node: Any) -> None:
        self.depth += 1
        if self.depth > _MAX_NESTING:
            raise TooDeep("statements nest too deeply")
        handler = _STATEMENTS.get(node.type)
        if handler is not None:
            handler(self, node)
        self.depth -= 1

    def block(self, node: Any) -> None:
        self.scopes.push()
        self.statements(node)
        self.end_of_life(node, self.scopes.pop())
        if self.cut is not None and not self.broken_off and self.cut(node.end_byte + self.base) is None:
            self.broken_off = True  # the innermost block that only anonlint closed
            self.unseen(node)

    def end_of_life(self, node: Any, names: dict[str, str]) -> None:
        """Let the variables of a block end with it; nothing tells that of those whose address was taken."""
        if names:
            code: bytes = node.text
            taken = [unique for name, unique in names.items() if b"&" + name.encode() in code]
            self.current.steps += [self.lower.make("decl", unique, (), node) for unique in taken]

    def unseen(self, node: Any) -> None:
        """Go on into code that the hunk does not show."""
        self.current.steps.append(self.lower.make("call", UNSEEN, (), node))
        self.current.kind = "stop"
        self.enter(self.new())

    def may_have_else(self, node: Any) -> bool:
        """Return whether a hunk breaks off right behind an ``if``: an ``else`` may follow."""
        return self.cut is not None and self.cut(node.end_byte + self.base) is True

    def expression(self, node: Any) -> None:
        for child in node.named_children:
            if child.type != "comment":
                self.current.steps.append(self.lower.expr(child))

    def declaration(self, node: Any) -> None:
        type_node = node.child_by_field_name("type")
        ctype = self.lower.text(type_node) if type_node is not None else ""
        for child in node.children_by_field_name("declarator"):
            value_node = child.child_by_field_name("value") if child.type == "init_declarator" else None
            target = child.child_by_field_name("declarator") if child.type == "init_declarator" else child
            name_node, stars = declared(target)
            if name_node is None or target.type == "function_declarator":
                continue
            value = () if value_node is None else (self.initializer(value_node),)
            spelled = ctype + "*" * stars
            if value_node is not None and value_node.type == "initializer_list":
                spelled = " ".join((spelled, *self.lower.named(value_node)))
            name = self.scopes.declare(self.lower.text(name_node), spelled)
            self.current.steps.append(self.lower.make("decl", name, value, child))
            if value_node is not None and value_node.type == "initializer_list":
                self.current.steps += self.lower.functions(name, value_node)

    def initializer(self, node: Any) -> Expr:
        if node.type == "initializer_list":
            return self.lower.make("opaque", "initializer", (), node)
        return self.lower.expr(node)

    def guarded(self, node: Any, fill: Callable[[], None]) -> None:
        """Run ``fill`` with the given condition noted on every block that it makes."""
        outer = self.guards
        self.guards = (*outer, node)
        fill()
        self.guards = outer

    def condition(self, node: Any) -> tuple[Expr, Any]:
        """Return the condition of a statement, and its node."""
        asked = node.child_by_field_name("condition")
        return self.lower.expr(asked), asked

    def if_(self, node: Any) -> None:
        cond, asked = self.condition(node)
        alternative = node.child_by_field_name("alternative")
        start = self.current
        after = self.new()
        arms: list[Block] = []

        def arm(body: Any) -> None:
            block = self.new()
            arms.append(block)
            self.enter(block)
            self.scoped(body)
            self.jump(after)

        self.guarded(asked, lambda: arm(node.child_by_field_name("consequence")))
        if alternative is not None:
            self.guarded(asked, lambda: arm(alternative))
        otherwise = after
        if alternative is None and self.may_have_else(node):
            otherwise = self.new()
            self.enter(otherwise)
            self.unseen(node)
        self.enter(start)
        self.branch(cond, arms[0], arms[1] if alternative is not None else otherwise)
        self.enter(after)

    def scoped(self, node: Any) -> None:
        if node is None:
            return
        body = node if node.type != "else_clause" else node.named_children[0] if node.named_children else node
        if self.cut is not None and self.cut(body.start_byte + self.base) is not False:
            self.unseen(node)  # the hunk ends where it would begin
            return
        if node.type == "else_clause":
            for child in node.named_children:
                self.statement(child)
        else:
            self.statement(node)

    def loop(self, body: Any, head: Block, after: Block, step: Block) -> None:
        self.breaks.append(after)
        self.continues.append(step)
        self.loops.append(Span(body.start_byte + self.base, body.end_byte + self.base))
        self.scoped(body)
        self.breaks.pop()
        self.continues.pop()

    def while_(self, node: Any) -> None:
        cond, asked = self.condition(node)
        head, after = self.new(), self.new()
        self.flow_into(head)

        def fill() -> None:
            body = self.new()
            self.branch(cond, body, after)
            self.enter(body)
            self.loop(node.child_by_field_name("body"), head, after, head)
            self.jump(head)

        self.guarded(asked, fill)
        self.enter(after)

    def do_(self, node: Any) -> None:
        body, test, after = self.new(), self.new(), self.new()
        self.flow_into(body)
        self.loop(node.child_by_field_name("body"), body, after, test)
        self.flow_into(test)
        cond, _ = self.condition(node)
        self.branch(cond, body, after)
        self.enter(after)

    def for_(self, node: Any) -> None:
        self.scopes.push()
        start = node.child_by_field_name("initializer")
        if start is not None and start.type == "declaration":
            self.declaration(start)
        elif start is not None:
            self.current.steps.append(self.lower.expr(start))
        head, step, after = self.new(), self.new(), self.new()
        body = self.new()
        cond_node = node.child_by_field_name("condition")
        if self.counts_slots(node):
            self.flow_into(body)
            self.current = head
        else:
            self.flow_into(head)
        if cond_node is None:
            self.jump(body)
        else:
            self.branch(self.lower.expr(cond_node), body, after)
        self.enter(body)
        self.loop(node.child_by_field_name("body"), head, after, step)
        self.flow_into(step)
        update = node.child_by_field_name("update")
        if update is not None:
            self.current.steps.append(self.lower.expr(update))
        self.jump(head)
        self.scopes.pop()
        self.enter(after)

    def counts_slots(self, node: Any) -> bool:
        """Return whether a loop counts slots of a page table: whoever begins to has some.

        On a way round it nothing would be known of the table, though the code behind it relies on what it has asked.
        """
        update, cond = node.child_by_field_name("update"), node.child_by_field_name("condition")
        if update is None or cond is None or cond.type != "binary_expression":
            return False
        used = identifiers(node)
        return any(self.scopes.types.get(self.scopes.resolve(name)) in SLOT_POINTERS for name in used)

    def switch(self, node: Any) -> None:
        cond, asked = self.condition(node)
        start, after = self.current, self.new()
        start.kind, start.cond = "switch", cond
        self.switches.append(start)
        self.breaks.append(after)

        def fill() -> None:
            self.enter(self.new())
            self.block(node.child_by_field_name("body"))
            self.jump(after)

        self.guarded(asked, fill)
        self.breaks.pop()
        self.switches.pop()
        if () not in start.cases:
            start.cases.append(())
            start.targets.append(after.index)
        self.enter(after)

    def case(self, node: Any) -> None:
        block = self.new()
        self.flow_into(block)
        value = node.child_by_field_name("value")
        if self.switches:
            head = self.switches[-1]
            head.cases.append(() if value is None else (self.lower.expr(value),))
            head.targets.append(block.index)
        body = node.named_children[::-1]
        self.until(node.end_byte, body if value is None else body[:-1])

    def label(self, name: str) -> Block:
        if name not in self.labels:
            self.labels[name] = self.new()
        return self.labels[name]

    def labeled(self, node: Any) -> None:
        label = node.child_by_field_name("label")
        self.flow_into(self.label(self.lower.text(label)))
        for child in node.named_children:
            if child.start_byte != label.start_byte:
                self.statement(child)

    def goto(self, node: Any) -> None:
        label = node.child_by_field_name("label")
        self.jump(self.label(self.lower.text(label)))
        self.enter(self.new())

    def break_(self, node: Any) -> None:
        self.leave(self.breaks)

    def continue_(self, node: Any) -> None:
        self.leave(self.continues)

    def leave(self, targets: list[Block]) -> None:
        if targets:
            self.jump(targets[-1])
        else:  # the loop is outside of what a hunk shows
            self.current.kind = "return"
        self.enter(self.new())

    def return_(self, node: Any) -> None:
        values = [c for c in node.named_children if c.type != "comment"]
        self.current.kind = "return"
        self.current.cond = self.lower.expr(values[0]) if values else None
        self.enter(self.new())


_STATEMENTS: dict[str, Callable[[_Builder, Any], None]] = {
    "compound_statement": _Builder.block,
    "expression_statement": _Builder.expression,
    "declaration": _Builder.declaration,
    "if_statement": _Builder.if_,
    "while_statement": _Builder.while_,
    "do_statement": _Builder.do_,
    "for_statement": _Builder.for_,
    "switch_statement": _Builder.switch,
    "case_statement": _Builder.case,
    "labeled_statement": _Builder.labeled,
    "goto_statement": _Builder.goto,
    "break_statement": _Builder.break_,
    "continue_statement": _Builder.continue_,
    "return_statement": _Builder.return_,
    "attributed_statement": _Builder.statements,
}
