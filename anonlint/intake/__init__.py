"""Where source comes from: files, directories, patches, mails and git objects, read into snapshots."""

from anonlint.intake.request import Intake, Request
from anonlint.intake.stream import snapshots

__all__ = ["Intake", "Request", "snapshots"]
