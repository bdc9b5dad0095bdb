"""The options that several subcommands have."""

from anonlint.cli.options import Option
from anonlint.policy.words import FORMATS

HELP = Option(("-h", "--help"), "show this help and exit")
FORMAT = Option(
    ("-f", "--format"),
    "text: one line per finding in a pipe, the full view on a terminal; gcc: one line everywhere, for editors; "
    "full: the full view everywhere; json: schema 2; jsonl: the same, an item a line; markdown: for comments; "
    "html: a page to read; lkp: as the kernel test robot writes; the others are for those they are named after "
    "(default: text)",
    choices=FORMATS,
)
LISTING = Option(("-f", "--format"), "output format (default: text)", choices=("text", "json"))
COLOR = Option(
    ("--color",),
    "colour the output (default: auto, which heeds NO_COLOR, FORCE_COLOR, CLICOLOR and TERM)",
    choices=("auto", "always", "never"),
)
TREE = Option(
    ("--tree",),
    "kernel tree or git clone that patches apply to: whole functions are seen, not only hunks "
    "(default: the tree that the current directory is in)",
    metavar="DIR",
)
NO_TREE = Option(("--no-tree",), "judge patches on their hunks alone")
KERNEL = Option(
    ("--kernel",),
    "kernel version whose API is assumed where the input does not tell, like 6.12",
    metavar="X.Y",
)
JOBS = Option(("-j", "--jobs"), "worker processes (default: chosen by the amount of input)", metavar="N")
NO_CACHE = Option(("--no-cache",), "neither read nor keep what was found out before (see anonlint cache)")
PLUGINS = Option(
    ("--plugins",),
    "also load rules from there, which runs it: a file or directory (with a / in it), a module, or entry-points (of "
    "installed packages)",
    metavar="WHERE",
)
PREVIEW = Option(("--preview",), "also run rules that are still in preview")
OUTPUT = Option(
    ("-o", "--output"),
    "write the report to FILE (a plain file by rename, so it is never half written); with the --format before it, "
    "and several times: --format sarif -o a.sarif --format text",
    metavar="FILE",
)
QUIET = Option(("-q", "--quiet"), "say on stderr only what went wrong: neither what was skipped, nor the counts")
VERBOSE = Option(("-v", "--verbose"), "list on stderr all that was not judged, or on its hunks alone, and why")
