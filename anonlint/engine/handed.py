"""What a function is handed, by the types of its parameters."""

from collections.abc import Iterable

from anonlint.domain.values import Cell, Key, Var
from anonlint.graph.ir import CFG
from anonlint.trace.facts import Facts
from anonlint.words.answers import FLAGS
from anonlint.words.machine import Machine

_PROCESS = ("vm_area_struct", "vm_fault", "mm_struct", "page_vma_mapped_walk", "mm_walk", "mmu_gather")


def describe(m: Machine, facts: Facts, cfg: CFG) -> None:
    """Note what the executed function is handed."""
    types = [cfg.types[name] for name in cfg.params]
    facts.loops = cfg.loops
    facts.user = any(name in ctype for ctype in cfg.types.values() for name in _PROCESS)
    facts.mappings = sum("vm_area_struct" in ctype for ctype in types)
    facts.handles_fault = any("struct vm_fault" in ctype for ctype in types)
    m.slots = facts.slots = tuple(
        Cell(Var(name)) for name, ctype in zip(cfg.params, types, strict=True) if ctype in ("pte_t*", "pmd_t*")
    )
    flags = (Var(name) for name, ctype in zip(cfg.params, types, strict=True) if ctype in FLAGS)
    m.switches = frozenset(flags) if len(m.slots) > 1 else frozenset()
    m.handed = facts.handed = frozenset(Var(name) for name in cfg.params)


def callback_slots(cfg: CFG) -> Iterable[Key]:
    """Yield the slot that a function is handed if it is a callback of walk_page_range(), by its parameters' types."""
    types = [cfg.types[name] for name in cfg.params]
    if types[-1:] != ["struct mm_walk*"] or set(types[1:-1]) != {"unsigned long"}:
        return
    if (len(types) == 4 and types[0] in ("pte_t*", "pmd_t*")) or (len(types) == 5 and types[0] == "pte_t*"):
        yield Cell(Var(cfg.params[0]))
