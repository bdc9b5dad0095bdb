"""What is run: a function's graph with what is live where, and the helpers run in place of their calls."""

from typing import Protocol

from anonlint.domain.values import Key, Var
from anonlint.graph.ir import CFG
from anonlint.graph.liveness import Liveness
from anonlint.syntax.enums import Enumerators
from anonlint.words.relevance import Relevance


class Body:
    """A function ready to run: its graph, what is live where, what matters (worked out when it is run)."""

    __slots__ = ("_keys", "_repeated", "cfg", "live", "relevance")

    def __init__(self, cfg: CFG, data: bytes) -> None:
        self.cfg = cfg
        self.live = Liveness(cfg, data)
        self.relevance: Relevance | None = None
        self._keys: dict[tuple[int, str], frozenset[Key]] = {}
        self._repeated: dict[tuple[int, int], frozenset[str]] = {}

    def live_keys(self, index: int, frame: str) -> frozenset[Key]:
        """Return the places of the variables that are live at a block."""
        found = self._keys.get((index, frame))
        if found is None:
            live = self.live.variables[index] | self.live.addressed
            found = self._keys[index, frame] = frozenset(Var(frame + name) for name in live)
        return found

    def repeated(self, index: int, relevance: Relevance) -> frozenset[str]:
        """Return the conditions that are tested again at or after a block and decide about an entry."""
        key = index, id(relevance)
        found = self._repeated.get(key)
        if found is None:
            found = self._repeated[key] = self.live.repeated & relevance.actors & self.live.texts[index]
        return found


class Helpers(Protocol):
    """Functions of the same file that are run in place of their calls."""

    @property
    def enumerators(self) -> Enumerators:
        """The enumerators of the file."""

    def known(self, name: str) -> bool:
        """Return whether there is such a function; asked often, so it must not parse anything."""

    def body(self, name: str, size: int) -> Body | None:
        """Return the function's body, None if there is none of at most ``size`` bytes or it cannot be parsed."""
