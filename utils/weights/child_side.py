"""The side of `bounded_child` that runs in the child, and how the two speak."""

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

# Beyond what the child's libraries take and three times the file, in bytes.
_MEMORY = 1.5 * 2**30
# What a thread reserves and hardly uses.
_THREAD = 2 * 2**23
_ARRAYS = 2**29
_TEXT = 300


def serve(main: Callable[[Sequence[str], Callable[..., None]], None]) -> None:
    """Runs a child's ``main(arguments, reply)``; whatever is raised becomes an error message."""
    # Libraries that print do so elsewhere.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(ImportError):  # Windows writes no core files
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def reply(message: dict[str, object], arrays: Sequence[np.ndarray] = ()) -> None:
        send(answers, message, arrays)

    try:
        main(sys.argv[1:], reply)
    # What a file that was made to harm has libraries raise, has no end.
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        reply({"error": text if len(text) < _TEXT else f"{text[:_TEXT]} ..."})


def requests() -> Iterator[list[np.ndarray]]:
    """The arrays that the parent sends each time, in a child; it ends where the parent does."""
    for line in sys.stdin.buffer:
        found = receive(sys.stdin.buffer, json.loads(line))
        if found is None:
            return
        yield found


def limit_memory(file_size: int) -> None:
    """Lets the process that calls this, its libraries imported, allocate so much more and no more.

    On Linux; other systems know no such limit.

    Args:
        file_size: of what it is about to load, in bytes.
    """
    try:
        import resource

        status = Path("/proc/self/status").read_text()
    except (ImportError, OSError):
        return
    now = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData:"))
    threads = _THREAD * (os.cpu_count() or 1)
    most = int(1024 * now + _MEMORY + 3 * file_size + threads)
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def send(stream: BinaryIO, message: dict[str, object], arrays: Sequence[np.ndarray]) -> None:
    """Writes a message, a line of JSON, and arrays behind it.

    Raises:
        ValueError: the arrays are larger than any that we ask for.
    """
    if sum(array.nbytes for array in arrays) > _ARRAYS:
        raise ValueError(f"its answer has the shapes {[array.shape for array in arrays]}")
    heads = [{"shape": array.shape, "dtype": array.dtype.str} for array in arrays]
    stream.write(json.dumps({**message, "arrays": heads}).encode() + b"\n")
    for array in arrays:
        stream.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    stream.flush()


def receive(stream: BinaryIO, message: dict[str, object]) -> list[np.ndarray] | None:
    """The arrays behind a message; None where they break off.

    A child may be out of its mind: nothing it says is taken on trust.

    Raises:
        ValueError: they are no numbers, or too large.
    """
    found = []
    for head in message["arrays"]:
        shape, dtype = tuple(map(int, head["shape"])), np.dtype(head["dtype"])
        if dtype.kind not in "fiub" or math.prod(shape) * dtype.itemsize > _ARRAYS:
            raise ValueError(f"it answers with {dtype}{list(shape)}")
        array = np.empty(shape, dtype)
        if stream.readinto(array.reshape(-1).view(np.uint8)) != array.nbytes:
            return None
        found.append(array)
    return found
