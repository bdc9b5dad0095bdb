"""What a condition asks, as a value: which word, of what, compared with which number, about which flags.

Two conditions that ask the same are equal, however they are written: operands in another order, ``!x`` or ``x == 0``,
``x > 1`` or ``!(x <= 1)``, a local that holds the answer.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from anonlint.graph.ir import Expr, walk
from anonlint.graph.liveness import text
from anonlint.words.dictionary import Dictionary, Op

_EITHER_WAY = frozenset(("==", "!=", "&", "|", "^", "+", "*"))
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
# A comparison with a number as one of "==" and "<=": (which, what is added to the number, whether it is turned round).
_PLAIN = {
    "==": ("==", 0, False),
    "!=": ("==", 0, True),
    "<=": ("<=", 0, False),
    ">": ("<=", 0, True),
    "<": ("<=", -1, False),
    ">=": ("<=", -1, True),
}
_COUNTS = frozenset(("refcount", "mapcount", "swap-count"))  # whose answer is a number; that of others is yes or no
_MOST_LOCALS = 16  # that one condition is looked through for
_DEEPEST = 4  # locals of locals of ... that a flag is looked for in


class Local(NamedTuple):
    """What a variable holds: ``fresh`` says that nothing it was made of has changed since."""

    value: Expr
    fresh: bool


Locals = Mapping[str, Local]


class Question:
    """A condition without ``&&``, ``||`` and ``!``; equal are those that ask the same of the same.

    ``op`` is the word that is asked, ``args`` are its operands as ``spelled()``; ``against`` is "==" or "<=" where the
    answer is compared with ``number``. ``flags`` are the words of the flags that are tested, ``equals`` those of them
    that alone are to be set, where that is asked. ``words`` are all words in it, ``names`` the variables that it reads.
    """

    __slots__ = ("against", "args", "equals", "flags", "names", "number", "op", "text", "words")

    def __init__(self, spelling: str) -> None:
        self.text = spelling
        self.op: Op | None = None
        self.args: tuple[str, ...] = ()
        self.against = ""
        self.number: int | None = None
        self.flags: tuple[Op, ...] = ()
        self.equals: tuple[Op, ...] = ()
        self.words: tuple[Op, ...] = ()
        self.names: frozenset[str] = frozenset()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        """Return a short form for debugging."""
        return f"<{self.text}>"

    def of(self, cls: str, **meaning: str) -> bool:
        """Return whether it asks a word of a class whose row says all that."""
        op = self.op
        return op is not None and op.cls == cls and all(op.meaning.get(key) == said for key, said in meaning.items())

    def tests(self, key: str, fact: str) -> bool:
        """Return whether it tests a flag of which the vocabulary says that under a key."""
        return any(fact in flag.says(key) for flag in self.flags)

    @property
    def is_one(self) -> bool:
        """Return whether yes means that a count is one."""
        return self.number == 1 and self.op is not None and self.op.cls in _COUNTS

    @property
    def is_cow(self) -> bool:
        """Return whether yes means that the mapping is copied on write."""
        if self.of("cow-test"):
            return True
        said = {flag.meaning.get("cow", "?") for flag in self.equals}
        others = {flag.meaning.get("cow", "?") for flag in self.flags if flag not in self.equals}
        return said == {"1"} and others == {"0"}


class Answer(NamedTuple):
    """A question with how it came out."""

    question: Question
    yes: bool

    @property
    def opposite(self) -> "Answer":
        """Return the other answer."""
        return Answer(self.question, not self.yes)


class Condition(NamedTuple):
    """A condition with every ``!`` at its questions: an answer, or "all" or "any" of several parts."""

    how: str
    answer: Answer | None
    parts: "tuple[Condition, ...]"

    def joined(self) -> "Iterator[tuple[Answer, frozenset[str]]]":
        """Yield the answers that it is made of, each with how it is joined with others."""
        stack = [(self, frozenset[str]())]
        while stack:
            here, hows = stack.pop()
            if here.answer is not None:
                yield here.answer, hows
            stack.extend((part, hows | {here.how}) for part in reversed(here.parts))

    def questions(self) -> frozenset[Question]:
        """Return what it asks."""
        return frozenset(answer.question for answer, _ in self.joined())

    def known(self, *, yes: bool) -> frozenset[Answer]:
        """Return the answers that are known once the whole has come out as yes, or as no."""
        if self.answer is not None:
            return frozenset((self.answer if yes else self.answer.opposite,))
        if yes is not (self.how == "all"):
            return frozenset()
        return frozenset(answer for part in self.parts for answer in part.known(yes=yes))

    def terms(self) -> "frozenset[Condition]":
        """Return what all has to hold, the condition itself where it is not several."""
        return frozenset(self.parts) if self.how == "all" else frozenset((self,))


def spelled(expr: Expr, data: bytes) -> str:
    """Return an expression in one spelling of all that mean the same."""
    if expr.op == "opaque":
        return text(expr, data)
    if expr.op in ("id", "num", "str"):
        return expr.name or text(expr, data)
    args = [spelled(arg, data) for arg in expr.args]
    name = expr.name
    if expr.op == "bin" and name in _EITHER_WAY:
        args.sort()
    elif expr.op == "bin" and name in (">", ">="):
        name, args = _MIRRORED[name], args[::-1]
    return f"{name or expr.op}({','.join(args)})" if expr.op != "field" else f"{args[0]}->{name}"


class Reader:
    """Reads the conditions of one text."""

    def __init__(self, dictionary: Dictionary, data: bytes) -> None:
        self.dictionary = dictionary
        self.data = data
        self._left = 0

    def condition(self, expr: Expr, known: Locals) -> Condition:
        """Return what an expression asks where it stands as a condition; ``known`` is what its locals hold."""
        self._left = _MOST_LOCALS
        return self._read(expr, known, yes=True)

    def _read(self, expr: Expr, known: Locals, *, yes: bool) -> Condition:
        if expr.op == "not":
            return self._read(expr.args[0], known, yes=not yes)
        if expr.op in ("and", "or"):
            how = "all" if (expr.op == "and") is yes else "any"
            return _joined(how, [self._read(arg, known, yes=yes) for arg in expr.args])
        if expr.op == "comma" or (expr.op == "assign" and expr.name == "="):
            return self._read(expr.args[-1], known, yes=yes)
        if expr.op == "bin" and expr.name in _PLAIN:
            return self._compared(expr, known, yes=yes)
        local = known.get(expr.name) if expr.op == "id" else None
        if local is not None and local.fresh and self._left > 0:
            self._left -= 1
            return self._read(local.value, known, yes=yes)
        return _leaf(self._question(expr, known), yes=yes)

    def _compared(self, expr: Expr, known: Locals, *, yes: bool) -> Condition:
        """Return what a comparison asks: with a number in one form of it, with 0 the bare question."""
        name, (left, right) = expr.name, expr.args
        if left.op == "num":
            name, left, right = _MIRRORED.get(name, name), right, left
        if right.op != "num":
            return self._masked(expr, known, yes=yes)
        which, added, turned = _PLAIN[name]
        number = int(right.name) + added
        yes = yes is not turned
        if which == "==" and number == 0:
            return self._read(left, known, yes=not yes)
        question = self._question(left, known)
        if which == "==" and number == 1 and question.op is not None and question.op.cls not in _COUNTS:
            return _leaf(question, yes=yes)  # == true
        question.text = f"{which}({question.text},{number})"
        question.against, question.number = which, number
        return _leaf(question, yes=yes)

    def _masked(self, expr: Expr, known: Locals, *, yes: bool) -> Condition:
        """Return what a comparison with no number asks: of a mask, which of its flags alone are set."""
        left, right = expr.args
        if expr.name not in ("==", "!="):
            return self._ordered(expr, yes=yes)
        yes = yes is not (expr.name == "!=")
        mask, wanted = (left, right) if left.op == "bin" and left.name == "&" else (right, left)
        question = self._question(mask, known)
        equals = self.flags(wanted, known)
        if question.flags and len(question.flags) == 1 and question.flags == equals:
            return _leaf(question, yes=yes)  # (x & F) == F asks what x & F does
        question.op, question.args = None, ()
        question.text = f"==({','.join(sorted((question.text, spelled(wanted, self.data))))})"
        question.names |= _names(wanted)
        question.words += self._words(wanted)
        question.equals = equals
        return _leaf(question, yes=yes)

    def _ordered(self, expr: Expr, *, yes: bool) -> Condition:
        """Return a comparison of two values, neither a number: all are made of "<="."""
        left, right = (spelled(arg, self.data) for arg in expr.args)
        if expr.name in ("<", ">="):
            left, right = right, left
        question = self._plain(expr)
        question.text = f"<=({left},{right})"
        return _leaf(question, yes=yes is (expr.name in ("<=", ">=")))

    def _question(self, expr: Expr, known: Locals) -> Question:
        """Return the question that an expression is; of a local that is out of date, which word it was."""
        local = known.get(expr.name) if expr.op == "id" else None
        asked = local.value if local is not None else expr
        question = self._plain(asked if local is not None and local.fresh else expr)
        question.op = self.op(asked)
        question.words = self._words(asked)
        if asked.op == "call":
            question.args = tuple(spelled(arg, self.data) for arg in asked.args)
        elif asked.op == "bin" and asked.name == "&":
            sides = (self.flags(arg, held) for held in ({}, known) for arg in asked.args)  # a constant is the mask
            question.flags = next(filter(None, sides), ())
        if question.op is not None and 0 <= question.op.at("flag") < len(asked.args):
            question.flags = self._bit(asked.args[question.op.at("flag")])
        return question

    def _plain(self, expr: Expr) -> Question:
        question = Question(spelled(expr, self.data))
        question.names = _names(expr)
        question.words = self._words(expr)
        return question

    def _words(self, expr: Expr) -> tuple[Op, ...]:
        return tuple(op for inner in walk(expr) if (op := self.op(inner)) is not None)

    def op(self, expr: Expr) -> Op | None:
        """Return the word that a call is one of."""
        return self.dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None

    def flags(self, expr: Expr, known: Locals, deep: int = _DEEPEST) -> tuple[Op, ...]:
        """Return the flags that an expression has set for certain, of those that are words."""
        local = known.get(expr.name) if expr.op == "id" and deep else None
        if local is not None:
            return self.flags(local.value, known, deep - 1)
        if expr.op == "bin" and expr.name == "|":
            return tuple(flag for arg in expr.args for flag in self.flags(arg, known, deep))
        word = self.dictionary.op(expr.name, 0) if expr.op == "id" else None
        return (word,) if word is not None and word.cls == "flag-constant" else ()

    def _bit(self, expr: Expr) -> tuple[Op, ...]:
        """Return the flag whose number stands there."""
        name = self.dictionary.meaning(expr.name, "is") if expr.op == "id" else ""
        flag = self.dictionary.op(name, 0) if name else None
        return (flag,) if flag is not None else ()


def _names(expr: Expr) -> frozenset[str]:
    return frozenset(e.name for e in walk(expr) if e.op == "id")


def _leaf(question: Question, *, yes: bool) -> Condition:
    return Condition("one", Answer(question, yes), ())


def _joined(how: str, parts: list[Condition]) -> Condition:
    """Return several conditions as one; what is joined alike is one list."""
    flat = [inner for part in parts for inner in (part.parts if part.how == how else (part,))]
    return Condition(how, None, tuple(flat))
