"""Loads tree-sitter and its C grammar, as late and as cheaply as possible."""

import sys
from typing import Any

_parser: Any = None
_query: Any = None

# After masking these are plain words; the grammar sees them as macros where a type is expected.
TYPEOF = frozenset((b"typeof", b"__typeof__", b"__typeof", b"typeof_unqual", b"__typeof_unqual__"))


def parser() -> Any:
    """Return the shared C parser."""
    global _parser
    if _parser is None:
        from tree_sitter import Language, Parser  # slow to load: only when something is parsed

        _parser = Parser(Language(_capsule()))
    return _parser


def misread(node: Any) -> list[tuple[int, int]]:
    """Return the spans of calls that the grammar took for types, such as ``f(g(struct s));``."""
    global _query
    from tree_sitter import Query, QueryCursor  # loaded already: there is a node

    if _query is None:
        _query = Query(parser().language, "(macro_type_specifier name: (identifier) @name) @type")
    found = QueryCursor(_query).captures(node)
    if all(name.text in TYPEOF for name in found.get("name", ())):
        return []
    return [(here.start_byte, here.end_byte) for here in found["type"]]


def _capsule() -> Any:
    """Return the grammar's capsule from its extension module, past the package's own slow imports.

    ``import tree_sitter_c`` pulls in importlib.resources, which costs more than loading the grammar.
    Falls back to the plain import when the package does not look as expected.
    """
    binding = _load_directly()
    if binding is None:
        import tree_sitter_c as binding
    return binding.language()


def _load_directly() -> Any:
    """Return the loaded ``tree_sitter_c._binding``, or None if it is not where it is expected."""
    if "tree_sitter_c" in sys.modules:
        return None
    import _imp
    import os
    from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec

    for folder in sys.path:
        package = os.path.join(folder, "tree_sitter_c")
        for suffix in EXTENSION_SUFFIXES:
            origin = f"{package}/_binding{suffix}"
            if os.access(origin, os.R_OK):
                try:
                    return _imp.create_dynamic(ModuleSpec("tree_sitter_c._binding", None, origin=origin))
                except ImportError:
                    return None
    return None
