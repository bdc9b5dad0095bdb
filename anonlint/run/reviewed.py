"""What reviewers have written between the lines of a quoted patch, put beside what is found there."""

from collections.abc import Iterable, Iterator, Sequence

from anonlint.model.finding import Finding, Words


def with_words(findings: Iterable[Finding], said: Sequence[Words]) -> tuple[Finding, ...]:
    """Return the findings, each with what is said of a hunk that it, its notes or its tables are about."""
    return tuple(found._replace(asked=tuple(_about(found, said))) for found in findings)


def _about(found: Finding, said: Sequence[Words]) -> Iterator[Words]:
    places = [(found.path, found.line), *((item.path, item.line) for item in found.evidence)]
    places += [(table.path, table.line) for table in found.tables]
    for words in said:
        if any(path == words.path and words.first <= line <= words.last for path, line in places):
            yield words
