"""What a rule says of itself, as a report may print it."""

from typing import NamedTuple


class RulePage(NamedTuple):
    """A rule's page: ``markdown`` is all of it, ``lead`` the reason for the rule, in one paragraph."""

    code: str
    name: str
    severity: str
    status: str
    confidence: str
    summary: str
    lead: str
    help: str
    markdown: str
    references: tuple[str, ...] = ()
