"""A film over several machines: faces are found and followed here, parts swapped anywhere."""

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

from facedancer.utils.cluster import Cluster
from facedancer.utils.errors import UserError
from facedancer.utils.progress import progress_bar

from ..core.background import in_background
from ..core.frames import Observation
from ..core.pipeline import Plan
from ..face_networks import FaceNetworks
from ..faces.choosing import Choice
from ..video.reader import VideoReader
from .film_worker import Film, make_part
from .settings import SwapSettings
from .telling import Progress, tell_nobody
from .videos import VideoJob
from .work_folder import WorkFolder

# Parts that are planned and wait for a worker. Plans are small; frames do not wait with them.
_PLANNED_AHEAD = 8

_Planned = list[tuple[Observation, Plan]]


class ClusterVideoJob(VideoJob):
    """Swaps one video on a cluster; the result is `VideoJob`'s, byte by byte.

    A run that was stopped goes on, here or on one machine: both keep the same parts.

    Args:
        swapper: loaded from files that every machine has.
        target, output, report, choice, settings, progress: as `VideoJob`'s; target and output at
            the same paths on every machine.
        cluster: connected.

    Raises:
        UserError: settings that one machine alone can do.
    """

    def __init__(
        self,
        swapper: FaceNetworks,
        target: Path,
        output: Path,
        report: Path,
        choice: Choice,
        settings: SwapSettings,
        cluster: Cluster,
        progress: Progress = tell_nobody,
    ) -> None:
        for name in ("likeness", "steady"):
            if getattr(settings, name):
                raise UserError(f"--{name} works only on one machine: leave out --engine=ray")
        super().__init__(swapper, target, output, report, choice, settings, progress)
        self._cluster = cluster

    def _swap_rest(self, video: VideoReader, work: WorkFolder) -> None:
        film = Film(
            self._target.resolve(),
            self._target.stat().st_size,
            work.path.resolve(),
            self._suffix,
            video.info,
            _absolute(self._settings),
            self._swapper.recipe,
        )
        size = self._settings.part_frames
        bar = progress_bar(total=video.info.frames, initial=work.whole * size, unit="frame")
        planned = in_background(self._parts(video, work), _PLANNED_AHEAD)
        with bar, contextlib.closing(planned):
            made = self._cluster.run(make_part, film, planned, lambda part: f"part {part}")
            for part, records in made:
                work.commit(part, records)
                bar.update(len(records))
                self._progress(bar.n, video.info.frames)

    def _parts(self, video: VideoReader, work: WorkFolder) -> Iterator[tuple[int, tuple[_Planned]]]:
        """The parts that are missing, with what is to be done in them, as it becomes known."""
        size = self._settings.part_frames
        frames = self._planned(video, work, work.whole * size)
        for part, group in itertools.groupby(frames, lambda one: one[0].number // size):
            planned = [(observation, plan) for _, observation, plan in group]
            if not work.is_committed(part):
                yield part, (planned,)


def _absolute(settings: SwapSettings) -> SwapSettings:
    """The settings with paths that hold in another process, which stands in another folder."""
    blending = settings.blending
    changed = {
        name: str(Path(value).resolve())
        for name, value in (
            ("mask", blending.mask),
            ("super_resolution", blending.super_resolution),
        )
        if value and Path(value).is_file()
    }
    return dataclasses.replace(settings, blending=dataclasses.replace(blending, **changed))
