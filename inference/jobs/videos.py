"""A video or animation through the core: streamed, in parts that a killed run goes on from."""

import contextlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from facedancer.utils.errors import not_written
from facedancer.utils.files import flush, identify
from facedancer.utils.progress import progress_bar

from ..core import pipeline
from ..core.background import in_background
from ..core.frames import Frame, Observation
from ..core.looking import LOOK_BATCH, Look
from ..core.steadying import STEADY_FRAMES
from ..face_networks import FaceNetworks
from ..faces.choosing import Choice
from ..faces.planning import VideoPlanner
from ..marking.marker import Marker
from ..marking.xmp import SOURCE_TYPE
from ..video.chunks import find_chunks
from ..video.encoding import check_video
from ..video.joining import join_chunks
from ..video.reader import VideoReader, open_video
from .film_parts import OBSERVATION, FilmParts
from .outcome import Outcome
from .reports import Summary, written_report
from .settings import SwapSettings, run_fingerprint
from .telling import Progress, tell_nobody, told
from .work_folder import WorkFolder


class VideoJob:
    """Swaps one video.

    Args:
        swapper: the loaded models.
        target: the video.
        output: what the result is called; it appears whole or not at all.
        report: where the JSON lines go.
        choice: whom to swap.
        settings: how.
        progress: is told of every frame that is done; see `telling`.
    """

    def __init__(
        self,
        swapper: FaceNetworks,
        target: Path,
        output: Path,
        report: Path,
        choice: Choice,
        settings: SwapSettings,
        progress: Progress = tell_nobody,
    ) -> None:
        self._swapper = swapper
        self._target = target
        self._output = output
        self._report = report
        self._choice = choice
        self._settings = settings
        self._progress = progress
        self._suffix = output.suffix.lower()
        self._marker = Marker(settings.marking)

    def run(self) -> Outcome:
        """Swaps what is not swapped yet, joins the parts, marks the file and names it.

        Raises:
            UserError: the video cannot be read, the output not written, or another run is at it.
            KeyboardInterrupt: by Ctrl-C, once a line has said how the run goes on.
        """
        settings = {
            **run_fingerprint(self._swapper, self._choice, self._settings),
            "target": identify(self._target),
        }
        with open_video(self._target, self._settings.excerpt) as video:
            check_video(video.info, self._suffix, self._settings.video)
            return self._run(video, settings)

    def _run(self, video: VideoReader, settings: dict[str, Any]) -> Outcome:
        with WorkFolder(self._output, settings) as work:
            try:
                self._swap_rest(video, work)
            except KeyboardInterrupt:
                frames = work.whole * self._settings.part_frames
                print(
                    f"\ninterrupted: {frames} frames are kept in {work.path}; the same command "
                    "goes on from there",
                    file=sys.stderr,
                )
                raise
            try:
                return self._finish(video, work)
            except OSError as error:
                raise not_written(self._output, error) from error

    def _swap_rest(self, video: VideoReader, work: WorkFolder) -> None:
        """Makes the parts that are missing."""
        size = self._settings.part_frames
        first = work.whole * size
        encoder = self._swapper.encoder if self._settings.likeness else None
        parts = FilmParts(
            self._swapper.generator, self._settings, video.info, self._suffix, encoder
        )
        planned = self._planned(video, work, first, STEADY_FRAMES if self._settings.steady else 0)
        with contextlib.closing(parts.swapped(planned, first)) as stages:
            bar = progress_bar(stages, total=video.info.frames, initial=first, unit="frame")
            frames = told(bar, self._progress, first, video.info.frames)
            for part, group in itertools.groupby(frames, lambda done: done.frame.number // size):
                work.commit(part, parts.write(work.path, part * size, group))

    def _planned(
        self, video: VideoReader, work: WorkFolder, first: int, lead: int = 0
    ) -> Iterator[pipeline.Planned]:
        """The frames from ``first`` on and what is to be done with their faces.

        Ahead of them come ``lead`` frames that are made already, for what looks back at them.

        Reading and looking have threads of their own.
        """
        choice = self._choice
        encoder = self._swapper.encoder if choice.needs_embeddings_over_time else None
        look = Look(self._swapper.detector, encoder, is_video=True)
        begin = max(first - lead, 0)
        frames = in_background(_frames(video, begin), 2 * LOOK_BATCH)
        observed = in_background(
            pipeline.observe(frames, look, LOOK_BATCH, self._settings.part_frames), LOOK_BATCH
        )
        replayed = ((next(frames), one) if one.number >= begin else one for one in _replayed(work))
        return pipeline.plan(observed, VideoPlanner(choice), replayed)

    def _finish(self, video: VideoReader, work: WorkFolder) -> Outcome:
        """Reports; where a face was swapped, joins, marks and names the result."""
        summary, tracks = Summary(), set()
        for record in _records(work):
            summary.add(record)
            tracks.update(face.get("track") for face in record["faces"])
        notes = [note for note in (work.note, *video.notes) if note]
        notes += [
            f"there is no track {number}: facedancer tracks shows them"
            for number in sorted(set(self._choice.tracks) - tracks)
        ]
        marks: list[str] = []
        joined = output = None
        if summary.swapped:
            suffix = self._suffix
            joined = work.path / f"joined{suffix}"
            notes += join_chunks(
                find_chunks(work.path),
                joined,
                suffix,
                video.info,
                self._settings.video,
                self._target,
                {"DIGITALSOURCETYPE": SOURCE_TYPE} if self._settings.marking.is_on else None,
            )
            marks = self._marker.mark_file(joined, suffix, self._target)
            output = self._output
        outcome = Outcome(output, self._report, summary, tuple(marks), tuple(notes))
        with written_report(self._report, _records(work), outcome.to_json(self._settings)):
            if joined is not None:
                flush(joined)
                joined.replace(self._output)
        work.remove()
        return outcome


def _frames(video: VideoReader, first: int) -> Iterator[Frame]:
    for one in video.frames(first):
        yield Frame(one.image, one.number, float(one.pts * video.info.time_base), one)


def _records(work: WorkFolder) -> Iterator[dict[str, Any]]:
    """The report's lines."""
    for part in range(work.whole):
        for record in work.records(part):
            del record[OBSERVATION]
            yield record


def _replayed(work: WorkFolder) -> Iterator[Observation]:
    for part in range(work.whole):
        for record in work.records(part):
            yield Observation.from_json(record[OBSERVATION])
