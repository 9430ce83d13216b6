"""Does a crop_align run in this process."""

from .job import CropJob, load_search
from .progress import showing_progress


def run_locally(job: CropJob) -> None:
    """Does every pending chunk; within each, reading, detecting and writing overlap.

    Raises:
        UserError: crops cannot be written; what is done is kept.
        KeyboardInterrupt: stopped by the user; what is done is kept.
    """
    pending = job.pending()
    if not pending:
        return
    with showing_progress(job, pending) as progress:
        search = load_search(job)
        for number in pending:
            progress.update(job.do_chunk(number, search))
