"""What the analysis of one file image gives."""

from typing import NamedTuple

from anonlint.model.finding import Finding
from anonlint.model.remark import Remark
from anonlint.model.snapshot import Skip
from anonlint.rule.plugin import Member


class ImageResult(NamedTuple):
    """What one image gave: ``members`` are to compare, by rule code; ``crashes`` those skipped because of a bug.

    ``elsewhere`` are the remarks of other files in which something was found.
    """

    findings: tuple[Finding, ...] = ()
    members: tuple[tuple[str, Member], ...] = ()
    skipped: tuple[Skip, ...] = ()
    remarks: tuple[Remark, ...] = ()
    elsewhere: tuple[Remark, ...] = ()
    functions: int = 0
    analysed: int = 0
    crashes: tuple[Skip, ...] = ()
