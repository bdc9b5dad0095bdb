"""The subcommands for rules and words of one's own, and those about anonlint itself."""

from anonlint.cli.options import Command
from anonlint.cli.shared import HELP

RULE = Command(
    "rule",
    "Begin a rule of your own, or test some: their pages, their examples, and whether what means the same gets the "
    "same verdict.",
    "new CODE NAME [DIRECTORY] | test DIRECTORY|MODULE... | facts FILE.c...",
    (HELP,),
    (
        "anonlint rule new XY101 page-mapped-writable rules",
        "anonlint rule test ./rules",
        "anonlint rule facts rules/fixtures/XY101-page-mapped-writable/bad.c",
        "anonlint check --plugins ./rules mm/",
    ),
    least=1,
    notes="new writes a rule that runs and two examples that pass, and overwrites nothing. test loads, and so runs, "
    "what it is given. facts prints what execution sees of a text: the records that a check asks for. Exit status: 0 "
    "all is well, 1 something is wrong with a rule, 2 it cannot be loaded or read.",
)

VOCABULARY = Command(
    "vocabulary",
    "Tell what is known of a kernel word: releases, class, meaning, prototype, where declared. Without one, which "
    "classes of words there are.",
    "[WORD|CLASS...]",
    (HELP,),
    ("anonlint vocabulary pte_mkwrite", "anonlint vocabulary predicate", "anonlint vocabulary"),
    notes="Rows of your own come from the setting vocabulary; anonlint doctor --propose writes some for a tree.",
)

HELPING = Command(
    "help",
    "Show what anonlint does, or a command's options and examples.",
    "[COMMAND]",
    (HELP,),
    ("anonlint help check", "anonlint help"),
    most=1,
)

VERSION = Command("version", "Print the version.", "", (HELP,), ("anonlint version",), most=0)
