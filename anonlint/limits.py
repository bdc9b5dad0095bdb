"""What may end a run before everything is judged: the seconds that the user gave it, or a signal.

One for the process; worker processes inherit it when they are forked. Whoever does long work asks ``over()``
between its steps, says what it has left out, and returns what it has.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, process_time

_NAMES = {1: "SIGHUP", 2: "SIGINT", 15: "SIGTERM"}

stopped = 0  # the signal that asked the run to end
heeded = False  # whether ``over()`` is being asked: else only an exception can end what goes on
watches = False  # whether the program turns SIGALRM into ``ring()``
_LONGEST = 20.0  # seconds of processor time that one function may take, should all limits of its steps fail
cuts = 0  # how often something was ended before its end: a result that this has changed is nobody else's
_SOON = 0.5  # seconds that a function has when the run is to end
_watched = False
_begun = 0.0  # of what is watched, on the clock of ``process_time``
_deadline = 0.0  # on the clock of ``monotonic``; 0: none
_reason = ""
_outdated: Callable[[], bool] | None = None


class Interrupted(BaseException):
    """A signal came while nothing could be handed back: ``signal`` is its number."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


class TooLong(BaseException):
    """A function has taken too long."""


def begin(seconds: float = 0.0, reason: str = "") -> None:
    """Start a run that may take ``seconds`` (0: as long as it takes). What a signal has ended stays ended."""
    global _deadline, _reason
    _deadline = monotonic() + seconds if seconds else 0.0
    _reason = (reason or f"the time of --budget {seconds:g} is used up") if seconds else ""


def stop(signal: int) -> None:
    """Let the run end: what is not judged yet is left out."""
    global stopped
    stopped = signal
    if _watched:
        _set_alarm(_SOON)


def over() -> str:
    """Return why nothing more is to be judged, "" while the run may go on."""
    global cuts
    reason = _why_over()
    cuts += bool(reason)
    return reason


@contextmanager
def unless(outdated: Callable[[], bool]) -> Iterator[None]:
    """Let what runs in the body end early once nobody wants its result any more."""
    global _outdated
    _outdated = outdated
    try:
        yield
    finally:
        _outdated = None


def _why_over() -> str:
    if _outdated is not None and _outdated():
        return "nobody waits for it any more"
    if stopped:
        return f"interrupted by {_NAMES.get(stopped, f'signal {stopped}')}"
    return _reason if _deadline and monotonic() > _deadline else ""


def ring() -> None:
    """End what ``watched`` surrounds: the answer to SIGALRM. A busy machine is no reason to."""
    global cuts
    left = 0.0 if _why_over() else _begun + _LONGEST - process_time()
    if _watched and left > 0:
        _set_alarm(max(left, _SOON))
    elif _watched:
        cuts += 1
        raise TooLong


@contextmanager
def watched() -> Iterator[None]:
    """Raise TooLong in the body where that takes too long. The last resort: it costs determinism."""
    global _watched, _begun
    if not watches:
        yield
        return
    left = _deadline - monotonic() + _SOON if _deadline else _LONGEST
    _watched, _begun = True, process_time()
    _set_alarm(min(max(left, _SOON), _LONGEST))
    try:
        yield
    finally:
        _watched = False
        _set_alarm(0)


def _set_alarm(seconds: float) -> None:
    import signal  # nothing but the command line sets ``watches``, and that has it

    signal.setitimer(signal.ITIMER_REAL, seconds)
