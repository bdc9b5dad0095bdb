"""``anonlint rule``: begin a rule of one's own, and test it as the built-in ones are tested."""

import os

from anonlint.cli import output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError
from anonlint.intake import ground
from anonlint.policy.values import located
from anonlint.report.safe import safe


def run(parsed: Parsed) -> int:
    """Do what the first operand says."""
    what, *rest = parsed.operands
    if what == "new":
        return _new(rest)
    if what == "test":
        return _test(rest)
    if what == "facts":
        return _facts(rest)
    from anonlint.cli.options import near

    raise UsageError(f"rule: {what!r} is none of new, test, facts{near(what, ('new', 'test', 'facts'))}")


def _new(words: list[str]) -> int:
    if len(words) not in (2, 3):
        raise UsageError("rule new: takes CODE NAME [DIRECTORY], such as XY101 a-bad-thing rules")
    from anonlint.kit.scaffold import new

    directory = words[2] if len(words) == 3 else "."
    for path in new(words[0], words[1], directory):
        output.write(f"{safe(path)}\n")
    output.complain(f"anonlint rule test {safe(directory)} tests it; docs/writing-rules.md says how to go on")
    return 0


def _test(words: list[str]) -> int:
    from anonlint.kit.proof import fixtures, wrong
    from anonlint.rule import registry

    if not words:
        raise UsageError("rule test: a directory or file of rules is missing")
    named = [os.path.join(".", word) if os.path.exists(word) and not os.path.isabs(word) else word for word in words]
    rules = registry.outside(located(named, ground.here()))
    failed = 0
    for rule in rules:
        lines = wrong(rule, rules)
        output.write("".join(safe(_short(line)) + "\n" for line in lines))
        failed += bool(lines)
        state = f"{len(lines)} wrong" if lines else "well"
        output.write(f"{rule.code} {rule.name}: {len(fixtures(rule))} fixtures, each in all its spellings: {state}\n")
    count = f"{len(rules)} rule{'s' * (len(rules) != 1)} tested"
    output.complain(f"{count}, {failed} with something wrong" if failed else f"{count}, nothing wrong")
    return int(failed > 0)


def _facts(paths: list[str]) -> int:
    from anonlint.intake import files
    from anonlint.kit.seen import seen

    if not paths:
        raise UsageError("rule facts: a C file is missing")
    for path in paths:
        code = files.read(path).decode("utf-8", "replace")
        output.write("".join(safe(line) + "\n" for line in seen(code, path)))
    return 0


def _short(line: str) -> str:
    """Return a line about a file with the file's name as one would type it here."""
    here = ground.here() + os.sep
    return line.removeprefix(here)
