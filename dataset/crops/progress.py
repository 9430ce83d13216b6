"""The progress bar of a crop_align run, whichever engine does it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tqdm import tqdm

from facedancer.utils.progress import progress_bar

from .job import CropJob


@contextmanager
def showing_progress(job: CropJob, pending: Sequence[int]) -> Iterator[tqdm]:
    """A bar over all photographs; those outside the ``pending`` chunks are done.

    Raises:
        KeyboardInterrupt: stopped by the user, who is told that nothing done is lost.
    """
    done = job.count - sum(map(job.size, pending))
    with progress_bar(total=job.count, initial=done, desc="cropping", unit="image") as progress:
        try:
            yield progress
        except KeyboardInterrupt:
            progress.close()
            print(
                f"\nstopped: {progress.n} of {job.count} photographs are done and kept; the same "
                "command goes on from there",
                file=sys.stderr,
            )
            raise
