"""The table of subcommands and options: parsing, help, and whatever else describes them, read it."""

from anonlint.cli import elsewhere, extending
from anonlint.cli.options import Command, Option
from anonlint.cli.shared import (
    COLOR,
    FORMAT,
    HELP,
    JOBS,
    KERNEL,
    LISTING,
    NO_CACHE,
    NO_TREE,
    OUTPUT,
    PLUGINS,
    PREVIEW,
    QUIET,
    TREE,
    VERBOSE,
)

CHECK = Command(
    "check",
    "Check C files, directories, patches, mails, mboxes or - (stdin). What an input is, is found by "
    "looking at it. Of a patch only what it brings is reported.",
    "INPUT...",
    (
        TREE,
        NO_TREE,
        Option(("--git",), "check a commit or a range A..B of the clone (--tree, else here)", metavar="REV|A..B"),
        Option(("--staged",), "check what is staged in the clone (--tree, else here)"),
        Option(("--pushed",), "check the commits that a push sends, as git tells a pre-push hook (see anonlint hook)"),
        Option(("--quoted",), "also check patches quoted in replies ('> ' before each line)"),
        FORMAT,
        Option(
            ("--fail-level",),
            "least severity that makes the exit status 1 (default: warning)",
            choices=("note", "warning", "error", "never"),
        ),
        Option(("--strict",), "end with 2 where something was not judged, or on its hunks alone"),
        KERNEL,
        Option(("--select",), "run only these rules: codes, prefixes (AL1) or names", metavar="CODES"),
        Option(("--ignore",), "do not run these rules; of --select and --ignore the later wins", metavar="CODES"),
        PREVIEW,
        PLUGINS,
        JOBS,
        NO_CACHE,
        COLOR,
        OUTPUT,
        QUIET,
        VERBOSE,
        Option(("--baseline",), "report only what FILE does not hold", metavar="FILE"),
        Option(("--write-baseline",), "write what is found to FILE for --baseline, report nothing", metavar="FILE"),
        Option(
            ("--diff",),
            "print a patch that mends what an exact replacement mends: each is proven by checking again (files only)",
        ),
        Option(("--fix",), "change the files so, and report what is left; never a patch under check"),
        Option(("--statistics",), "say on stderr how often each rule found something"),
        Option(
            ("--budget",),
            "after so many seconds judge nothing more; what was not judged is said to be",
            metavar="SECONDS",
        ),
        Option(
            ("--timings",),
            "say on stderr what each rule took (in one process); fill in stats.seconds",
        ),
        HELP,
    ),
    (
        "anonlint check mm/                        # a directory of a kernel tree",
        "anonlint check --tree ~/linux v3.mbox     # a series, with its kernel tree",
        "anonlint check --quoted --format full - < reply.eml",
        "anonlint check --git HEAD~5..HEAD --tree ~/linux",
        "anonlint check --staged                   # before git commit",
        "anonlint check --format html -o report.html --format sarif -o report.sarif mm/",
    ),
    notes="Exit status: 0 no finding at or above the fail level, 1 some, 2 wrong usage, unreadable input "
    "or internal error (what was found is still printed), with --strict also what was not judged.\n\n"
    "Settings are read from anonlint.toml, or [tool.anonlint] of pyproject.toml, in the current directory "
    "or the nearest one above, else from ~/.config/anonlint/anonlint.toml: kernel, fail-level, format, select, strict, "
    "vocabulary, baseline, plugins (of the last only), and "
    "[[rules]] tables (paths, select, ignore) that say which rules count where; anonlint settings prints them.\n\n"
    "A finding is left out by /* anonlint: ignore[AL101] reason */ on its line, alone above its statement or "
    "function, or by Anonlint-ignore: AL101 reason in the patch's message.",
)

