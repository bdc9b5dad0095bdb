"""The program of a worker process: reads a way and then units from standard input, writes what comes of each.

python -m anonlint.archive.serve
"""

import gc
import os
import pickle
import signal
import sys
from typing import IO, Any

from anonlint import limits

SIZE = 8  # bytes of a length in front of each value
_MOST = 90 << 20  # bytes of memory that a worker may have kept: then another one begins afresh
_WASTE = 256 << 10  # bytes of units after which what they have left behind is looked for


def send(stream: IO[bytes], value: Any) -> None:
    """Write one value."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(SIZE, "little") + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one value; raise EOFError where nobody writes any more."""
    head = stream.read(SIZE)
    size = int.from_bytes(head, "little")
    data = stream.read(size) if len(head) == SIZE else b""
    if len(head) < SIZE or len(data) < size:
        raise EOFError
    return pickle.loads(data)


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Judge units until there are no more, or too much memory is in use."""
    from anonlint.archive.judging import Judge

    judge = Judge(receive(source))
    # What judging leaves behind holds itself in circles, and parsed files with it, of whose size Python knows nothing.
    gc.collect()
    gc.freeze()
    waste = 0
    try:
        while True:
            unit = receive(source)
            judged = judge.judge(unit)
            full = resident() > _MOST
            send(target, (judged, full))
            if full:
                return
            waste += _WASTE if unit.commit else unit.size
            if waste >= _WASTE:
                waste = 0
                gc.collect()
    except (EOFError, BrokenPipeError):
        return
    finally:
        judge.close()


def resident() -> int:
    """Return how many bytes of memory this process has; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _main() -> None:
    # Whoever started this ends it; what goes to standard output by mistake must not come between values.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda _number, _frame: limits.ring())
    limits.watches = True
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, target)


if __name__ == "__main__":
    _main()
