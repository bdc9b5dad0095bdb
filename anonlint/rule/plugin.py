"""The rule interface: everything a rule may import from the engine, beside ``anonlint.model``.

A rule is one constant made by the ``rule`` decorator. Its check sees one function (in one preprocessor
configuration) at a time as a ``Pass`` and yields diagnostics; the runner adds who and where. A rule that
compares functions yields a ``Member`` for each function that takes part and has a second function,
``compare``, that sees all members of the run.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from anonlint.domain.kinds import (
    ALL,
    ANON,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    ENTRY_STATES,
    EXCLUSIVE,
    FILE,
    HAS_PFN,
    MARKER,
    MIGRATION,
    NONE,
    NONPRESENT,
    PRESENT,
    SAYS,
    SWAP,
    VAGUE,
    WORDS,
    kinds_of,
    mask,
    spelled,
)
from anonlint.domain.proofs import Fact, Mark
from anonlint.domain.softbits import BITS, PARTS, bare, bits_of, with_bits
from anonlint.domain.state import is_root, root_of
from anonlint.domain.subjects import ZERO_PAGE, base, is_new
from anonlint.domain.values import (
    Cell,
    Cleared,
    KeptEntry,
    MadeEntry,
    PresentEntry,
    Result,
    Site,
    SwapEntry,
    Unknown,
    Value,
    Var,
)
from anonlint.kernel.vocabulary import span as releases
from anonlint.model.edit import Edit, Mends, Proposal
from anonlint.model.finding import Evidence, Finding, Severity, Table
from anonlint.model.source import Span
from anonlint.rule.view import Pass
from anonlint.trace.effects import (
    EXCLUSIVE_ENTRY,
    Effect,
    EffectTable,
    Role,
    cell_text,
    exclusive_after,
    result_kind,
)
from anonlint.trace.facts import Facts
from anonlint.trace.records import Decode, Event, EventKind, Made, Outcome, Record, Store, Test

UFFD_WP_MARKER = SAYS["uffd-wp"]  # a marker that says so
WRITABLE = mask("Pw,W,DW,XW")  # entries that let writes through, or will once their page is back
MAPPED_WRITABLE = mask("Pw")
RESTORED = MIGRATION | DEVICE_EXCLUSIVE | DEVICE_PRIVATE  # entries that become a mapping again
MAPPED_EXCLUSIVE = ANON & EXCLUSIVE & (PRESENT | mask("DW,DR"))  # those whose anonymous pages nobody else maps
SHARED_MAPPED = ANON & ~EXCLUSIVE & PRESENT  # mapped entries of anonymous pages that others may map, too


class Diagnostic(NamedTuple):
    """What is wrong and where. ``notes`` are the places that show it; ``tables`` the proof.

    ``severity`` is None where the rule's own holds. ``record`` is what execution saw that is wrong: its path becomes
    the finding's "because"; without one the notes tell it. ``help`` says what to write here, if more than the rule's.
    """

    span: Span
    message: str
    notes: tuple[tuple[Span, str], ...] = ()
    tables: tuple[Table, ...] = ()
    severity: Severity | None = None
    record: Record | None = None
    help: str = ""


class Place(NamedTuple):
    """Where a member stands, in terms that survive the end of its file's analysis."""

    path: str
    line: int
    column: int
    end_column: int
    text: str
    function: str


class Member(NamedTuple):
    """A function that takes part in a comparison. ``data`` is the rule's own; it must be plain values."""

    span: Span
    data: Any
    place: Place | None = None


class Comparison(NamedTuple):
    """A finding about one member against others."""

    member: Member
    message: str
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    tables: tuple[Table, ...] = ()


Check = Callable[[Pass], Iterator[Diagnostic | Member]]
Compare = Callable[[Sequence[Member]], Iterator[Comparison]]
Against = Callable[[Sequence[Member], Sequence[Member]], Iterator[Comparison]]


