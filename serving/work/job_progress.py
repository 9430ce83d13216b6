"""Progress of a job that runs: written down, and where it is looked whether it is to stop."""

import threading
import time
from typing import Any

from .job_record import CANCELLED, JobStatus
from .job_store import JobStore

# Seconds between two statuses.
_STATUS_S = 1.0


class StoppedError(Exception):
    """The job was cancelled, or the process is to end."""


class JobTeller:
    """Writes down how far a job is, about once a second, and stops it where it is to stop."""

    def __init__(self, store: JobStore, name: str, stopping: threading.Event) -> None:
        self._store, self._name, self._stopping = store, name, stopping
        self._first: int | None = None
        self._begun = self._written = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        if self._stopping.is_set():
            raise StoppedError
        now = time.monotonic()
        is_first = self._first is None
        if is_first:
            self._first, self._begun = done, now
        elif now - self._written < _STATUS_S and done != total:
            return
        self._written = now
        rate = (done - self._first) / (now - self._begun) if done > self._first else None
        left = (total - done) / rate if rate and total is not None and total >= done else None

        def change(one: JobStatus) -> dict[str, Any]:
            if one.state == CANCELLED:
                raise StoppedError
            return {
                "frames_done": done,
                "frames": total,
                "frames_a_second": None if rate is None else round(rate, 2),
                "seconds_left": None if left is None else round(left, 1),
                # What got further than before is no file that ends the process at its beginning.
                "starts": 1 if is_first and done > one.frames_kept else one.starts,
                "frames_kept": max(done, one.frames_kept) if is_first else one.frames_kept,
            }

        self._store.change(self._name, change, is_durable=False)