DIFF = Command(
    "diff",
    "Show what a patch changes in effect: for each function, and each that calls one, which entry states "
    "now reach, leave or return something else than before.",
    "INPUT...",
    (
        TREE,
        NO_TREE,
        Option(("--git",), "compare a commit or a range A..B of the clone (--tree, else here)", metavar="REV|A..B"),
        Option(("--staged",), "compare what is staged in the clone (--tree, else here)"),
        Option(("--quoted",), "also compare patches quoted in replies, and answer what is asked between their lines"),
        Option(
            ("-f", "--format"),
            "text: the rows that changed; full: also what each verdict rests on, and what a reviewer asks; "
            "json: schema 1; markdown; html: one page (default: text)",
            choices=("text", "full", "json", "markdown", "html"),
        ),
        Option(("--exit-code",), "end with 1 where a function is, or may be, different in effect"),
        KERNEL,
        COLOR,
        OUTPUT,
        Option(("-q", "--quiet"), "say on stderr only what went wrong"),
        Option(("-v", "--verbose"), "list on stderr all that was not compared, and why"),
        HELP,
    ),
    (
        "anonlint diff v2-0001-mm-fix.patch        # in a kernel tree: whole functions",
        "anonlint diff --git HEAD~5..HEAD --tree ~/linux",
        "anonlint diff --quoted --format full reply.eml",
        "anonlint diff old/mm/rmap.c new/mm/rmap.c",
        "anonlint diff ~/linux-6.1/mm ~/linux-6.12/mm",
    ),
    notes="A row begins with + (only after the patch), - (only before it) or ~ (otherwise); below it stand the entry "
    "states for which it changed. Names and spelling are no difference, nor is code that moved to a helper in sight. "
    "What could not be compared is said not to be.\n\n"
    "Exit status: 0, with --exit-code 1 where something is, or may be, different; 2 wrong usage, unreadable input or "
    "internal error.",
)

TABLE = Command(
    "table",
    "Print the effect tables of functions, side by side: what each makes of every kind of page table entry; and in one "
    "sentence whether, and for which entry states, they differ.",
    "FUNCTION... [FILE...]",
    (
        Option(
            ("--tree",),
            "kernel tree to look for the functions in (default: the one that the current directory is in); "
            "two of them: the functions of both are compared",
            metavar="DIR",
        ),
        Option(
            ("--git",),
            "look for the functions in a revision of the clone (--tree, else here), where FILE is a path; two of "
            "them, or a range A..B: the functions of both are compared",
            metavar="REV|A..B",
        ),
        KERNEL,
        Option(
            ("-f", "--format"),
            "text: side by side, as far as the width takes it (default: text)",
            choices=("text", "json", "markdown", "html"),
        ),
        Option(("-o", "--output"), "write the tables to FILE", metavar="FILE"),
        COLOR,
        HELP,
    ),
    (
        "anonlint table change_pte_range hugetlb_change_protection --tree ~/linux",
        "anonlint table copy_nonpresent_pte mm/memory.c",
        "anonlint table change_pte_range --tree ~/linux-6.1 --tree ~/linux-6.12",
        "anonlint table change_pte_range --git v6.1..v6.12",
    ),
    least=1,
    notes="An argument that is a C identifier is a function, anything else a file (or directory). Below the tables "
    "stands what their signs mean.",
)

RULES = Command(
    "rules",
    "List the rules: code, severity, status, name and summary.",
    "",
    (LISTING, PLUGINS, HELP),
    ("anonlint rules", "anonlint rules --format json"),
    most=0,
)

EXPLAIN = Command(
    "explain",
    "Explain a rule: what it finds, why it matters, bad and good code, what it misses.",
    "CODE|NAME...",
    (PLUGINS, HELP),
    ("anonlint explain AL101", "anonlint explain pfn-before-kind"),
    least=1,
)

DOCTOR = Command(
    "doctor",
    "Compare the vocabulary with a kernel tree's own headers: where they disagree, what is new, what is gone.",
    "",
    (
        Option(
            ("--tree",),
            "kernel tree whose include/linux headers are read (default: the one that the current directory is in)",
            metavar="DIR",
        ),
        Option(
            ("--propose",),
            "print rows that make known what the tree has and the vocabulary does not: getters, wrappers, renamed "
            "helpers, new swap types",
        ),
        Option(("--words",), "list the helpers on entries that the headers declare and the vocabulary does not know"),
        LISTING,
        HELP,
    ),
    (
        "anonlint doctor --tree ~/linux",
        "anonlint doctor --propose --tree ~/linux > vendor.tsv",
        "anonlint doctor --words --tree ~/linux",
    ),
    most=0,
    notes="Exit status: 0 the vocabulary fits the tree, 1 it disagrees somewhere, 2 the headers cannot be read.",
)

