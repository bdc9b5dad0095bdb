"""What a run is asked to do, and what every image of it needs: vocabulary, wake words, rules, the release to assume."""

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from anonlint.cache.stamps import Stamps
from anonlint.kernel.era import Dating, date, date_sides, tree_above, tree_era
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.model.snapshot import Image, Snapshot
from anonlint.rule.registry import Later
from anonlint.run.surroundings import Surroundings
from anonlint.run.wake import wake_words
from anonlint.syntax.lex import words
from anonlint.syntax.scan import mentions

if TYPE_CHECKING:
    from anonlint.intake import Request
    from anonlint.rule.plugin import Rule
    from anonlint.run.kept import Kept
    from anonlint.words.dictionary import Dictionary

_STRAY = 2  # names that a stable tree may have taken over from later releases
_READ_EXCLUSIVE = (5, 19)
_READ_EXCLUSIVE_POSTED = (2022, 3)  # year and month of the first posting of what became 6c287605fd56


class Options(NamedTuple):
    """What a run is asked to do. ``kernel`` is the release to assume where an input does not tell.

    ``selected`` are those of the rules that the user selected, () for all of them; ``budget`` is in seconds, ``cache``
    the file of what was found out before, "" for none. ``plugins`` say where rules are that do not ship with anonlint,
    ``kept`` is what a process knows of texts that it has judged before.
    """

    request: "Request"
    rules: "Sequence[Rule]"
    kernel: tuple[int, int] | None = None
    workers: int = 0
    vocabulary: tuple[str, ...] = ()
    settings_path: str = ""
    selected: "Sequence[Rule]" = ()
    budget: float = 0.0
    cache: str = ""
    plugins: tuple[str, ...] = ()
    kept: "Kept | None" = None


class Context:
    """What every image needs: vocabulary, wake words, rules, the release to assume."""

    def __init__(self, options: Options, stamps: Stamps | None = None) -> None:
        self._options = options
        self._stamps = stamps
        vocabulary = Vocabulary.load()
        if options.vocabulary:
            vocabulary = vocabulary.extend(options.vocabulary, options.settings_path)
        self.vocabulary = vocabulary
        self.wake = wake_words(vocabulary)
        self.looked_at = self.wake.entry
        self.rules = options.rules
        self.selected = options.selected or options.rules
        self.kernel = options.kernel
        self.plugins = options.plugins
        self.kept = options.kept
        self.request = options.request
        self.surroundings = Surroundings(options.request, stamps, options.kept.scenes if options.kept else None)
        self._root = "" if options.request.git else options.request.tree or ""
        self._trees: dict[str, Dating] = {}
        self._dictionaries: dict[Dating, Dictionary] = {}
        self._known = {name.encode(): name for name in vocabulary.words}

    def anew(self, request: "Request") -> "Context":
        """Return a context for another request: the vocabulary, the rules and what was read of trees are the same."""
        other = copy(self)
        other.request = request
        other.surroundings = self.surroundings.anew(request)
        other._root = "" if request.git or request.base else request.tree or ""
        return other

    def for_siblings(self) -> "Context":
        """Return a context that looks at the functions that rules compare, and at nothing else."""
        limited = copy(self)
        limited.wake = self.wake._replace(entry=self.wake.siblings)
        limited.looked_at = limited.wake.entry
        limited.kept = None
        limited.rules = Later(lambda: tuple(rule for rule in self.rules if rule.compare is not None), "siblings")
        return limited

    @property
    def key(self) -> bytes:
        """Return what stands for all that a result depends on and no input tells: words and rules."""
        rules = self.rules
        chosen = rules.key if isinstance(rules, Later) else [rule.code for rule in rules]
        added = sorted(self.vocabulary.words.items()) if self._options.vocabulary else []  # ours are in our files
        return repr((chosen, added)).encode("utf-8", "surrogatepass")

    def wanted(self, data: bytes) -> bool:
        """Return whether a file mentions anything that is looked at."""
        return mentions(data, self.looked_at)

    def dictionaries(self, snapshot: Snapshot) -> "tuple[Dictionary, Dictionary]":
        """Return the words of the releases that the image before, and that after, date to.

        Where an image's own words leave that open, the release that the user named decides, or the tree that
        patches apply to or a file stands in, or the (year, month) of a mail or commit. A whole file is of the
        tree it stands in, whatever one or two names say; a patch may bring the words of the next release.
        """
        sides = [None if image is None else self._names(image) for image in (snapshot.before, snapshot.after)]
        image = snapshot.after if snapshot.before is None else snapshot.before
        created = snapshot.before is None and snapshot.added is not None
        stray = 0 if image is None or image.fragments is not None or created else _STRAY
        if snapshot.origin.old and self.kernel is None:  # of two trees each is of its own release
            told = self._tree(snapshot.origin.old), self._tree(snapshot.origin.input)
            before, after = (
                date(side or set(), self.vocabulary, of, _STRAY) for side, of in zip(sides, told, strict=True)
            )
        else:
            before, after = date_sides(sides[0], sides[1], self.vocabulary, self.told(snapshot), stray)
        return self._dictionary(before), self._dictionary(after)

    def _dictionary(self, dating: Dating) -> "Dictionary":
        """Return the words of a release."""
        if dating not in self._dictionaries:
            from anonlint.words.dictionary import Dictionary  # lazily: an input without hits needs no engine

            self._dictionaries[dating] = Dictionary(self.vocabulary, dating)
        return self._dictionaries[dating]

    def _names(self, image: Image) -> set[str]:
        found = words(image.source.data) & self._known.keys()
        return {self._known[name] for name in found}

    def told(self, snapshot: Snapshot) -> Dating:
        """Return the releases that everything but the images' own words tells of."""
        images = [image for image in (snapshot.before, snapshot.after) if image is not None]
        origin, plain = snapshot.origin, snapshot.before is None and snapshot.added is None
        if self.kernel is not None:
            return Dating(self.kernel, self.kernel)
        # A plain file is of the tree it stands in; a patch of known date that does not fit the tree is not of it.
        alone = any(image.fragments is not None for image in images)
        root = "" if (tree_above(origin.input) if plain else alone and origin.date is not None) else self._root
        if root or origin.date is None:
            return self._tree(root or origin.input)
        if origin.date < _READ_EXCLUSIVE_POSTED:
            return Dating(None, (_READ_EXCLUSIVE[0], _READ_EXCLUSIVE[1] - 1))
        return Dating(None, None)

    def _tree(self, path: str) -> Dating:
        """Return the release of the tree around a file."""
        tree = tree_above(path)
        if tree not in self._trees:
            self._trees[tree] = tree_era(tree, self.vocabulary) if tree else Dating(None, None)
        return self._trees[tree]
