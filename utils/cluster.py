"""Work on a Ray cluster: several machines, or several processes on this one.

Ray starts a lost process again and does its task again, on another machine where it must. That a
task may be done twice then is the task's to bear: what it writes depends on its number alone, and
appears whole. docs/data.md says why Ray, with the measurements.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import Any, TypeVar

from .errors import UserError

Shared = TypeVar("Shared")
Result = TypeVar("Result")

# A task that has ended its process so often does so by itself, for want of memory for instance.
_RETRIES = 3
_PATIENCE_S = 10


class Cluster:
    """A connected cluster; see `cluster`."""

    def __init__(self, ray: ModuleType, workers: int) -> None:
        self._ray = ray
        self._workers = workers

    def run(
        self,
        task: Callable[..., Result],
        shared: Shared,
        numbered: Iterable[tuple[int, tuple]],
        lost: Callable[[int], str],
    ) -> Iterator[tuple[int, Result]]:
        """Does tasks, as many at once as there are workers; yields each when it is done.

        Args:
            task: called in another process, as ``task(shared, number, *more)``.
            shared: sent to each machine once.
            numbered: each task's number and what else it gets. Taken as workers become free.
            lost: what is said of a task whose process was lost again and again.

        Raises:
            UserError: a task was lost; or whatever a task raises, by its own type.
        """
        ray = self._ray
        do = ray.remote(task).options(
            num_cpus=1, max_retries=_RETRIES, scheduling_strategy="SPREAD"
        )
        shared_everywhere = ray.put(shared)
        left = iter(numbered)
        running: dict[Any, int] = {}
        while True:
            # No more than can run: a process of Ray's that has work waits for it with its networks.
            for number, more in islice(left, self._workers - len(running)):
                running[do.remote(shared_everywhere, number, *more)] = number
            if not running:
                return
            [ended], _ = ray.wait(list(running), num_returns=1)
            number = running.pop(ended)
            try:
                result = ray.get(ended)
            except ray.exceptions.RayTaskError as error:
                # What the task raised: the user's errors are told as such.
                raise error.cause from error
            except (
                ray.exceptions.WorkerCrashedError,
                ray.exceptions.NodeDiedError,
                ray.exceptions.OutOfMemoryError,
            ) as error:
                raise UserError(
                    f"the process that did {lost(number)} was lost {_RETRIES + 1} times, perhaps "
                    "because memory ran out: lower --batch_size or --workers, and run the same "
                    "command again"
                ) from error
            yield number, result


@contextmanager
def cluster(workers: int | None = None, address: str | None = None) -> Iterator[Cluster]:
    """Connects to a cluster, or starts one here that ends with the block.

    Args:
        workers: tasks that are done at the same time; None for one a machine, whose CPU cores one
            keeps busy.
        address: a running cluster's, such as ``auto`` on one of its machines or
            ``ray://head:10001``; None to start the workers on this machine, for this block alone.

    Raises:
        UserError: Ray is not installed or cannot be reached.
    """
    ray = import_ray()
    here = {} if address else {"num_cpus": workers or 1, "include_dashboard": False}
    try:
        if address and ":" in address:
            # Ray itself would try for minutes where nobody listens.
            host, _, port = address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host, int(port)), _PATIENCE_S).close()
        ray.init(address or "local", logging_level=logging.ERROR, log_to_driver=False, **here)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no Ray cluster at --address={address} ({error}); start one with: ray start --head"
        ) from error
    try:
        yield Cluster(ray, workers or sum(node["Alive"] for node in ray.nodes()))
    finally:
        ray.shutdown()


def import_ray() -> ModuleType:
    """Imports Ray, which only clusters need.

    Raises:
        UserError: it is not installed.
    """
    # Ray would report each run to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UserError(
            "--engine=ray needs Ray, which is not installed: "
            "pip install -r requirements-cluster.txt"
        ) from error
    return ray
