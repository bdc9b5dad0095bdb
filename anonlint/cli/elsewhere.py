"""The subcommands for where people look at findings elsewhere: git, b4, mails, Patchwork, models, editors."""

from anonlint.cli.options import Command, Option
from anonlint.cli.shared import HELP, JOBS, KERNEL, NO_TREE, QUIET, TREE, VERBOSE

HOOK = Command(
    "hook",
    "Install a git hook that runs anonlint; print it; or remove it. An existing hook is never overwritten.",
    "install|show|uninstall pre-commit|pre-applypatch|pre-push|sendemail-validate",
    (Option(("--tree",), "clone whose hooks are meant (default: here)", metavar="DIR"), HELP),
    (
        "anonlint hook install pre-commit          # git commit checks what is staged",
        "anonlint hook install pre-applypatch      # git am checks each patch",
        "anonlint hook install pre-push            # git push checks what it sends",
        "anonlint hook install sendemail-validate  # git send-email checks each mail",
        "anonlint hook show pre-commit",
    ),
    least=2,
    most=2,
    notes="A hook goes where git looks for it: core.hooksPath, or the hooks directory that all work trees of the "
    "clone share. It stops git where anonlint check does not end with 0, and says how to go on all the same.",
)

B4 = Command(
    "b4",
    "Check one mail on stdin for b4: a line per finding for b4 prep and b4 am, JSON for b4 review.",
    "",
    (
        Option(("-f", "--format"), "protocol (default: text)", choices=("text", "json")),
        TREE,
        NO_TREE,
        Option(
            ("--fail-level",),
            "least severity that is reported (default: warning)",
            choices=("note", "warning", "error", "never"),
        ),
        Option(("--rules-version",), "not used; b4 checks again when its command has changed", metavar="WORD"),
        HELP,
    ),
    (
        "git config b4.prep-perpatch-check-cmd 'anonlint b4'",
        "git config b4.am-perpatch-check-cmd 'anonlint b4'",
        "git config b4.review-perpatch-check-cmd 'anonlint b4 --format json'",
        "anonlint b4 < v2-0001-mm-fix.patch",
    ),
    most=0,
    notes="Nothing is printed where there is nothing to report, for b4 takes every line for a failure or a warning. "
    "The kernel tree is the one that the current directory is in: b4 runs its checks at the top of the clone.",
)

REPLY = Command(
    "reply",
    "Write the answer to a patch mail that a reviewer would send: its hunks quoted, each finding below the line "
    "that it is about. Nothing is sent.",
    "MAIL|MBOX|-",
    (
        TREE,
        NO_TREE,
        Option(("--quoted",), "also answer mails that only quote a patch"),
        Option(
            ("--fail-level",),
            "least severity that is told, and makes the exit status 1 (default: warning)",
            choices=("note", "warning", "error"),
        ),
        KERNEL,
        Option(("--select",), "tell only of these rules: codes, prefixes (AL1) or names", metavar="CODES"),
        Option(("--ignore",), "do not tell of these rules", metavar="CODES"),
        JOBS,
        Option(
            ("-o", "--output"),
            "write the answers to FILE, a mailbox; with a slash at its end, into that directory, a file for each",
            metavar="FILE|DIR/",
        ),
        QUIET,
        VERBOSE,
        HELP,
    ),
    (
        "anonlint reply --tree ~/linux v2-series.mbox",
        "anonlint reply -o answers/ v2-series.mbox && git send-email answers/*.eml",
        "b4 am -o - MSGID | anonlint reply - > reply.mbox && mutt -f reply.mbox",
    ),
    least=1,
    most=1,
    notes="The answers have To, Cc, In-Reply-To and References, and no From: what sends them knows who you are. "
    "Their text is plain, 72 columns wide; read it before you send it.",
)

PATCHWORK = Command(
    "patchwork",
    "Post what is found in patch mails as checks to a Patchwork server, one for each patch.",
    "MAIL|MBOX|-",
    (
        Option(("--server",), "address of the server", metavar="URL"),
        Option(("--project",), "link name or list id of the project there", metavar="NAME"),
        Option(("--context",), "context of the check (default: anonlint)", metavar="WORD"),
        Option(("--target-url",), "where a reader of the check is sent", metavar="URL"),
        Option(("--dry-run",), "post nothing, print what would be posted"),
        TREE,
        NO_TREE,
        KERNEL,
        Option(("--select",), "run only these rules: codes, prefixes (AL1) or names", metavar="CODES"),
        Option(("--ignore",), "do not run these rules", metavar="CODES"),
        QUIET,
        VERBOSE,
        HELP,
    ),
    ("anonlint patchwork --server https://pw.example.org --project linux-mm v2.mbox",),
    least=1,
    most=1,
    notes="The token of your account on the server is read from the environment only: PATCHWORK_TOKEN. Errors make the "
    "state fail, warnings warning, all else success. Exit status: 0 all checks are posted, 2 one is not, or a patch "
    "could not be checked.",
)

MCP = Command(
    "mcp",
    "Serve the Model Context Protocol over standard input and output: check, table, explain and vocabulary, for "
    "reviewers that are programs.",
    "",
    (
        Option(
            ("--tree",),
            "kernel tree to serve; nothing outside of it is read (default: the one that the current directory is in)",
            metavar="DIR",
        ),
        KERNEL,
        HELP,
    ),
    ("anonlint mcp --tree ~/linux",),
    most=0,
    notes="It needs the extra: pip install 'anonlint[mcp]'. All tools read only. Settings are those of the tree.",
)

LSP = Command(
    "lsp",
    "Serve an editor by the Language Server Protocol over standard input and output: findings as one types, what names "
    "mean, effect tables, replacements.",
    "",
    (
        Option(
            ("--tree",),
            "kernel tree (default: the one that the editor's folder is in)",
            metavar="DIR",
        ),
        KERNEL,
        Option(("--select",), "run only these rules: codes, prefixes (AL1) or names", metavar="CODES"),
        Option(("--ignore",), "do not run these rules", metavar="CODES"),
        HELP,
    ),
    ("anonlint lsp",),
    most=0,
    notes="It needs the extra: pip install 'anonlint[lsp]'. docs/editors.md shows how Neovim, Vim, Emacs and Visual "
    "Studio Code start it.",
)

COMMANDS = (HOOK, B4, REPLY, PATCHWORK, MCP, LSP)
