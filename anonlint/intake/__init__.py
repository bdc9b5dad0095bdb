"""Where source comes from: files, directories, patches, mails and git objects, read into snapshots."""

from anonlint.intake.request import Intake, Request, snapshots

__all__ = ["Intake", "Request", "snapshots"]
