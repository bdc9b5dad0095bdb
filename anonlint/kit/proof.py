"""Tests rules as ``anonlint rule test`` does: their pages, their examples, and what keeps a text's meaning."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from anonlint.kit.changes import TRANSFORMATIONS
from anonlint.kit.lint import analysed, said
from anonlint.kit.notes import Found, Note, notes, problems
from anonlint.kit.transform import ALL
from anonlint.model.finding import Finding
from anonlint.rule.examples import examples, folder
from anonlint.rule.outside import place
from anonlint.rule.plugin import Rule

Verdict = Counter[tuple[str, str]]

_OUTLINED = re.compile(r"(?:outlined_\d+_of_)+")
_SECTIONS = ("Why:", "Misses:")


def wrong(rule: Rule, rules: Sequence[Rule]) -> list[str]:
    """Return what is wrong with a rule, each as "file:line: why": its page, its fixtures, its verdicts.

    ``rules`` are all that are tested with it: each finding of theirs in its fixtures has to be wanted there.
    """
    return [*_page(rule), *_has_examples(rule), *_fixtures(rule, rules)]


def fixtures(rule: Rule) -> list[str]:
    """Return the C files that a rule is tested with."""
    where = folder(rule)
    return [os.path.join(where, name) for name in sorted(os.listdir(where)) if name.endswith(".c")] if where else []


def _page(rule: Rule) -> Iterator[str]:
    """Yield what a rule's page lacks."""
    where = place(rule)
    if not (rule.summary[:1].isupper() and rule.summary.endswith(".")):
        yield f"{where}: the docstring begins with a sentence that says what is wrong: a capital, and a full stop"
    for section in _SECTIONS:
        if not re.search(rf"^{section} \S", rule.doc, re.M):
            yield f"{where}: the docstring has no {section!r} at the start of a line"
    for what in ("breaks", "help"):
        if not getattr(rule, what):
            yield f"{where}: {what}= is empty: a reader of a finding wants to know"


def _has_examples(rule: Rule) -> Iterator[str]:
    """Yield what examples a rule lacks, and which do not show what their names say."""
    there = examples(rule)
    for bad in (True, False):
        if not any(example.bad == bad for example in there):
            name = f"fixtures/{rule.code}-{rule.name}/{'bad' if bad else 'good'}.c"
            yield f"{place(rule)}: there is no {name} at or above it"
    for example in there:
        wants = any(note.want and not note.todo and note.code == rule.code for note in _notes(example.code))
        if example.bad and not wants:
            yield f'{example.path}:1: nothing is wanted of {rule.code} in it: /* want {rule.code} "message" */'
        if not example.bad and wants:
            yield f"{example.path}:1: {rule.code} is wanted in what is said to be good"


def _fixtures(rule: Rule, rules: Sequence[Rule]) -> Iterator[str]:
    """Yield what is wrong with the fixtures of a rule: notes, messages, verdicts that hang on how a text is written."""
    for path in fixtures(rule):
        with open(path, encoding="utf-8") as file:
            code = file.read()
        try:
            stated = _notes(code)
        except ValueError as error:
            yield f"{path}:{error}"
            continue
        result = analysed(code, rules, path)
        yield from (f"{skip.path}:{skip.line}: {skip.function}(): {skip.reason}" for skip in result.skipped)
        found = said(result, rules, path)
        yield from problems(path, stated, [Found(f.line, f.code, f.message) for f in found])
        yield from (f"{path}:{f.line}: {why}" for f in found for why in _messages(f))
        yield from (f"{path}: {name}: {change}" for name, change in changes(code, found, rules, path).items())


def _notes(code: str) -> list[Note]:
    return notes(list(enumerate(code.splitlines(), 1)))


def _messages(finding: Finding) -> Iterator[str]:
    """Yield what is wrong with the form of a finding's messages."""
    for text in (finding.message, *(item.message for item in finding.evidence)):
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        if not word or text.endswith((".", "!")) or "\n" in text:
            yield f"{finding.code}: a message is one line with no full stop: {text!r}"
        elif text[0].isupper() and word.isalpha() and not word.isupper():
            yield f"{finding.code}: a message starts low: {text!r}"


def changes(code: str, found: Sequence[Finding], rules: Sequence[Rule], path: str) -> dict[str, str]:
    """Return what each change of a text that keeps its meaning changes in the verdict; nothing where all is well."""
    before, data = verdict(found), code.encode()
    wrong_ones = {}
    for name, transform in TRANSFORMATIONS.items():
        changed = transform(data, ALL)
        if changed != data:
            text = changed.decode()
            after = verdict(said(analysed(text, rules, path), rules, path))
            change = difference(before, after, codes_only=name == "inlined")
            if change:
                wrong_ones[name] = change
    return wrong_ones


def verdict(found: Sequence[Finding]) -> Verdict:
    """Return (code, function) of every finding; of a helper that was moved out, the function that it came from."""
    return Counter({(f.code, _OUTLINED.sub("", f.function)) for f in found})


def difference(before: Verdict, after: Verdict, *, codes_only: bool) -> str:
    """Return what one verdict says less ("-CODE function") or more ("+") than another, "" where they are one."""
    if codes_only:  # the helper is gone, and what was found in it is found where it went
        before, after = (Counter({(code, "") for code, _ in verdict}) for verdict in (before, after))
    signs = [(sign, item) for sign, items in (("-", before - after), ("+", after - before)) for item in sorted(items)]
    return ", ".join(f"{sign}{code} {function}".rstrip() for sign, (code, function) in signs)