COMPLETION = Command(
    "completion",
    "Print the completion script of a shell.",
    "bash|zsh|fish",
    (HELP,),
    (
        "anonlint completion bash > ~/.local/share/bash-completion/completions/anonlint",
        'anonlint completion zsh > "${fpath[1]}/_anonlint"',
        "anonlint completion fish > ~/.config/fish/completions/anonlint.fish",
    ),
    least=1,
    most=1,
)

_NO_EFFECT = "accepted without effect: it concerns checks that are not ours"
CHECKPATCH = Command(
    "checkpatch",
    "Check patches or files with the command line, output and exit statuses of scripts/checkpatch.pl.",
    "FILE...|-",
    (
        Option(("-q", "--quiet"), "print less; twice: the totals of clean inputs, too"),
        Option(("-v", "--verbose"), "explain each type once"),
        Option(("--emacs",), "emacs compile window format"),
        Option(("--terse",), "one line per report"),
        Option(("--showfile",), "show the file and line in the tree, not in the patch"),
        Option(("-g", "--git"), "treat FILEs as commits: REV, REV-N, A..B"),
        Option(("-f", "--file"), "treat FILEs as source files"),
        Option(("--strict", "--subjective"), "report notes, as CHECK"),
        Option(("--types",), "show only these types", metavar="TYPE,TYPE"),
        Option(("--ignore",), "do not show these types", metavar="TYPE,TYPE"),
        Option(("--show-types",), "show the type of each report"),
        Option(("--list-types",), "list the types and exit"),
        Option(("--root",), "kernel tree: whole functions are seen (default: the current directory's)", metavar="PATH"),
        Option(("--no-tree",), "judge patches on their hunks alone"),
        Option(("--no-summary",), "no line of totals"),
        Option(("--summary-file",), "the input's name before the totals"),
        Option(("--mailback",), "print nothing for clean inputs"),
        Option(("--no-patch",), "stay silent on what is no patch"),
        Option(("--test-only",), "show only reports that hold WORD", metavar="WORD"),
        Option(("--color",), "colour the output (default: auto)", choices=("auto", "always", "never")),
        Option(("--no-signoff", "--no-fixes-tag", "--fix", "--fix-inplace", "--ignore-perl-version"), _NO_EFFECT),
        Option(("--max-line-length", "--tab-size", "--min-conf-desc-length"), _NO_EFFECT, metavar="N"),
        Option(("--codespell",), _NO_EFFECT),
        Option(("--codespellfile", "--typedefsfile", "--kconfig-prefix", "--debug"), _NO_EFFECT, metavar="X"),
        HELP,
    ),
    (
        "anonlint checkpatch 0001-mm-change.patch",
        "anonlint checkpatch --terse --strict -f mm/mprotect.c",
        "anonlint checkpatch -g HEAD-3",
    ),
    notes="Types are the rules' names in capitals with underscores. Exit status: 0 clean, 1 something found "
    "or a wrong option, 2 an input that cannot be read.",
)

KBUILD = Command(
    "kbuild",
    "Check the file that kbuild compiles, in sparse's format on stderr: make C=1 CHECK='anonlint kbuild' mm/",
    "[FLAG...] FILE.c",
    (
        Option(("--strict-exit",), "end with 2 where something goes wrong; else a build is never stopped"),
        KERNEL,
        PLUGINS,
        Option(("--select",), "run only these rules", metavar="CODES"),
        Option(("--ignore",), "do not run these rules", metavar="CODES"),
        HELP,
    ),
    (
        "anonlint kbuild mm/mprotect.c",
        "make C=1 CHECK='anonlint kbuild' mm/mprotect.o",
        "make C=2 CHECK='anonlint kbuild' CF=-Wsparse-error mm/",
    ),
    notes="Of the compiler's and sparse's flags -Wsparse-error (findings end with 1), -fdiagnostic-prefix and "
    "-Wno-anonlint[-RULE] are heeded, all others let be. Notes are shown with W=1.",
)

SETTINGS = Command(
    "settings",
    "Print each setting, its value and where that comes from.",
    "",
    (Option(("--schema",), "print the JSON schema of anonlint.toml"), HELP),
    ("anonlint settings", "anonlint settings --schema > anonlint.schema.json"),
    most=0,
)

