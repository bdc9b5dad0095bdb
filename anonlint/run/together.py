"""What the patches of a series change together, in the functions that several of them change."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anonlint.model.change import FunctionChange
from anonlint.model.snapshot import Origin, Snapshot
from anonlint.run.context import Context
from anonlint.run.pairs import Pair, changed
from anonlint.run.scene import View
from anonlint.run.surroundings import Views


class _File(NamedTuple):
    """A file as the first patch that touches it finds it, and as the last one leaves it."""

    first: Snapshot
    last: Snapshot
    views: Views


class Together:
    """Puts together what the patches of a run make of each file, as far as all of it is in sight."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.patches: set[tuple[str, int]] = set()
        self._files: dict[str, _File] = {}

    def add(self, snapshot: Snapshot, views: Views) -> None:
        """Take note of what one patch makes of a file."""
        origin = snapshot.origin
        self.patches.add((origin.input, origin.order))
        if snapshot.before is None or snapshot.after is None:
            return
        if snapshot.before.fragments is None and snapshot.after.fragments is None:
            known = self._files.get(snapshot.path)
            before: View | None = views[0] if known is None else known.views[0]
            self._files[snapshot.path] = _File(known.first if known else snapshot, snapshot, (before, views[1]))

    def changes(self, single: Sequence[FunctionChange]) -> Iterator[FunctionChange]:
        """Yield what is different in each function that several patches change, before the first and after the last."""
        if len(self.patches) < 2:
            return
        several: dict[str, dict[str, list[int]]] = {}
        for change in single:
            several.setdefault(change.path, {}).setdefault(change.name, []).append(change.patch)
        for path, names in several.items():
            wanted = {name: tuple(dict.fromkeys(of)) for name, of in names.items() if len(set(of)) > 1}
            if wanted and path in self._files:
                yield from self._file(self._files[path], wanted)

    def _file(self, file: _File, names: dict[str, tuple[int, ...]]) -> Iterator[FunctionChange]:
        from anonlint.run.differ import Differ  # lazily: most runs have one patch

        origin = Origin(file.first.origin.input)
        snapshot = file.last._replace(before=file.first.before, origin=origin)
        differ = Differ(snapshot, self.context, file.views)
        assert differ.before is not None and differ.after is not None
        pairs = {pair.name: pair for pair in changed(differ.before.index, differ.after.index)}
        for name, patches in names.items():
            one, other = differ.before.index.extent(name), differ.after.index.extent(name)
            pair = pairs.get(name, Pair(one, other))
            if pair.before is not None or pair.after is not None:  # else it came and went
                yield differ.own.pair(pair)._replace(patches=patches)
