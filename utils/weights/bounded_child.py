"""A process of its own for what a stranger's file may do: hang, crash, or take all memory.

A child is a module whose `main` `child_side.serve` runs.
"""

import contextlib
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..bounded_json import parse_json
from .child_side import receive, send

# How long loading a file and trying it once may take, in seconds. On a busy machine a child gets
# more, until it has computed for this share of them.
SECONDS, _COMPUTED = 15.0, 0.5
_LINE = 2**20
# Every thread has a stack, which counts as memory.
_FEW_THREADS = dict.fromkeys(("TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"), "1") | {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
}


class ChildError(ValueError):
    """The fault that a child found in a file, or what it died of; the message names no file."""


class BoundedChild:
    """A running child.

    Args:
        module: with its package, such as ``facedancer.utils.weights.lite_child``.
        arguments: for its `main`.
        is_brief: it only looks at a file, so that one thread and no graphics card will do.
    """

    def __init__(self, module: str, *arguments: str, is_brief: bool = True) -> None:
        # It finds the packages where we did; -P keeps the working directory out of their way.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            env=environment | (_FEW_THREADS if is_brief else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        self._begun = time.monotonic()
        self._is_late = False
        self._finish = weakref.finalize(self, _finish, self._process, self._complaints)

    def answer(self) -> dict[str, object]:
        """The first message; it must come before the child's `SECONDS` are over.

        Raises:
            ChildError: the file is bad: the child says so, or is dead, or has been stopped.
        """
        with self._watched(self._begun, SECONDS):
            return self._message()

    def ask(self, arrays: Sequence[np.ndarray], seconds: float | None = None) -> list[np.ndarray]:
        """Sends arrays and takes the answer's.

        Args:
            arrays: of numbers.
            seconds: for the answer; None: what `answer` left of the child's first ones.

        Raises:
            ChildError: as `answer`.
        """
        begun, most = (self._begun, SECONDS) if seconds is None else (time.monotonic(), seconds)
        with self._watched(begun, most):
            try:
                send(self._process.stdin, {}, arrays)
                found = receive(self._process.stdout, self._message())
            except ChildError:
                raise
            except OSError:
                raise ChildError(self._end()) from None
            # Also of a child that has been closed.
            except (ValueError, TypeError, KeyError) as error:
                raise ChildError(f"its answer makes no sense: {error}") from error
        if found is None:
            raise ChildError(self._end())
        return found

    def close(self) -> None:
        """Ends the child."""
        self._finish()

    def _message(self) -> dict[str, object]:
        line = self._process.stdout.readline(_LINE)
        try:
            message = dict(parse_json(line, _LINE))
        except (ValueError, TypeError):
            raise ChildError(self._end()) from None
        if "error" in message:
            self.close()
            raise ChildError(str(message["error"]))
        return message

    @contextlib.contextmanager
    def _watched(self, begun: float, most: float) -> Iterator[None]:
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(done, begun, most), daemon=True)
        watch.start()
        try:
            yield
        finally:
            done.set()
            watch.join()

    def _watch(self, done: threading.Event, begun: float, most: float) -> None:
        computed = _computed(self._process.pid) if begun > self._begun else 0.0
        while not done.wait(0.1):
            passed = time.monotonic() - begun
            since = _computed(self._process.pid) - computed
            # "not below", for where the system does not tell.
            if passed > most and not since < most * _COMPUTED:
                self._is_late = True
                self._process.kill()
                return

    def _end(self) -> str:
        """Ends a child that broke off, and says what of."""
        if self._is_late:
            self.close()
            return f"it was not through after {SECONDS:.0f} seconds"
        try:
            status = self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        complaints = ""
        if status == 1:  # Python's own, for a fault of the child's code
            self._complaints.seek(0)
            complaints = self._complaints.read().decode(errors="replace")
        self.close()
        if complaints:
            raise RuntimeError(f"{self._process.args} failed: {complaints}")
        name = signal.Signals(-status).name if status and status < 0 else f"exit status {status}"
        return f"it ended the process that tried it ({name}), as one does that wants all memory"


def _computed(pid: int) -> float:
    """For how many seconds a process has computed; where the system does not tell, for ever."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _finish(process: subprocess.Popen, complaints: BinaryIO) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, complaints):
        with contextlib.suppress(OSError):  # what was not sent yet
            stream.close()
