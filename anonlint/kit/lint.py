"""What rules say of C text: the whole file, as its words date it."""

from collections.abc import Sequence
from functools import lru_cache

from anonlint.kernel.era import date
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.model.finding import Finding
from anonlint.model.snapshot import Image, Origin
from anonlint.model.source import Source
from anonlint.rule.plugin import Rule
from anonlint.run.result import ImageResult
from anonlint.run.story import comparison
from anonlint.run.verdict import analyse
from anonlint.run.wake import Wake, wake_words
from anonlint.syntax.lex import words
from anonlint.words.dictionary import Dictionary


@lru_cache
def kernel_words() -> tuple[Vocabulary, Wake]:
    """Return the vocabulary, and the words that wake a function."""
    vocabulary = Vocabulary.load()
    return vocabulary, wake_words(vocabulary)


def analysed(code: str, rules: Sequence[Rule], path: str) -> ImageResult:
    """Analyse C text as a whole file of the release that its words date it to."""
    vocabulary, wake = kernel_words()
    data = code.encode()
    names = {word.decode() for word in words(data)} & vocabulary.words.keys()
    image = Image(Source(path, data))
    return analyse(image, rules, Dictionary(vocabulary, date(names, vocabulary)), wake, Origin(path))


def said(result: ImageResult, rules: Sequence[Rule], path: str) -> list[Finding]:
    """Return the findings of an analysis, comparisons included, in the order of the text."""
    found = list(result.findings)
    for rule in rules:
        members = [member for of, member in result.members if of == rule.code]
        found += comparison(rule, members, Origin(path))
    return sorted(found, key=lambda f: (f.line, f.column, f.code))
