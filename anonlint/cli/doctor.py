"""``anonlint doctor``: say where the vocabulary and a kernel tree disagree."""

import os
from typing import TYPE_CHECKING, Any

from anonlint.cli import inputs, output
from anonlint.cli.options import Parsed

if TYPE_CHECKING:
    from anonlint.kernel.doctor import Diagnosis
    from anonlint.kernel.vocabulary import Vocabulary


def run(parsed: Parsed) -> int:
    """Compare, print and return the exit status: 1 if a word means something else in the tree."""
    from anonlint.kernel.doctor import diagnose

    vocabulary = inputs.vocabulary(inputs.settings())
    tree = inputs.tree(parsed) or "."
    if parsed.flag("words"):
        return words(tree, vocabulary)
    if parsed.flag("propose"):
        return proposals(tree, vocabulary)
    diagnosis = diagnose(tree, vocabulary)
    output.write(as_json(diagnosis) if parsed.last("format") == "json" else as_text(diagnosis))
    return 1 if diagnosis.disagree else 0


def words(tree: str, vocabulary: "Vocabulary") -> int:
    """Print the helpers on entries that the tree's headers declare and the vocabulary does not know; return 0."""
    from anonlint.errors import InputError
    from anonlint.kernel.sweep import unknown
    from anonlint.report.safe import safe

    if not os.path.isdir(os.path.join(tree, "include", "linux")):
        raise InputError(tree, "no kernel tree: there is no include/linux (--tree names one)")
    found = unknown(tree, vocabulary)
    for item in found:
        output.write(safe(f"{item.path}:{item.line}: {item.name}({item.params})") + "\n")
    output.write(f"{len(found)} helpers on entries that the vocabulary does not know\n")
    return 0


def proposals(tree: str, vocabulary: "Vocabulary") -> int:
    """Print rows for what the tree has and the vocabulary does not know, as a file that loads; return 0."""
    from anonlint.kernel.propose import propose
    from anonlint.report.safe import safe

    found = propose(tree, vocabulary)
    output.write(
        '# What this tree has beside the words that anonlint knows. Settings: vocabulary = ["this-file.tsv"]\n'
    )
    for item in found.rows:
        output.write(f"\n# {safe(item.place)}: {safe(item.why)}\n{safe(item.row)}\n")
    guessed = sum(not item.sure for item in found.rows)
    output.complain(f"{len(found.rows)} rows, {guessed} of them guessed by name: read those before you use them")
    if found.left:
        output.complain(f"{len(found.left)} more helpers on entries are not known (doctor --words lists all)")
    return 0


def as_text(diagnosis: "Diagnosis") -> str:
    """Return the diagnosis for people: the counts, then only what needs a look."""
    from anonlint.report.safe import safe

    lines = [f"{diagnosis.tree}: {release(diagnosis)}", *counts(diagnosis)]
    lines += _listed(
        "disagree:",
        [
            f"{item.name}: the vocabulary says {item.vocabulary}, the tree {item.tree} ({item.place})"
            for item in diagnosis.disagree
        ],
    )
    lines += _listed(
        "new:",
        [
            f"{item.name}: {item.cls} {item.meaning} ({item.place})"
            + (f"; known in {item.elsewhere}" if item.elsewhere else "")
            for item in diagnosis.new
        ],
    )
    lines += _listed("rows that make them known (setting: vocabulary):", [new.row for new in diagnosis.new if new.row])
    lines += _listed("gone:", list(diagnosis.gone))
    lines += _listed("not evaluated:", _by_reason(diagnosis))
    return "".join(safe(line) + "\n" for line in lines)


def release(diagnosis: "Diagnosis") -> str:
    """Return the releases whose words the tree has, as far as they tell."""
    from anonlint.kernel.doctor import older

    if said := older(diagnosis):
        return f"of {_version(diagnosis.era.until)}{said}"
    since, until = _version(diagnosis.era.since), _version(diagnosis.era.until)
    if since == until:
        return f"the words of {since}" if since else "of no known release"
    return f"the words of {since}-{until}"


def counts(diagnosis: "Diagnosis") -> list[str]:
    """Return one line for each list of the diagnosis."""
    return [
        f"{len(diagnosis.agree):5} agree (derived from the tree's own definitions)",
        f"{len(diagnosis.disagree):5} disagree",
        f"{len(diagnosis.new):5} new in the tree",
        f"{len(diagnosis.gone):5} gone from the tree",
        f"{len(diagnosis.presence):5} there (only their presence is checked)",
        f"{len(diagnosis.unevaluated):5} not evaluated",
    ]


def as_json(diagnosis: "Diagnosis") -> str:
    """Return the diagnosis as JSON, schema 1."""
    import json

    era = diagnosis.era
    document: dict[str, Any] = {
        "schema": 1,
        "tree": diagnosis.tree,
        "era": {
            "since": _version(era.since) or None,
            "until": _version(era.until) or None,
            "evidence": list(era.evidence),
        },
        "compared": _version(diagnosis.compared) or None,
        "agree": list(diagnosis.agree),
        "disagree": [item._asdict() for item in diagnosis.disagree],
        "new": [item._asdict() for item in diagnosis.new],
        "gone": list(diagnosis.gone),
        "unevaluated": [{"name": name, "reason": reason} for name, reason in diagnosis.unevaluated],
        "presence": list(diagnosis.presence),
    }
    return json.dumps(document, ensure_ascii=True, indent=1) + "\n"


def _version(era: tuple[int, int] | None) -> str:
    return f"{era[0]}.{era[1]}" if era else ""


def _by_reason(diagnosis: "Diagnosis") -> list[str]:
    """Return a line for each reason why words could not be evaluated."""
    names: dict[str, list[str]] = {}
    for name, reason in diagnosis.unevaluated:
        names.setdefault(reason, []).append(name)
    return [f"{reason}: {', '.join(found)}" for reason, found in names.items()]


def _listed(title: str, items: list[str]) -> list[str]:
    return ["", title, *(f"  {item}" for item in items)] if items else []
