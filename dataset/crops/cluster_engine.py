"""Does a crop job's chunks on a Ray cluster: several machines, or several processes on this one.

Ray starts a lost process again and does its chunk again, on another machine where it must. That a
chunk may be done twice then is `CropJob`'s to bear: what it writes depends on the chunk alone, and
appears whole. docs/data.md says why Ray, with the measurements.
"""

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from types import ModuleType

from facedancer.retinaface.search import FaceSearch
from facedancer.utils.errors import UserError

from .job import CropJob, load_search
from .progress import showing_progress

# A chunk that has ended its process so often does so by itself, for want of memory for instance.
_RETRIES = 3
_PATIENCE_S = 10


def run_on_cluster(job: CropJob, workers: int | None = None, address: str | None = None) -> None:
    """Does every pending chunk of a job; crops and parts are what the local engine makes.

    Every machine needs this package installed, and the job's folders at the same paths. One worker
    keeps a machine's CPU cores busy, so workers are spread over the machines.

    Args:
        job: what to do.
        workers: chunks that are done at the same time; None for one a machine.
        address: a running cluster's, such as ``auto`` on one of its machines or
            ``ray://head:10001``; None to start the workers on this machine, for this run alone.

    Raises:
        UserError: Ray is not installed or cannot be reached, crops cannot be written, or a chunk
            ended its process again and again. What is done is kept: the same run goes on from
            there.
        KeyboardInterrupt: stopped by the user, who has been told the same.
    """
    pending = job.pending()
    if not pending:
        return
    ray = _import_ray()
    with _session(ray, workers, address), showing_progress(job, pending) as progress:
        workers = workers or sum(node["Alive"] for node in ray.nodes())
        for number in _done(ray, job, pending, workers):
            progress.update(job.size(number))


def _done(ray: ModuleType, job: CropJob, numbers: Sequence[int], workers: int) -> Iterator[int]:
    """Has the chunks done, as many at once as there are workers; yields each when it is done."""
    do_chunk = ray.remote(_do_chunk).options(
        num_cpus=1, max_retries=_RETRIES, scheduling_strategy="SPREAD"
    )
    shared_job = ray.put(job)
    left = iter(numbers)
    running = {}
    while True:
        # No more than can run: a process of Ray's that has work waits for it with its detector.
        for number in islice(left, workers - len(running)):
            running[do_chunk.remote(shared_job, number)] = number
        if not running:
            return
        [ended], _ = ray.wait(list(running), num_returns=1)
        number = running.pop(ended)
        try:
            ray.get(ended)
        except ray.exceptions.RayTaskError as error:
            # What do_chunk raised, by its own type: the user's errors are told as such.
            raise error.cause from error
        except (
            ray.exceptions.WorkerCrashedError,
            ray.exceptions.NodeDiedError,
            ray.exceptions.OutOfMemoryError,
        ) as error:
            raise UserError(
                f"the process that did chunk {number} of {len(job.starts)} was lost "
                f"{_RETRIES + 1} times, perhaps for want of memory: lower --batch_size or "
                "--workers, and run the same command again"
            ) from error
        yield number


def _do_chunk(job: CropJob, number: int) -> None:
    """Does the work of one process of the cluster."""
    job.do_chunk(number, _search(job))


@lru_cache(maxsize=1)
def _search(job: CropJob) -> FaceSearch:
    """The job's detector, loaded once a process."""
    return load_search(job)


def _import_ray() -> ModuleType:
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


@contextmanager
def _session(ray: ModuleType, workers: int | None, address: str | None) -> Iterator[None]:
    """Connects to a cluster, or starts one here that ends with the block."""
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
        yield
    finally:
        ray.shutdown()