class Rule:
    """A rule: what it is called, how bad it is, what it needs, and the check that it decorates; ``doc`` is its page.

    ``words`` are the vocabulary classes that wake the rule ("constructor", "page-of", ...): it does not
    run on a function that has none. ``about`` are the classes of the words whose use it judges: the body of a
    function that the vocabulary has in such a class is what the word stands for, and not judged. ``fixes`` are
    kernel commits that fixed such bugs. ``fragments`` says that the rule can judge a piece of a function, as a
    hunk shows it; a rule about whole paths cannot, unless it says so. ``alone`` says that it judges a function by
    itself even where all its callers are in view: nothing that they know changes its verdict. ``against`` compares the
    members of a file before a patch with those after. ``kernels`` are the releases in which there is such a bug
    ("5.19-", "5.9-6.17"; "" for all): it is not asked where the input is surely of none of them. ``scope`` "user" says
    that it is about the page tables of processes only. ``mends`` proposes replacements for a finding, given the text of
    its file; one is made only if another run proves that the finding is gone then, and nothing new is there.

    The page is the docstring of the check, or of its module; the examples are files (examples.py).
    """

    __slots__ = (
        "about",
        "against",
        "alone",
        "breaks",
        "check",
        "code",
        "compare",
        "confidence",
        "fixes",
        "fragments",
        "help",
        "kernels",
        "mends",
        "name",
        "references",
        "scope",
        "severity",
        "since",
        "status",
        "words",
    )

    def __init__(
        self,
        *,
        code: str,
        name: str,
        severity: Severity,
        since: str,
        words: frozenset[str],
        about: frozenset[str] = frozenset(),
        compare: Compare | None = None,
        against: Against | None = None,
        status: str = "stable",
        confidence: str = "high",
        breaks: str = "",
        help: str = "",  # noqa: A002
        fixes: tuple[str, ...] = (),
        references: tuple[str, ...] = (),
        fragments: bool = True,
        alone: bool = False,
        kernels: str = "",
        scope: str = "",
        mends: Mends | None = None,
    ) -> None:
        if scope not in ("", "user"):
            raise ValueError(f"{code}: scope {scope!r} is not 'user'")
        self.about = about
        self.alone = alone
        self.mends = mends
        try:
            self.kernels = releases(kernels or "0.0-")
        except ValueError as error:
            raise ValueError(
                f"{code}: kernels {kernels!r} is no span of releases such as '5.19-' or '5.9-6.17'"
            ) from error
        self.scope = scope
        self.code = code
        self.name = name
        self.severity = severity
        self.since = since
        self.words = words
        self.compare = compare
        self.against = against
        self.status = status
        self.confidence = confidence
        self.breaks = breaks
        self.help = help
        self.fixes = fixes
        self.references = references
        self.fragments = fragments

    def __call__(self, check: Check) -> "Rule":
        """Take the function that finds what is wrong."""
        self.check = check
        return self

    def concerns(self, p: Pass) -> bool:
        """Return whether the rule is about such a function: its release, and the tables that it works on."""
        since, until = self.kernels
        gone = until is not None and p.dating.after((until[0], until[1] + 1))
        return not gone and not p.dating.before(since) and (self.scope != "user" or p.user)

    @property
    def doc(self) -> str:
        """Return the rule's documentation, the docstring of its check or of the module that it is in."""
        import inspect  # not on the path of a check: it costs 10 ms

        return inspect.cleandoc(self.check.__doc__ or sys.modules[self.check.__module__].__doc__ or "")

    @property
    def summary(self) -> str:
        """Return the first line of the documentation."""
        return self.doc.partition("\n")[0]


rule = Rule  # as which it decorates its check


__all__ = [
    "ALL",
    "ANON",
    "BITS",
    "DEVICE_EXCLUSIVE",
    "DEVICE_PRIVATE",
    "ENTRY_STATES",
    "EXCLUSIVE",
    "EXCLUSIVE_ENTRY",
    "FILE",
    "HAS_PFN",
    "MAPPED_EXCLUSIVE",
    "MAPPED_WRITABLE",
    "MARKER",
    "MIGRATION",
    "NONE",
    "NONPRESENT",
    "PARTS",
    "PRESENT",
    "RESTORED",
    "SAYS",
    "SHARED_MAPPED",
    "SWAP",
    "UFFD_WP_MARKER",
    "VAGUE",
    "WORDS",
    "WRITABLE",
    "ZERO_PAGE",
    "Cell",
    "Cleared",
    "Comparison",
    "Decode",
    "Diagnostic",
    "Edit",
    "Effect",
    "EffectTable",
    "Event",
    "EventKind",
    "Evidence",
    "Fact",
    "Facts",
    "Finding",
    "KeptEntry",
    "Made",
    "MadeEntry",
    "Mark",
    "Member",
    "Outcome",
    "Pass",
    "Place",
    "PresentEntry",
    "Proposal",
    "Record",
    "Result",
    "Role",
    "Rule",
    "Severity",
    "Site",
    "Span",
    "Store",
    "SwapEntry",
    "Table",
    "Test",
    "Unknown",
    "Value",
    "Var",
    "bare",
    "base",
    "bits_of",
    "cell_text",
    "exclusive_after",
    "is_new",
    "is_root",
    "kinds_of",
    "mask",
    "result_kind",
    "root_of",
    "rule",
    "spelled",
    "with_bits",
]
