"""The line in front of the networks: so many at work, so many waiting, and nobody for ever."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ..work.errors import BusyError
from .refusals import RefusedError

_Answer = TypeVar("_Answer")
# Seconds between two looks whether the client is still there.
_LOOK_S = 0.5
# Seconds that a client is told to wait, at most.
_LONGEST_WAIT = 60


class Line:
    """Runs functions in threads, some at a time.

    Args:
        workers: how many run at once.
        most_waiting: how many more may wait.
        timeout_s: for one's wait and work together.
    """

    def __init__(self, workers: int, most_waiting: int, timeout_s: float) -> None:
        self._workers, self._most = workers, workers + most_waiting
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(workers, "swap")
        self._lock = threading.Lock()
        self._count, self._usual_s = 0, 1.0

    @property
    def count(self) -> int:
        """The number of those that wait or run."""
        return self._count

    def close(self) -> None:
        """Takes in no more; those who wait are sent away."""
        self._pool.shutdown(cancel_futures=True)

    async def run(
        self,
        work: Callable[[], _Answer],
        give_up: Callable[[], None],
        is_gone: Callable[[], Awaitable[bool]],
    ) -> _Answer:
        """The function's answer.

        Args:
            work: is run in a thread.
            give_up: is called in its place, where it is never run.
            is_gone: tells whether nobody waits for the answer any more.

        Raises:
            BusyError: too many wait, or its turn did not come in time.
            RefusedError: it took too long.
        """
        with self._lock:
            if self._count >= self._most:
                give_up()
                raise BusyError(
                    f"{self._count} requests are at work or wait: ask again later", self._wait_s()
                )
            self._count += 1
        future: Future[_Answer] = self._pool.submit(self._timed, work)
        future.add_done_callback(self._done)
        waiting = asyncio.wrap_future(future)
        # Of one that took too long, nobody asks for its error.
        waiting.add_done_callback(lambda one: one.cancelled() or one.exception())
        end = time.monotonic() + self._timeout_s
        try:
            while True:
                await asyncio.wait({waiting}, timeout=_LOOK_S)
                if waiting.done():
                    return waiting.result()
                is_late = time.monotonic() > end
                if is_late or await is_gone():
                    if future.cancel():
                        raise BusyError("its turn did not come in time", self._wait_s())
                    if is_late:
                        # It cannot be stopped: its thread is free once it has ended.
                        raise RefusedError(504, f"the request took more than {self._timeout_s:g} s")
        finally:
            if future.cancel() or future.cancelled():
                give_up()

    def _timed(self, work: Callable[[], _Answer]) -> _Answer:
        begun = time.monotonic()
        try:
            return work()
        finally:
            # Of the last few; a thread's update may get lost, which does no harm.
            self._usual_s = 0.9 * self._usual_s + 0.1 * (time.monotonic() - begun)

    def _done(self, future: Future) -> None:
        with self._lock:
            self._count -= 1

    def _wait_s(self) -> int:
        wait = self._usual_s * max(1, self._count) / self._workers
        return max(1, min(_LONGEST_WAIT, round(wait)))
