"""What several rules ask of a path: what it has proven of the page and the mapping at hand."""

from anonlint.rule.plugin import (
    ANON,
    EXCLUSIVE,
    PRESENT,
    WORDS,
    WRITABLE,
    Event,
    EventKind,
    Fact,
    MadeEntry,
    Pass,
    PresentEntry,
    Site,
    Span,
    Value,
    bare,
    base,
    is_new,
    kinds_of,
    mask,
    spelled,
)

_SHARED = ANON & ~EXCLUSIVE & (PRESENT | mask("R,DR,XR,S"))
PROOFS: tuple[Fact, ...] = ("file", "excl", "sole", "new", "vma-shared", "kernel", "caller")
REUSES: tuple[EventKind, ...] = ("claim", "store", "promise")  # what can decide that a page is reused


def makes_writable(event: Event) -> bool:
    """Return whether an event stores a mapped, writable entry for a process."""
    value = event.value
    return event.kind == "store" and isinstance(value, PresentEntry) and value.write == 1


def promised(p: Pass, event: Event, kind: str) -> bool:
    """Return whether an event is the "yes" of a function that stands for a proof: "write-test" or "reuse"."""
    return event.kind == "promise" and kind in p.classes(event.word)


def decides(p: Pass, event: Event) -> bool:
    """Return whether an event decides that a page is reused: it is claimed, mapped writable, or promised to be ours."""
    return event.kind == "claim" or makes_writable(event) or promised(p, event, "reuse")


def unproven(p: Pass, event: Event, entry_states: int) -> bool:
    """Return whether the page of a claim or store may be shared for all that its path has proven."""
    facts = p.facts
    if event.kind == "store" and not makes_writable(event):
        return False
    value = event.value
    page = value.page if isinstance(value, PresentEntry) and event.kind == "store" else value
    if event.proven(*PROOFS) or is_new(base(page)):
        return False
    if event.proven("sole-mapped") and "huge" in facts.levels.values():
        return False  # of a hugetlb page the mappings are what counts
    if event.root is not None:
        looked_up = event.kind != "store" or event.root in facts.paged
        return looked_up and bool(p.plausible(event.root, entry_states) & _SHARED)
    return page is not None and base(page) in facts.counted | facts.anon_asked


def doubt(p: Pass, event: Event, entry_states: int) -> str:
    """Return what is not proven of a page."""
    kinds = kinds_of(p.plausible(event.root, entry_states) & _SHARED) if event.root is not None else ()
    return f"may be shared ({WORDS[kinds[0]]} entry)" if kinds else "may be shared"


def knows_presence(p: Pass, root: Value, span: Span) -> bool:
    """Return whether a function asks of an entry whether it is present, or of what kind it is."""
    return root is not None and p.tells_presence(root, span)


def writable_kind(p: Pass, event: Event, entry_states: int) -> str:
    """Return what writable kind of entry a stored value is, nothing if it is not writable."""
    value = event.value
    if isinstance(value, PresentEntry):
        return "mapped, writable" if value.write == 1 else ""
    if isinstance(value, MadeEntry):
        return WORDS[value.kind] if mask(value.kind) & WRITABLE else ""
    if bare(value) != event.root or event.root is None or isinstance(event.root, Site):
        return ""  # what an unknown function gave may be anything
    return spelled(p.plausible(event.root, entry_states) & WRITABLE)
