"""Does tasks in their order, one or several at a time, each in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from facedancer.training.runs.interruption import StopRequest
from facedancer.utils.errors import UserError

from .tasks import ROOT, Ledger, Task

_POLL_SECONDS = 0.2
_TAIL_LINES = 15


def run_tasks(
    tasks: Sequence[Task], ledger: Ledger, jobs: int = 1, remake: bool = False
) -> signal.Signals | None:
    """Does what is not done yet; prints each command, and how long it took.

    SIGTERM and Ctrl-C are handed to the commands at work, which save what they have; the same call
    goes on later.

    Args:
        tasks: each after what it needs.
        ledger: what was done before, and then what is done now.
        jobs: how many commands work at a time; each is given its share of the cores.
        remake: set aside what was made by other flags, and do it again.

    Returns:
        The signal by which it was stopped, None where all is done.

    Raises:
        UserError: a command failed or left no product; others at work have then been stopped. Or
            what a task needs is neither done nor among ``tasks``, or something was made by other
            flags.
    """
    waiting = []
    for task in tasks:
        if ledger.is_done(task):
            print(f"done before: {task.name}")
        else:
            if ledger.is_of_other_code(task):
                print(f"done by other code, so done again: {task.name}")
            waiting.append(task)
    _refuse_missing(waiting, ledger)
    _clear_others(waiting, ledger, remake)
    running: list[_Process] = []
    with StopRequest() as stop:
        try:
            while (waiting or running) and not stop.signal:
                while task := _next(waiting, running, ledger, jobs):
                    waiting.remove(task)
                    running.append(_start(task, ledger, jobs))
                time.sleep(_POLL_SECONDS)
                for process in [one for one in running if one.has_ended]:
                    running.remove(process)
                    process.finish(ledger)
        finally:
            for process in running:
                process.handle.terminate()
            for process in running:
                process.handle.wait()
                process.record(ledger, is_finished=False)
    return stop.signal


@dataclass(frozen=True)
class _Process:
    """A command at work."""

    task: Task
    handle: subprocess.Popen
    log: IO[bytes]
    start: float

    @property
    def has_ended(self) -> bool:
        return self.handle.poll() is not None

    def record(self, ledger: Ledger, is_finished: bool) -> None:
        self.log.close()
        ledger.write(self.task, time.monotonic() - self.start, is_finished)

    def finish(self, ledger: Ledger) -> None:
        """Records the end; refuses one that is a failure."""
        status, there = self.handle.returncode, self.task.has_ended
        self.record(ledger, is_finished=status == 0 and there)
        log = ledger.log(self.task)
        if status or not there:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
            print(tail, file=sys.stderr)
            end = self.task.end or self.task.product
            why = f"ended with status {status}" if status else f"left no {end}"
            raise UserError(
                f"{self.task.name} {why}: see {log}, correct it, and give the same command again"
            )
        print(f"{self.task.name}: {time.monotonic() - self.start:.0f} s", flush=True)


def _refuse_missing(waiting: Sequence[Task], ledger: Ledger) -> None:
    names = {task.name for task in waiting}
    for task in waiting:
        for before in task.needs:
            if before.name not in names and not ledger.is_done(before):
                raise UserError(
                    f"{task.name} needs {before.name}, which is not done: add the stage "
                    f"{before.stage} to --stages, or leave out --stages"
                )


def _clear_others(waiting: Sequence[Task], ledger: Ledger, remake: bool) -> None:
    """A command would go on from what other flags have left, or take it for its own."""
    others = [task for task in waiting if ledger.is_of_other_flags(task)]
    if others and not remake:
        raise UserError(
            f"{others[0].place} was made with other flags, as were {len(others) - 1} more: "
            f"--remake moves them into {ledger.folder.parent / 'former'} and makes them again"
        )
    for task in others:
        print(f"made with other flags, now in {ledger.set_aside(task)}: {task.name}")


def _next(
    waiting: Sequence[Task], running: Sequence[_Process], ledger: Ledger, jobs: int
) -> Task | None:
    """The first task that may be started next to those at work."""
    if len(running) >= jobs or any(process.task.is_alone for process in running):
        return None
    for task in waiting:
        if not (task.is_alone and running) and all(map(ledger.is_done, task.needs)):
            return task
    return None


def _start(task: Task, ledger: Ledger, jobs: int) -> _Process:
    log = ledger.log(task)
    print(f"\n{task.stage}, log in {log}:\n{task.line}", flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    file = log.open("ab")
    handle = subprocess.Popen(
        [sys.executable, *task.command],
        cwd=ROOT,
        env={**os.environ, **({} if task.is_alone else _thread_limits(jobs))},
        stdout=file,
        stderr=subprocess.STDOUT,
        # A terminal's Ctrl-C shall reach the commands through us alone.
        start_new_session=True,
    )
    return _Process(task, handle, file, time.monotonic())


def _thread_limits(jobs: int) -> dict[str, str]:
    """Two single-threaded trainings do more than one after the other does with two threads."""
    if jobs == 1:
        return {}
    share = str(max(1, len(os.sched_getaffinity(0)) // jobs))
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return dict.fromkeys(names, share)
