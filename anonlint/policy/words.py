"""Words that both settings and the command line take."""

FORMATS = (
    "text",
    "gcc",
    "full",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "rdjson",
    "checkstyle",
    "junit",
    "markdown",
    "lkp",
    "html",
)
