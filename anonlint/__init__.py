"""anonlint: executes kernel mm functions over every page table entry state and reports what breaks."""

__version__ = "0.2.0"
