"""``anonlint cache``: what is kept of earlier runs, and how to be rid of it."""

from anonlint.cache.store import Store, place
from anonlint.cli import output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

_MIB = 1 << 20


def run(parsed: Parsed) -> int:
    """Show or empty the cache."""
    word = parsed.operands[0]
    if word not in ("info", "clear"):
        raise UsageError(f"cache: {word!r} is neither info nor clear")
    store = Store(place())
    if not store.path:
        raise UsageError("cache: there is no directory for it: neither XDG_CACHE_HOME nor HOME is an absolute path")
    return _clear(store) if word == "clear" else _info(store, parsed.last("format") or "text")


def _clear(store: Store) -> int:
    try:
        store.clear()
    except OSError as error:
        raise UsageError(f"{store.path}: cannot be removed: {error.strerror}") from error
    return 0


def _info(store: Store, form: str) -> int:
    info = store.info()
    if form == "json":
        import json

        output.write(json.dumps({"path": info.path, "entries": info.entries, "bytes": info.size, "most": info.most}))
        output.write("\n")
        return 0
    from anonlint.report.safe import safe

    entries = f"{info.entries} {'entry' if info.entries == 1 else 'entries'}"
    output.write(f"{safe(info.path)}: {entries}, {info.size / _MIB:.1f} of {info.most // _MIB} MiB\n")
    return 0
