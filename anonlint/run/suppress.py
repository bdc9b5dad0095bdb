"""Which findings a remark in the code takes away, and which remarks are of no use."""

from collections.abc import Iterable, Sequence

from anonlint.model.finding import Finding
from anonlint.model.remark import Remark
from anonlint.model.snapshot import Origin
from anonlint.rule.plugin import Place, Rule

UNUSED = "AL001"


class Suppressions:
    """The remarks of a run. ``selected`` are the rules that ran, ``known`` all that there are."""

    def __init__(self, selected: Sequence[Rule], known: Sequence[Rule]) -> None:
        self._codes = {word: rule.code for rule in known for word in (rule.code, rule.name)}
        self._selected = {rule.code for rule in selected}
        self._used: set[tuple[Remark, str]] = set()
        self._trails: set[tuple[Origin, str]] = set()
        self.errors: list[str] = []

    def check(self, remarks: Iterable[Remark]) -> None:
        """Note an error for every word that is no rule."""
        for remark in remarks:
            if not remark.words:
                self.errors.append(f"{remark.path}:{remark.line}: anonlint: ignore[] names no rule")
            for word in remark.words:
                if word not in self._codes:
                    self.errors.append(f"{remark.path}:{remark.line}: anonlint: ignore[{word}]: there is no such rule")

    def trailed(self, findings: Iterable[Finding], origin: Origin) -> list[Finding]:
        """Return the findings that no trailer of their patch's message is about."""
        left = []
        for finding in findings:
            words = [word for word in origin.trailers if self._codes.get(word) == finding.code]
            self._trails.update((origin, word) for word in words)
            if not words:
                left.append(finding)
        return left

    def unused_trailers(self, origins: Iterable[Origin]) -> list[tuple[Place, str]]:
        """Return the trailers that were of no use, and note an error for those that name no rule."""
        found = []
        for origin in dict.fromkeys(origins):
            place = Place(origin.input, 1, 1, 2, "", "")
            for word in origin.trailers:
                if word not in self._codes:
                    self.errors.append(f"{origin.input}: Anonlint-ignore: {word}: there is no such rule")
                elif self._codes[word] in self._selected and (origin, word) not in self._trails:
                    found.append((place, f"the trailer Anonlint-ignore: {word} suppresses nothing"))
        return found if UNUSED in self._selected else []

    def kept(self, findings: Iterable[Finding], remarks: Sequence[Remark]) -> list[Finding]:
        """Return the findings that no remark is about."""
        left = []
        for finding in findings:
            hits = [r for r in remarks if r.path == finding.path and r.first <= finding.line <= r.last]
            used = [(r, w) for r in hits for w in r.words if self._codes.get(w) == finding.code]
            self._used.update(used)
            if not used:
                left.append(finding)
        return left

    def unused(self, remarks: Iterable[Remark], skipped: set[tuple[str, str]]) -> list[tuple[Place, str]]:
        """Return where a remark was of no use, and what to say; nothing of what was not analysed or not selected."""
        found = []
        for remark in remarks:
            if (remark.path, remark.function) in skipped or UNUSED not in self._selected:
                continue
            for word in remark.words:
                code = self._codes.get(word)
                if code in self._selected and (remark, word) not in self._used:
                    place = Place(
                        remark.path, remark.line, remark.column, remark.column + 1, remark.text, remark.function
                    )
                    found.append((place, f"this remark suppresses nothing: {word} finds nothing here"))
        return found
