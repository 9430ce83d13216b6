"""The folder of all jobs: each has a folder of its own, and every change is on the disk.

In one file, since all of it holds one lock.
"""

import contextlib
import dataclasses
import fcntl
import json
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from facedancer.utils.errors import UserError, not_written
from facedancer.utils.files import UNFINISHED, put_in_place, read_json, remove_at_once

from .errors import BusyError, NoSuchJobError, NotReadyError
from .job_files import numbered, size, taken, write_record
from .job_record import DONE, QUEUED, JobRequest, JobStatus
from .limits import Limits

_ID = re.compile(r"[0-9a-f]{32}")
_REQUEST, _STATUS, _LOCK = "request.json", "status.json", "lock"
_REPORT = ".report.jsonl"
_GONE = ".gone"
_Record = TypeVar("_Record", JobRequest, JobStatus)
# Of a request or a status, in bytes: far more than either has.
_MOST_JSON = 2**20


class JobStore:
    """Jobs on the disk; any thread may call it, one process at a time.

    Args:
        folder: made if it is missing.
        limits: see `Limits`.

    Raises:
        UserError: another process uses the folder, or it cannot be written.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self._changing = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (folder / _LOCK).open("w")
        except OSError as error:
            raise not_written(folder, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise UserError(
                f"another server keeps its jobs in {folder}: give another --jobs_dir"
            ) from error
        self._remove_halves()

    def close(self) -> None:
        """Leaves the folder to another process."""
        self._lock.close()

    def add(
        self,
        target: Path,
        suffix: str,
        sources: Sequence[Path],
        reference: Sequence[Path],
        output_suffix: str,
        options: Mapping[str, Any],
    ) -> JobStatus:
        """Takes in a job; it is there whole or not at all.

        Args:
            target: its file stays where it is.
            suffix: of the target, by its content.
            sources, reference: photographs, or saved identities; a source may be ``nobody``.
            output_suffix: of the result.
            options: as JSON has them.

        Raises:
            BusyError: too many jobs wait, or all of them take too much room.
        """
        name = secrets.token_hex(16)
        now = time.time()
        status = JobStatus(name, QUEUED, now, now)
        unfinished = self.folder / f"{name}{UNFINISHED}"
        with self._changing:
            self._check_room(sum(map(size, (target, *sources, *reference))))
            unfinished.mkdir(mode=0o700)
        try:
            request = JobRequest(
                taken(target, unfinished / f"target{suffix}"),
                tuple(numbered(sources, unfinished, "source")),
                tuple(numbered(reference, unfinished, "reference")),
                f"swapped{output_suffix}",
                dict(options),
            )
            write_record(unfinished / _REQUEST, dataclasses.asdict(request))
            write_record(unfinished / _STATUS, dataclasses.asdict(status))
            put_in_place(unfinished, self.folder / name)
        except OSError as error:
            raise not_written(self.folder, error) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return status

    def place(self, name: str) -> Path:
        """The folder of a job.

        Raises:
            NoSuchJobError: there is none, or the name is no such name.
        """
        place = self.folder / name
        if not _ID.fullmatch(name) or not place.is_dir():
            raise NoSuchJobError("no such job: it never was, has aged out or was removed")
        return place

    def status(self, name: str) -> JobStatus:
        """A job's status.

        Raises:
            NoSuchJobError: there is none.
        """
        return self._read(name, _STATUS, JobStatus, ("lines",))

    def request(self, name: str) -> JobRequest:
        """The wish that a job fulfils.

        Raises:
            NoSuchJobError: there is none.
        """
        return self._read(name, _REQUEST, JobRequest, ("sources", "reference"))

    def change(
        self,
        name: str,
        change: Callable[[JobStatus], dict[str, Any] | None],
        is_durable: bool = True,
    ) -> JobStatus:
        """Changes a job's status.

        Args:
            name: the job's.
            change: what is to be other, from what is; None: nothing.
            is_durable: wait for the disk.

        Returns:
            The status after it.

        Raises:
            NoSuchJobError: there is no such job.
        """
        with self._changing:
            before = self.status(name)
            changes = change(before)
            if changes is None:
                return before
            after = dataclasses.replace(before, changed=time.time(), **changes)
            write_record(self.place(name) / _STATUS, dataclasses.asdict(after), is_durable)
            return after

    def result(self, name: str) -> Path:
        """The result of a job that is done.

        Raises:
            NoSuchJobError: there is no such job.
            NotReadyError: it has none; the message says why.
        """
        status = self.status(name)
        if status.state != DONE:
            why = f": {status.error}" if status.error else ""
            raise NotReadyError(f"the job is {status.state}, and has no result{why}")
        return self.place(name) / self.request(name).output

    def report(self, name: str) -> list[dict[str, Any]]:
        """The report of a job that went to its end: a line a frame, and a summary.

        Raises:
            NoSuchJobError: there is no such job.
            NotReadyError: it has none.
        """
        place = self.place(name)
        path = place / f"{self.request(name).output}{_REPORT}"
        if not path.is_file():
            raise NotReadyError(f"the job is {self.status(name).state}, and has no report")
        text = path.read_text(encoding="utf-8").replace(f"{place}/", "")
        return [json.loads(line) for line in text.splitlines()]

    def ended(self) -> list[JobStatus]:
        """Jobs that do not change any more."""
        return [one for one in self._all() if one.has_ended]

    def unfinished(self) -> list[JobStatus]:
        """Jobs that wait or were running, the oldest first."""
        found = [one for one in self._all() if not one.has_ended]
        return sorted(found, key=lambda one: one.created)

    def tidy(self, name: str) -> None:
        """Removes what a job that has ended does not need: inputs, and parts of a result."""
        with contextlib.suppress(NoSuchJobError):
            place, output = self.place(name), self.request(name).output
            kept = {_REQUEST, _STATUS, output, f"{output}{_REPORT}"}
            for path in place.iterdir():
                if path.name not in kept:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    def remove(self, name: str) -> None:
        """Removes a job and all its files.

        Raises:
            NoSuchJobError: there is no such job.
        """
        with self._changing:
            place = self.place(name)
            remove_at_once(place, place.with_name(f"{name}{_GONE}"))

    def remove_old(self) -> None:
        """Removes the jobs that ended too long ago."""
        oldest = time.time() - self.limits.keep_s
        for one in self._all():
            if one.has_ended and one.changed < oldest:
                with contextlib.suppress(NoSuchJobError):
                    self.remove(one.id)

    def _read(self, name: str, file: str, kind: type[_Record], listed: tuple[str, ...]) -> _Record:
        """One of a job's records; JSON has lists where it has tuples."""
        try:
            content = read_json(self.place(name) / file, _MOST_JSON)
            return kind(**{**content, **{key: tuple(content[key]) for key in listed}})
        except (FileNotFoundError, ValueError, TypeError, KeyError) as error:
            raise NoSuchJobError("no such job: its record is damaged or gone") from error

    def _remove_halves(self) -> None:
        """Removes what an earlier process was making or removing when it ended."""
        for place in self.folder.iterdir():
            is_whole = _ID.fullmatch(place.name) and (place / _STATUS).is_file()
            if _ID.fullmatch(place.name.partition(".")[0]) and not is_whole:
                shutil.rmtree(place, ignore_errors=True)

    def _all(self) -> Iterator[JobStatus]:
        for place in self.folder.iterdir():
            if _ID.fullmatch(place.name):
                with contextlib.suppress(NoSuchJobError):
                    yield self.status(place.name)

    def _check_room(self, more: int) -> None:
        self.remove_old()
        waiting = len(self.unfinished())
        if waiting >= self.limits.most_waiting:
            raise BusyError(f"{waiting} jobs wait already: ask again later", 60)
        stored = sum(map(size, self.folder.rglob("*")))
        if stored + more > self.limits.most_stored_bytes:
            raise BusyError("there is no room for more jobs just now: ask again later", 600)