CACHE = Command(
    "cache",
    "Show, or empty, the cache of what was found out before.",
    "info|clear",
    (LISTING, HELP),
    ("anonlint cache info", "anonlint cache clear"),
    least=1,
    most=1,
    notes="Results are kept in anonlint/ below $XDG_CACHE_HOME (~/.cache where that is not set), by the content of all "
    "that they depend on: the files, what is in sight of them, vocabulary, rules and anonlint itself. They are never "
    "other than without. What was of no use for longest goes first. check --no-cache, and ANONLINT_NO_CACHE in the "
    "environment, do without.",
)

ARCHIVE = Command(
    "archive",
    "Check all that is new in a public-inbox, a maildir, mailboxes or a git history, and keep what is found in one "
    "database. With the word report: report on it.",
    "DIR|report",
    (
        Option(("--db",), "the database (default: anonlint-archive.sqlite here)", metavar="FILE"),
        Option(("--git",), "check the commits of a range of the clone DIR (else --tree, else here)", metavar="A..B"),
        Option(
            ("--tree",), "clone whose blobs patches apply to: whole functions are seen, not only hunks", metavar="DIR"
        ),
        Option(("-j", "--jobs"), "worker processes (default: one for each processor)", metavar="N"),
        Option(("--scheduler",), "let the workers of a Dask scheduler do it, like tcp://host:8786", metavar="ADDRESS"),
        Option(("--cluster",), "let a Dask cluster of N processes of this machine do it", metavar="local:N"),
        Option(
            ("--budget",), "seconds that one mail may take (default: 60); what takes longer is named", metavar="SECONDS"
        ),
        Option(("--again",), "judge anew what was judged before, too: by other rules, or a newer anonlint"),
        KERNEL,
        Option(("--select",), "run only these rules: codes, prefixes (AL1) or names", metavar="CODES"),
        Option(("--ignore",), "do not run these rules; of --select and --ignore the later wins", metavar="CODES"),
        PREVIEW,
        NO_CACHE,
        Option(("-f", "--format"), "format of the report (default: text)", choices=("text", "json", "html")),
        Option(("--since",), "report only on mails from that day on", metavar="YYYY-MM-DD"),
        Option(
            ("--series",), "report only on the series of a Message-ID, or whose title holds WORDS", metavar="ID|WORDS"
        ),
        Option(("--new",), "report only what the last run has found"),
        OUTPUT,
        Option(("-q", "--quiet"), "say on stderr only what went wrong"),
        HELP,
    ),
    (
        "anonlint archive ~/lore/linux-mm --tree ~/linux",
        "anonlint archive --git v6.12..v6.13 --tree ~/linux --db history.sqlite",
        "anonlint archive report --since 2026-01-01 --format html -o page.html",
        "anonlint archive report --new",
    ),
    least=0,
    most=1,
    notes="Mails are read from where the last run has stopped, series are put together, and each is judged once, "
    "whenever the run is killed: the same command goes on. Exit status: 0 done, 2 wrong usage or unreadable input; "
    "report: 0 nothing to report, 1 something.",
)

COMMANDS = (
    CHECK,
    DIFF,
    CHECKPATCH,
    KBUILD,
    TABLE,
    RULES,
    EXPLAIN,
    extending.RULE,
    extending.VOCABULARY,
    DOCTOR,
    SETTINGS,
    CACHE,
    ARCHIVE,
    *elsewhere.COMMANDS,
    COMPLETION,
    extending.HELPING,
    extending.VERSION,
)


def overview() -> str:
    """Return the text of ``anonlint --help``."""
    lines = ["usage: anonlint COMMAND [ARGUMENT...]", ""]
    lines += [
        "anonlint executes Linux mm functions over every state of a page table entry and",
        "reports what breaks migration entries, exclusive pages and their siblings.",
        "",
        "commands:",
    ]
    for command in COMMANDS:
        words = command.summary.split(". ")[0].rstrip(".").split(":")[0]
        lines.append(f"  {command.name:<12}{words}")
    lines += ["", "options:"]
    lines += [
        "  -h, --help     show this help and exit",
        "  -V, --version  show the version, and whether it is compiled, and exit",
    ]
    lines += ["", "examples:"]
    lines += [f"  {command.examples[0].split('  ')[0]}" for command in COMMANDS]
    lines += ["", "anonlint COMMAND --help describes a command."]
    return "\n".join(lines) + "\n"
