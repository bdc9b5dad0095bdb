"""Second masking pass, for the few functions that the first one leaves unparsable.

Every repair keeps the length and changes only what stands between the grammar and the rest of the
function: types as arguments become identifiers, unknown attribute words become spaces.
"""

import re
from collections.abc import Sequence

from anonlint.syntax.mask import KEYWORDS, MaskedText

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*+")
_BASE = rb"unsigned|signed|long|short|int|char|double|float|void|bool|_Bool"
_TYPE_ARGUMENT = re.compile(
    rb"([(,])\s*+((?>(?:(?:const|volatile)\s+)*))"
    rb"((?:struct|union|enum)\s+\w++|(?:" + _BASE + rb")\b(?>(?:\s+(?:" + _BASE + rb")\b)*)|[A-Za-z_]\w*+)"
    rb"((?>(?:\s*+(?:\*|const\b))*))\s*+(?=[,)])"
)
# In f(g(a * b(c), d)); the grammar sees a parameter "a *b(c)"; to the executor one operator is as good as another.
_PRODUCT = re.compile(rb"[\w)]\s++(\*)\s++[\w(]")
_CALLEE = re.compile(rb"([A-Za-z_]\w*+)\s*+\Z")
_NOT_CALLS = frozenset(b"sizeof if while for switch return case typeof __typeof__ do else".split())
# What group 1 matches is replaced.
_SIMPLE = (
    # static DEFINE_X(y);
    (re.compile(rb"\b((?:static|const|extern)\s++)(?=[A-Z_][A-Z0-9_]*+\s*+\()"), b""),
    # DECLARE_X(y) = { ... };
    (
        re.compile(rb"[;{}]\s*+(?:static\s+)?[A-Z_][A-Z0-9_]*+\s*+\([^();{}]*+\)\s*+(=\s*+\{[^{};]*+\})\s*+(?=;)"),
        b"",
    ),
    # operators that the grammar wants a plain type or member for
    (re.compile(rb"\b(_)_alignof(?:__)?(?=\s*+\()"), b"X"),
    (re.compile(rb"\b(_)Alignof(?=\s*+\()"), b"X"),
    (re.compile(rb"\b([ao])(?:lignof|ffsetof)(?=\s*+\()"), b"X"),
    # auto entry = pte_val(pte); (a type of C23)
    (re.compile(rb"\b(auto)(?=\s++[A-Za-z_]\w*+\s*+=)"), b"long"),
    # a label before "}"
    (re.compile(rb"[;{}:)]\s*+(?:[A-Za-z_]\w*+|default|case\s[^:;{}?]*+)\s*+:(\s++)\}"), b";"),
    (re.compile(rb"\bgoto\s*+(\*)"), b""),
    # an operator as argument
    (re.compile(rb",\s*+([=!<>]=|[<>&|])\s*+(?=,)"), b"X"),
)
_TAIL_CALL = re.compile(rb"\}\s*+(\w*each\w*+)\s*+\(")
_NEXT = re.compile(rb"\s*+;")
_STATEMENT_CALL = re.compile(rb"(?:[;{}):]|\belse|\bdo)\s*+([A-Za-z_]\w*+)\s*+\(")
_STATEMENT_NEXT = re.compile(rb"\s*+[A-Za-z_}]")
_ASM = re.compile(
    rb"(__asm__|__asm|\basm|\basm_inline)\b(?>(?:\s*+\b(?:__volatile__|__volatile|volatile|goto|inline)\b)*)\s*+\("
)
_LAST_WORD = re.compile(rb"(?:\b(?:else|do)|[^\w\s])\s*+\Z")
_NESTING = re.compile(rb"\bfor\s*+\(|[(){};]")
_CLOSING = re.compile(rb"\s*+\)")
_BRACE = re.compile(rb"[{}]")
_DO = re.compile(rb"\bdo\s*+\Z")
_STORAGE = frozenset(b"static inline extern const volatile register __inline__ __inline auto".split())
_BASES = frozenset(_BASE.split(b"|"))
_TAGS = frozenset((b"struct", b"union", b"enum"))


def repair(code: bytes, clean: bytes, name: str, misread: Sequence[tuple[int, int]] = ()) -> tuple[bytes, bytes]:
    """Return masked (code, clean) with all repairs applied.

    ``name`` is the function's name; ``misread`` are the spans of calls that the grammar took for types.
    """
    text = MaskedText(code, clean)
    _head(text, name.encode("ascii", "replace"))
    for start, end in misread:
        for match in list(_PRODUCT.finditer(text.clean, start, end)):
            text.put(match.start(1), match.end(1), b"/")
    _type_arguments(text)
    _do_each(text)
    _statement_arguments(text)
    _assembly(text)
    for pattern, new in _SIMPLE:
        for match in list(pattern.finditer(text.clean)):
            text.put(match.start(1), match.end(1), new)
    _missing_semicolons(text)
    assert len(text.code) == len(code)
    return bytes(text.code), bytes(text.clean)


