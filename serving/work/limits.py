"""Limits of what strangers may ask for."""

import dataclasses

MEGABYTE = 2**20


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of requests and jobs.

    Attributes:
        most_bytes: of one request's files that are answered at once.
        most_job_bytes: of one job's files.
        most_pixels: of a picture, all its pages together, or of one frame of a film. A swap takes
            about 40 bytes of memory for each.
        most_seconds: of a film; of one that does not say, so many times 60 frames.
        most_photographs: of a person, as sources or as references.
        most_waiting: jobs that wait or run.
        most_stored_bytes: of all jobs' files together.
        keep_s: for how many seconds a job is kept after its end.
    """

    most_bytes: int = 64 * MEGABYTE
    most_job_bytes: int = 1024 * MEGABYTE
    most_pixels: int = 32 * 10**6
    most_seconds: float = 600.0
    most_photographs: int = 16
    most_waiting: int = 32
    most_stored_bytes: int = 20 * 1024 * MEGABYTE
    keep_s: float = 24 * 3600.0

    @property
    def most_frames(self) -> int:
        """Frames of a film after which its swap is given up."""
        return int(60 * self.most_seconds)


DEFAULT_LIMITS = Limits()
