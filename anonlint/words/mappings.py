"""What words ask of mappings, of the configuration and of walks."""

from anonlint.domain.operators import bits as bits_in
from anonlint.domain.operators import names_in
from anonlint.domain.softbits import bits_of
from anonlint.domain.state import State
from anonlint.domain.terms import Term
from anonlint.domain.values import Call, Config, Cow, Field, Flags, MappingFact, Value, Var, VmaAnon
from anonlint.graph.ir import Expr
from anonlint.graph.liveness import text
from anonlint.words.dictionary import Op
from anonlint.words.machine import WALK, Machine, Results


def cow(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    return [(state, Cow())]


def vma_test(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    m.facts.questions.add((op.meaning.get("what", ""), m.stack[-1]))
    if op.meaning.get("what") == "anonymous":
        return [(state, VmaAnon())]
    if op.meaning.get("what") == "flag":
        return [(state, flag_of(m, args[0], names_in(args[op.at("flag")]), tuple(args)))]
    if op.meaning.get("what") == "uffd-wp-entry" and bits_of(args[-1])[1] == "s":
        return [(state, 1)]
    return [(state, MappingFact(op.meaning.get("what", ""), tuple(args)))]


def flag_of(m: Machine, vma: Value, bit: set[str], args: tuple[Value, ...]) -> Value:
    """Return the question whether a mapping has a flag that is named by its bit: it is one of vm_flags."""
    flag = m.dictionary.meaning(next(iter(bit), ""), "is")
    return bits_in("&", Field(vma, "vm_flags"), Flags(None, ((flag, 1),))) if flag else MappingFact("flag", args)


def config_test(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Ask for the configuration: an option by its name, or what a function without arguments stands for."""
    if op.at("arg") < 0:
        return [(state, Config(op.name))]
    options = names_in(args[op.at("arg")])
    return [(state, Config(options.pop()) if len(options) == 1 else Call(op.name, tuple(args)))]


def step_walk(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Go on to the next slot of a walk: what was known of the last one is over."""
    for value in args:
        if isinstance(value, Term):
            state = m.forget(state, Field(value, "pte"))
            state = m.forget(state, Field(value, "pmd"))
    return [(state, Call(op.name, tuple(args)))]


def define_walk(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """DEFINE_FOLIO_VMAWALK() declares a struct page_vma_mapped_walk; its flags are its contract."""
    name = expr.args[0].name
    if expr.args[0].op == "id":
        m.types[name] = f"struct {WALK} {text(expr, m.source.data)}"
        m.places[name] = Var(m.frame + name)
    return [(state, 0)]


def kernel_table(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Walk the kernel's own tables: nothing there is shared copy-on-write."""
    return [m.fresh(expr, state.proven("kernel"))]
