"""One snapshot's work: both of its images analysed; whatever goes wrong with one file leaves the others."""

from typing import TYPE_CHECKING, NamedTuple

from anonlint import limits
from anonlint.crash import told
from anonlint.model.snapshot import Image, Origin, Skip, Snapshot
from anonlint.run.context import Context
from anonlint.run.result import ImageResult, Sides
from anonlint.run.surroundings import Surroundings, Views

if TYPE_CHECKING:
    from anonlint.run.scene import View
    from anonlint.words.dictionary import Dictionary


class Job(NamedTuple):
    """A snapshot. ``beside`` says of a file that no patch touches where the newest one is from."""

    snapshot: Snapshot
    beside: Origin | None = None

    def views(self, surroundings: Surroundings) -> Views:
        """Return what is in sight of the two images."""
        if self.beside is None:
            return surroundings.of(self.snapshot)
        return surroundings.around(self.snapshot.path, self.beside)

    def sight(self, surroundings: Surroundings) -> bytes | None:
        """Return what stands for ``views``, without their being read; None where nothing does."""
        if self.beside is None:
            return surroundings.stamp(self.snapshot)
        return surroundings.base_stamp(self.beside)

    @property
    def weight(self) -> int:
        """Return how many bytes of text there are to look at."""
        images = (self.snapshot.before, self.snapshot.after)
        return sum(len(image.source.data) for image in images if image is not None)

    @property
    def patch(self) -> tuple[str, int]:
        """Return which patch the snapshot is of."""
        return self.snapshot.origin.input, self.snapshot.origin.order


def run(job: Job, context: Context) -> Sides:
    """Analyse both images of a snapshot; whatever goes wrong with one file is said and leaves the rest."""
    snapshot = job.snapshot
    if reason := limits.over():
        return lost(job, f"not judged: {reason}")
    try:
        images = (snapshot.before, snapshot.after)
        wanted = [image is not None and context.wanted(image.source.data) for image in images]
        views = job.views(context.surroundings) if any(wanted) else (None, None)
        sides = []
        for image, is_wanted, dictionary, view in zip(
            images, wanted, context.dictionaries(snapshot), views, strict=True
        ):
            if image is None or not is_wanted:
                sides.append(ImageResult())
            else:
                sides.append(_analyse(image, context, dictionary, snapshot.origin, view))
        return Sides(sides[0], sides[1])
    except Exception as error:
        return lost(job, told(error), crash=True)


def lost(job: Job, reason: str, *, crash: bool = False) -> Sides:
    """Return the result of a job of which nothing is known but why."""
    skip = Skip(job.snapshot.path, 0, "", reason)
    return Sides(ImageResult(), ImageResult(skipped=(skip,), crashes=(skip,) * crash, cut=True))


def _analyse(
    image: Image, context: Context, dictionary: "Dictionary", origin: Origin, view: "View | None"
) -> ImageResult:
    from anonlint.run.verdict import analyse  # lazily: an input without hits needs no engine

    return analyse(image, context.rules, dictionary, context.wake, origin, view)
