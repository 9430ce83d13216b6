"""Still pictures through the core: one, or all of a folder, in batches over the pictures."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.utils.cli import UserError
from facedancer.utils.images import encode_image, read_image
from facedancer.utils.progress import progress_bar

from ..blending.blending import Blender
from ..face_networks import FaceNetworks
from ..faces.choosing import Choice
from ..faces.planning import PicturePlanner
from ..marking.marker import Marker
from . import core
from .background import in_background, map_in_order
from .frames import Frame, SwappedFrame
from .looking import Look
from .outcome import Outcome
from .reports import Summary, frame_record, write_report
from .settings import SwapSettings, run_fingerprint
from .work_folder import WorkFolder, identify

_WORKERS = 2


@dataclasses.dataclass(frozen=True)
class PictureTask:
    """A picture and where its result goes."""

    target: Path
    output: Path


class PictureJob:
    """Swaps pictures and writes those in which a face was changed.

    Args:
        swapper: the loaded models.
        tasks: the pictures. Of several, one that cannot be read is skipped.
        report: where the JSON lines go.
        choice: whom to swap.
        settings: how.
    """

    def __init__(
        self,
        swapper: FaceNetworks,
        tasks: Sequence[PictureTask],
        report: Path,
        choice: Choice,
        settings: SwapSettings,
    ) -> None:
        self._swapper = swapper
        self._tasks = tasks
        self._report = report
        self._choice = choice
        self._settings = settings
        self._marker = Marker(settings.marking)
        self._blender = Blender(settings.blending)

    def run(self) -> Outcome:
        """Swaps what an earlier run has not, and reports.

        Raises:
            UserError: the only picture cannot be read, a result not written, or another run is at
                work on the same.
        """
        settings = {
            **run_fingerprint(self._swapper, self._choice, self._settings),
            "targets": [identify(task.target) for task in self._tasks],
            "outputs": [str(task.output) for task in self._tasks],
        }
        with WorkFolder(self._report, settings) as work:
            first = work.whole
            bar = progress_bar(total=len(self._tasks), initial=first, unit="picture")
            with bar, contextlib.closing(self._records(self._tasks[first:])) as records:
                for number, record in enumerate(records, first):
                    work.commit(number, [record])
                    bar.update()
            return self._finish(work)

    def _finish(self, work: WorkFolder) -> Outcome:
        summary, marks = Summary(), {}
        for record in _committed(work):
            summary.add(record)
            marks.update(dict.fromkeys(record.get("marks", ())))
        output = None
        if summary.swapped:
            single = len(self._tasks) == 1
            output = self._tasks[0].output if single else self._report.parent
        notes = (work.note,) if work.note else ()
        outcome = Outcome(output, self._report, summary, tuple(marks), notes)
        write_report(self._report, _committed(work), outcome.to_json(self._settings))
        work.remove()
        return outcome

    def _records(self, tasks: Sequence[PictureTask]) -> Iterator[dict[str, object]]:
        """A record a picture, in order; ``"skipped"`` in it says why it was not read."""
        skipped: dict[int, str] = {}
        expected = 0
        for done, marks in self._swapped(tasks, skipped):
            for number in range(expected, done.frame.number):
                yield {"picture": str(tasks[number].target), "skipped": skipped[number]}
            expected = done.frame.number + 1
            record = {"picture": str(done.frame.origin.target), **frame_record(done)}
            yield record | {"marks": marks} if marks else record
        if skipped and len(self._tasks) == 1:
            raise UserError(skipped[0])
        for number in range(expected, len(tasks)):
            yield {"picture": str(tasks[number].target), "skipped": skipped[number]}

    def _swapped(
        self, tasks: Sequence[PictureTask], skipped: dict[int, str]
    ) -> Iterator[tuple[SwappedFrame, list[str]]]:
        encoder = self._swapper.encoder if self._choice.needs_embeddings else None
        look = Look(self._swapper.detector, encoder, is_video=False)
        # A picture alone is not filled up to a batch: that would take four times as long.
        batches = core.Batches(
            self._swapper.generator,
            self._settings.batch_size,
            is_padded=len(self._tasks) > 1,
            with_attention=self._settings.blending.needs_attention,
        )
        frames = in_background(_read(tasks, skipped), 2)
        # One at a time: pictures are of all sizes, and may be huge.
        observed = core.observe(frames, look, 1)
        planned = core.plan(observed, PicturePlanner(self._choice))
        swapped = in_background(batches.swap(planned), 2)
        return map_in_order(self._written, swapped, _WORKERS)

    def _written(self, done: SwappedFrame) -> tuple[SwappedFrame, list[str]]:
        """Blends, marks and writes one picture."""
        task: PictureTask = done.frame.origin
        if not any(one.is_changed for one in done.faces):
            return done, []
        boxes = np.array([one.face.box for one in done.faces])
        image = self._blender(done.frame.image, done.faces)
        if self._settings.compare:
            image = np.concatenate([done.frame.image, image], axis=1)
            boxes[:, ::2] += done.frame.image.shape[1]
        # The watermark is read from a whole picture: it goes in last.
        return done, self._write(self._marker.mark_picture(image, boxes), task)

    def _write(self, image: np.ndarray, task: PictureTask) -> list[str]:
        suffix = task.output.suffix
        unfinished = task.output.with_name(f".{task.output.name}.unfinished")
        try:
            task.output.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(encode_image(image, suffix, self._settings.quality))
            marks = self._marker.mark_file(unfinished, suffix, task.target)
            unfinished.replace(task.output)
        except OSError as error:
            raise UserError(f"cannot write {task.output}: {error.strerror}") from error
        finally:
            unfinished.unlink(missing_ok=True)
        return marks


def _read(tasks: Sequence[PictureTask], skipped: dict[int, str]) -> Iterator[Frame]:
    for number, task in enumerate(tasks):
        try:
            yield Frame(read_image(task.target), number, origin=task)
        except UserError as error:
            skipped[number] = str(error)


def _committed(work: WorkFolder) -> Iterator[dict[str, Any]]:
    for part in range(work.whole):
        yield from work.records(part)