def _head(text: MaskedText, name: bytes) -> None:
    """Leave one type before the function's name and nothing between its parameters and the body."""
    brace = text.clean.find(b"{")
    match = re.search(rb"\b" + re.escape(name) + rb"\s*+\(", text.clean[: max(brace, 0)]) if name else None
    if match is None:
        return
    closed = text.paren(match.end() - 1)
    if 0 <= closed <= brace and b"(" not in text.clean[closed:brace].replace(b"()", b""):
        text.put(closed, brace)
    words = list(_IDENTIFIER.finditer(text.clean, 0, match.start()))
    typed = any(bytes(w[0]) in _BASES or bytes(w[0]) in _TAGS for w in words)
    unknown = []
    before = b""
    for word in words:
        here = bytes(word[0])
        if here not in _STORAGE and here not in _BASES and here not in _TAGS and before not in _TAGS:
            unknown.append(word)
        before = here
    if not typed and unknown:
        # the likeliest type: not an attribute by its spelling, else the last one
        unknown.remove(max(unknown, key=lambda w: (not w[0].startswith(b"__"), w[0].endswith(b"_t"), w.start())))
    for word in unknown:
        text.put(word.start(), word.end())


def _type_arguments(text: MaskedText) -> None:
    """Turn types that are arguments of a call into identifiers: ``struct page *`` into ``struct_page  ``."""
    at = 0
    while True:
        match = _TYPE_ARGUMENT.search(text.clean, at)
        if match is None:
            return
        at = match.end()
        if match[1] == b"(":
            callee = _CALLEE.search(text.clean[max(0, match.start() - 80) : match.start()])
            if callee is None or bytes(callee[1]) in _NOT_CALLS:
                at = match.start() + 1
                continue
        if match[2]:
            text.put(match.start(2), match.end(2))
        if match[4]:
            text.put(match.start(4), match.end(4))
        joined = re.sub(rb"\s", b"_", match[3])
        text.put(match.start(3), match.end(3), joined)


def _do_each(text: MaskedText) -> None:
    """Mask the tail of ``do { ... } for_each_vma(vmi, vma);`` as a while."""
    tails = list(_TAIL_CALL.finditer(text.clean))
    opened = _openers(text.clean) if tails else {}
    for match in tails:
        brace = opened.get(match.start(), 0)
        if not _DO.search(text.clean[max(brace - 200, 0) : brace]):
            continue
        closed = text.paren(match.end() - 1)
        if closed >= 0 and _NEXT.match(text.clean, closed):
            text.put(match.start(1), match.end(1), b"while")


def _openers(clean: bytearray) -> dict[int, int]:
    """Return the "{" of each "}"."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for match in _BRACE.finditer(clean):
        if match[0] == b"{":
            opened.append(match.start())
        elif opened:
            pairs[match.start()] = opened.pop()
    return pairs


def _missing_semicolons(text: MaskedText) -> None:
    """End macro statements that bring their own semicolon: ``FIELDS()`` alone on its lines.

    What follows might be the macro's own body (``if_verbose(x) print(y);``): names with "if" become one.
    """
    for match in list(_STATEMENT_CALL.finditer(text.clean)):
        name = bytes(match[1])
        if name in KEYWORDS:
            continue
        closed = text.paren(match.end() - 1)
        if closed < 0 or not _STATEMENT_NEXT.match(text.clean, closed):
            continue
        if name.startswith(b"if"):
            text.put(match.start(1), match.end(1), b"if")
        elif text.clean[closed] in b" \t\r\n":
            text.put(closed, closed + 1, b";")


def _statement_arguments(text: MaskedText) -> None:
    """Turn ``;`` between statements that are arguments into commas: ``CHECK(a, f(b); g(b);)``."""
    inside = [b"{"]
    for match in list(_NESTING.finditer(text.clean)):
        token = bytes(match[0])
        if token in (b")", b"}"):
            if len(inside) > 1:
                inside.pop()
        elif token != b";":
            inside.append(token)
        elif inside[-1] == b"(":
            last = _CLOSING.match(text.clean, match.end()) is not None
            text.put(match.start(), match.end(), b"" if last else b",")


def _assembly(text: MaskedText) -> None:
    """Turn assembly statements into a word, and drop the registers of variables."""
    for match in list(_ASM.finditer(text.clean)):
        closed = text.paren(match.end() - 1)
        if closed >= 0:
            statement = _LAST_WORD.search(text.clean[max(match.start() - 200, 0) : match.start()])
            text.put(match.start(), closed, b"Asm" if statement else b"")
