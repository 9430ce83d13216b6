"""Jobs: films and pictures that are swapped one after the other, whatever happens meanwhile."""

import contextlib
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facedancer.utils.errors import UserError
from facedancer.utils.suffixes import WRITTEN_AS

from .engine import Engine
from .errors import BusyError, NoSuchJobError, for_strangers
from .job_progress import JobTeller, StoppedError
from .job_record import CANCELLED, DONE, FAILED, QUEUED, RUNNING, JobStatus
from .job_store import JobStore
from .media import check_media

_log = logging.getLogger(__name__)

# Seconds between two looks for old jobs.
_TIDY_S = 60.0
# A file that ends the process so often without getting further is not tried again.
_MOST_STARTS = 3


class Jobs:
    """Takes in jobs and does them, the oldest first, in a thread of its own.

    A job that a process did not finish goes on in the next one that has the same folder.

    Args:
        engine: does the work.
        folder: where jobs are kept; of this process alone.

    Raises:
        UserError: another process uses the folder, or it cannot be written.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._store = JobStore(folder, engine.limits)
        self._stopping, self._news = threading.Event(), threading.Event()
        # The job that runs, and those to be removed once they have stopped.
        self._choosing, self._current, self._forgotten = threading.Lock(), "", set[str]()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begins to work, also on what an earlier process left."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the work; the job that runs stays unfinished, and keeps its whole parts."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        self._store.close()

    def submit(
        self,
        target: Path,
        sources: Sequence[Path],
        reference: Sequence[Path] = (),
        options: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> JobStatus:
        """Takes in a job. All files are copied: the caller's may go away.

        Args:
            target: a picture, an animation or a film.
            sources: photographs of the person whose identity the faces get, or ``nobody``.
            reference: photographs of the person who alone is swapped; none: everybody.
            options: see `options.OPTIONS`.
            name: what the target's owner calls it; of a film, its suffix names the container.

        Returns:
            Its status, which has its id.

        Raises:
            TooLargeError: a file is larger than the limits allow.
            BusyError: too many jobs wait.
            UserError: a file is none of the kinds, or an option is none.
        """
        options = dict(options or {})
        scale = self._engine.read_options(options).scale
        _, suffix = check_media(target, "target", self._engine.limits, name, scale)
        if not sources:
            raise UserError(
                "no source: send at least one photograph of the source person, or nobody"
            )
        self._engine.check_photographs(sources, "source")
        self._engine.check_photographs(reference, "reference")
        output = WRITTEN_AS.get(suffix, suffix)
        status = self._store.add(target, suffix, sources, reference, output, options)
        self._news.set()
        return status

    def status(self, job: str) -> JobStatus:
        """The state of a job, and how far it is.

        Raises:
            NoSuchJobError: there is no such job.
        """
        return self._store.status(self._known(job))

    def result(self, job: str) -> Path:
        """The marked result of a job that is done.

        Raises:
            NoSuchJobError: there is no such job.
            NotReadyError: it has no result.
        """
        return self._store.result(self._known(job))

    def report(self, job: str) -> list[dict[str, Any]]:
        """The report: a line a frame, and a summary.

        Raises:
            NoSuchJobError: there is no such job.
            NotReadyError: it has no report.
        """
        return self._store.report(self._known(job))

    def cancel(self, job: str) -> JobStatus:
        """Ends a job that waits or runs; its files go. One that has ended stays as it is.

        Raises:
            NoSuchJobError: there is no such job.
        """
        with self._choosing:
            after = self._end(job, CANCELLED)
            if self._current != job:  # Else they go once it has stopped.
                self._store.tidy(job)
        return after

    def remove(self, job: str) -> None:
        """Forgets a job with all its files; one that has not ended is cancelled.

        Raises:
            NoSuchJobError: there is no such job.
        """
        with self._choosing:
            self._end(job, CANCELLED)
            if self._current == job:
                self._forgotten.add(job)
            else:
                self._store.remove(job)

    def counts(self) -> dict[str, int]:
        """Counts the jobs that wait and those that run."""
        states = [one.state for one in self._store.unfinished()]
        return {state: states.count(state) for state in (QUEUED, RUNNING)}

    def _known(self, job: str) -> str:
        if job in self._forgotten:
            raise NoSuchJobError("no such job: it was removed")
        return job

    def _end(self, job: str, state: str, **more: Any) -> JobStatus:
        """Ends a job, unless it has ended."""
        changes = {"state": state, "seconds_left": None, **more}
        return self._store.change(job, lambda one: None if one.has_ended else changes)

    def _work(self) -> None:
        for left in self._store.ended():
            self._store.tidy(left.id)  # The process ended between a job's end and this.
        looked = -_TIDY_S
        while not self._stopping.is_set():
            self._news.clear()
            if time.monotonic() - looked > _TIDY_S:
                self._store.remove_old()
                looked = time.monotonic()
            with self._choosing:
                waiting = self._store.unfinished()
                self._current = waiting[0].id if waiting else ""
            if not waiting:
                self._news.wait(_TIDY_S)
                continue
            self._do(waiting[0].id)
            self._let_go(waiting[0].id)

    def _let_go(self, job: str) -> None:
        with self._choosing, contextlib.suppress(NoSuchJobError):
            self._current = ""
            if job in self._forgotten:
                self._store.remove(job)
                self._forgotten.discard(job)
            elif self._store.status(job).has_ended:
                self._store.tidy(job)

    def _do(self, job: str) -> None:
        """Runs one job to its end, or until it is stopped."""
        try:
            lines = self._run(job)
        except StoppedError:
            if self._stopping.is_set():  # That is no fault of the job's.
                self._queue_again(job)
        except BusyError as error:  # It is no fault of the job's, either.
            self._queue_again(job)
            self._stopping.wait(error.retry_after_s)
        except UserError as error:
            self._end(job, FAILED, error=for_strangers(str(error)))
        except Exception:
            _log.exception("job %s failed", job)
            self._end(job, FAILED, error="the server failed at it; its log says more")
        else:
            self._end(job, DONE, lines=lines)

    def _queue_again(self, job: str) -> None:
        changes = {"state": QUEUED, "starts": 0, "seconds_left": None}
        self._store.change(job, lambda one: None if one.has_ended else changes)

    def _run(self, job: str) -> tuple[str, ...]:
        """Swaps; what there is to say of the result."""

        def begin(one: JobStatus) -> dict[str, Any]:
            if one.has_ended:
                raise StoppedError
            return {"state": RUNNING, "starts": one.starts + 1}

        if self._store.change(job, begin).starts > _MOST_STARTS:
            raise UserError(f"the server stopped {_MOST_STARTS} times while it processed this file")
        place, request = self._store.place(job), self._store.request(job)
        outcome = self._engine.swap_file(
            place / request.target,
            [place / one for one in request.sources],
            place / request.output,
            [place / one for one in request.reference],
            request.options,
            JobTeller(self._store, job, self._stopping),
        )
        *lines, _ = outcome.lines  # The last one says where it lies.
        return tuple(map(for_strangers, lines))
