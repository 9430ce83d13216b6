"""Does a crop job's chunks on a Ray cluster: several machines, or several processes on this one.

That a chunk may be done twice, where a process was lost, is `CropJob`'s to bear: what it writes
depends on the chunk alone, and appears whole.
"""

from functools import lru_cache

from facedancer.retinaface.search import FaceSearch
from facedancer.utils.cluster import cluster

from .job import CropJob, load_search
from .progress import showing_progress


def run_on_cluster(job: CropJob, workers: int | None = None, address: str | None = None) -> None:
    """Does every pending chunk of a job; crops and parts are what the local engine makes.

    Every machine needs this package installed, and the job's folders at the same paths. One worker
    keeps a machine's CPU cores busy, so workers are spread over the machines.

    Args:
        job: what to do.
        workers: chunks that are done at the same time; None for one a machine.
        address: see `facedancer.utils.cluster.cluster`.

    Raises:
        UserError: Ray is not installed or cannot be reached, crops cannot be written, or a chunk
            ended its process again and again. What is done is kept: the same run goes on from
            there.
        KeyboardInterrupt: stopped by the user, who has been told the same.
    """
    pending = job.pending()
    if not pending:
        return
    with cluster(workers, address) as machines, showing_progress(job, pending) as progress:
        chunks = ((number, ()) for number in pending)
        done = machines.run(
            _do_chunk, job, chunks, lambda number: f"chunk {number} of {len(job.starts)}"
        )
        for number, _ in done:
            progress.update(job.size(number))


def _do_chunk(job: CropJob, number: int) -> None:
    """Does the work of one process of the cluster."""
    job.do_chunk(number, _search(job))


@lru_cache(maxsize=1)
def _search(job: CropJob) -> FaceSearch:
    """The job's detector, loaded once a process."""
    return load_search(job)
