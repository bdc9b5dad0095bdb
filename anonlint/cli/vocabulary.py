"""``anonlint vocabulary``: what is known of a word, the words of a class, or which classes there are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from anonlint.cli import inputs, output
from anonlint.cli.options import Parsed, near
from anonlint.errors import UsageError
from anonlint.report.safe import safe

if TYPE_CHECKING:
    from anonlint.kernel.vocabulary import Vocabulary
    from anonlint.kernel.word import Word


def run(parsed: Parsed) -> int:
    """Print what the operands ask for; return 0."""
    from anonlint.kernel import reference

    settings = inputs.settings()
    vocabulary = inputs.vocabulary(settings)
    if not parsed.operands:
        output.write("".join(_overview(vocabulary)))
        return 0
    parts = []
    for name in parsed.operands:
        if name in vocabulary.words:
            parts.append("".join(_word(name, vocabulary.words[name], settings.vocabulary, settings.path)))
        elif name in reference.CLASSES:
            parts.append("".join(_class(name, vocabulary)))
        else:
            hint = near(name, [*vocabulary.words, *reference.CLASSES]) or " (anonlint doctor --propose makes rows)"
            raise UsageError(f"vocabulary: {name!r} is neither a word nor a class{hint}")
    output.write("\n".join(parts))
    return 0


def _overview(vocabulary: "Vocabulary") -> Iterator[str]:
    """Yield a line for each class: how many words it has, and what they do."""
    from anonlint.kernel import reference

    counts: dict[str, int] = {}
    for rows in vocabulary.words.values():
        for cls in {row.cls for row in rows}:
            counts[cls] = counts.get(cls, 0) + 1
    width = max(map(len, reference.CLASSES))
    for cls, text in sorted(reference.CLASSES.items()):
        yield f"{counts.get(cls, 0):4}  {cls:<{width}}  {text}\n"
    yield f"{len(vocabulary.words):4}  words (anonlint vocabulary CLASS lists those of a class)\n"


def _class(name: str, vocabulary: "Vocabulary") -> Iterator[str]:
    """Yield what a class is, and its words with their releases."""
    from anonlint.kernel import reference
    from anonlint.kernel.classes import CLASSES

    yield f"{name}: {reference.CLASSES[name]}\n"
    sort = CLASSES[name]
    for title, keys in (("has to say", sort.needs), ("may say", tuple(sorted(sort.may)))):
        for key in keys:
            yield f"  {title:<10}  {key}=  {reference.KEYS[key]}\n"
    for word, rows in sorted(vocabulary.words.items()):
        spans = [_span(row) for row in rows if row.cls == name]
        if spans:
            yield f"{word}  {', '.join(spans)}\n"


def _word(name: str, rows: "tuple[Word, ...]", added: tuple[str, ...], where: str) -> Iterator[str]:
    """Yield all that is known of a word, release by release."""
    from anonlint.kernel import reference
    from anonlint.kernel.vocabulary import places

    declared = places(name, added, where)
    yield f"{name}\n"
    for row, place in zip(rows, declared[-len(rows) :], strict=False):
        yield f"\n  {_span(row)}  {row.cls}: {reference.CLASSES[row.cls]}\n"
        if row.prototype != "-":
            yield f"    {safe(row.prototype)}\n"
        for key, value in row.meaning.items():
            yield f"    {key}={value:<{max(1, 16 - len(key))}}  {reference.KEYS[key]}{_kinds(key, value)}\n"
        yield f"    declared in {safe(place)}\n"


def _kinds(key: str, value: str) -> str:
    """Return what the kinds or the domain in a value are."""
    from anonlint.kernel import reference
    from anonlint.kernel.classes import GROUPS

    if key == "on" and value in reference.DOMAINS:
        return f": {reference.DOMAINS[value]}"
    if key not in ("true", "maybe", "kind", "else", "implies", "kinds", "folds"):
        return ""
    told = [reference.KINDS[kind] for kind in value.split(",") if kind not in GROUPS]
    return f": {'; '.join(told)}" if told else ""


def _span(row: "Word") -> str:
    until = f"{row.until[0]}.{row.until[1]}" if row.until else ""
    return f"{row.since[0]}.{row.since[1]}-{until}"
