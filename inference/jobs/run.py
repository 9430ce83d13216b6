"""All of a run's tasks, one after the other."""

from collections.abc import Iterator

from facedancer.utils.cluster import Cluster
from facedancer.utils.errors import UserError

from ..face_networks import FaceNetworks
from ..faces.choosing import Choice
from .cluster_videos import ClusterVideoJob
from .outcome import Outcome, skipped_file
from .passed_over import outcome_of
from .pictures import PictureJob
from .settings import SwapSettings
from .targets import Tasks, report_of
from .telling import Progress, tell_nobody
from .videos import VideoJob


def swap_all(
    swapper: FaceNetworks,
    tasks: Tasks,
    choice: Choice,
    settings: SwapSettings,
    cluster: Cluster | None = None,
    progress: Progress = tell_nobody,
) -> Iterator[Outcome]:
    """Does it all; one outcome for all pictures, one for every video, one for what is passed over.

    Args:
        swapper: the loaded models.
        tasks: from `find_tasks`.
        choice: whom to swap.
        settings: how.
        cluster: where videos are swapped; None: in this process, as pictures always are.
        progress: is told of the pictures that are done, then of each video's frames; see `telling`.

    Raises:
        UserError: of a single file, whatever is wrong with it; of several, one that cannot be read
            is skipped, and its outcome says why.
    """
    if choice.tracks and tasks.pictures:
        raise UserError(
            f"tracks exist only in videos, and {tasks.pictures[0].target} is a still picture: "
            "leave out the tracks"
        )
    if tasks.pictures:
        job = (swapper, tasks.pictures, tasks.report, choice, settings, tasks.passed_over)
        yield PictureJob(*job, progress).run()
    for task in tasks.videos:
        report = report_of(task.output)
        try:
            job = (swapper, task.target, task.output, report, choice, settings)
            if cluster is None:
                yield VideoJob(*job, progress).run()
            else:
                yield ClusterVideoJob(*job, cluster, progress).run()
        except UserError as error:
            if len(tasks.videos) + len(tasks.pictures) == 1:
                raise
            yield skipped_file(task.target, report, str(error), settings)
    if tasks.passed_over:
        yield outcome_of(tasks.passed_over, tasks.report, settings, bool(tasks.pictures))
