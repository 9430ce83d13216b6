"""Still pictures through the core: one, or all of a folder, in batches over the pictures."""

import collections
import contextlib
import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.files import identify
from facedancer.utils.naming import shown
from facedancer.utils.picture import Picture
from facedancer.utils.progress import progress_bar

from ..blending.blender import Blender
from ..core import pipeline
from ..core.background import in_background, map_in_order
from ..core.frames import Frame, SwappedFrame
from ..core.likeness import measured
from ..core.looking import Look
from ..face_networks import FaceNetworks
from ..faces.choosing import Choice
from ..faces.planning import PicturePlanner
from ..marking.marker import Marker
from .outcome import Outcome
from .passed_over import PassedOver
from .picture_files import Page, PictureTask, UnfitError, read_pages, write_pages
from .reports import Summary, frame_record, joined_record, write_report
from .settings import SwapSettings, run_fingerprint
from .telling import Progress, tell_nobody, told
from .work_folder import WorkFolder

_WORKERS = 2


@dataclasses.dataclass(frozen=True, eq=False)
class _Made:
    """A page that went through the core.

    Attributes:
        page: as it was.
        record: what happened in it.
        picture: what it became; None where nothing did, or where it is written already.
        result: the picture's line of the report, where it is the only page.
    """

    page: Page
    record: dict[str, Any]
    picture: Picture | None
    result: dict[str, Any] | None = None


class PictureJob:
    """Swaps pictures and writes those in which a face was changed.

    Args:
        swapper: the loaded models.
        tasks: the pictures. Of several, one that cannot be read or written is skipped.
        report: where the JSON lines go.
        choice: whom to swap.
        settings: how.
        passed_over: what else lay there, for the report.
        progress: is told of every picture that is done; see `telling`.
    """

    def __init__(
        self,
        swapper: FaceNetworks,
        tasks: Sequence[PictureTask],
        report: Path,
        choice: Choice,
        settings: SwapSettings,
        passed_over: Sequence[PassedOver] = (),
        progress: Progress = tell_nobody,
    ) -> None:
        self._swapper = swapper
        self._tasks = tasks
        self._report = report
        self._choice = choice
        self._settings = settings
        self._passed_over = passed_over
        self._progress = progress
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
                counted = told(records, self._progress, first, len(self._tasks))
                for number, record in enumerate(counted, first):
                    work.commit(number, [record])
                    bar.update()
            return self._finish(work)

    def _finish(self, work: WorkFolder) -> Outcome:
        summary, marks, notes = Summary(), {}, collections.Counter()
        for record in self._reported(work):
            summary.add(record)
            marks.update(dict.fromkeys(record.get("marks", ())))
            notes.update(record.get("notes", ()))
        output = None
        is_single = len(self._tasks) == 1
        if summary.swapped:
            output = self._tasks[0].output if is_single else self._report.parent
        lines = [note if is_single else f"{note} ({count} x)" for note, count in notes.items()]
        lines = [*filter(None, [work.note]), *lines]
        outcome = Outcome(output, self._report, summary, tuple(marks), tuple(lines))
        write_report(self._report, self._reported(work), outcome.to_json(self._settings))
        work.remove()
        return outcome

    def _reported(self, work: WorkFolder) -> Iterator[dict[str, Any]]:
        for part in range(work.whole):
            yield from work.records(part)
        for one in self._passed_over:
            yield one.record

    def _records(self, tasks: Sequence[PictureTask]) -> Iterator[dict[str, Any]]:
        """A record a picture, in order; ``"skipped"`` in it says why there is no result."""
        skipped: dict[int, str] = {}
        expected = 0
        pages = map_in_order(self._finished, self._swapped(tasks, skipped), _WORKERS)
        for number, group in itertools.groupby(pages, key=lambda made: made.page.number):
            for earlier in range(expected, number):
                yield _skipped(tasks[earlier], skipped[earlier])
            expected = number + 1
            made = list(group)
            yield made[0].result or self._result(made)
        if skipped and len(self._tasks) == 1:
            raise UserError(skipped[0])
        for number in range(expected, len(tasks)):
            yield _skipped(tasks[number], skipped[number])

    def _swapped(
        self, tasks: Sequence[PictureTask], skipped: dict[int, str]
    ) -> Iterator[SwappedFrame]:
        encoder = self._swapper.encoder if self._choice.needs_embeddings else None
        look = Look(self._swapper.detector, encoder, is_video=False)
        # A picture alone is not filled up to a batch: that would take four times as long.
        batches = pipeline.Batches(
            self._swapper.generator,
            self._settings.batch_size,
            is_padded=len(self._tasks) > 1,
            with_attention=self._settings.blending.needs_attention,
        )
        frames = in_background(_frames(tasks, skipped), 2)
        # One at a time: pictures are of all sizes, and may be huge.
        observed = pipeline.observe(frames, look, 1)
        planned = pipeline.plan(observed, PicturePlanner(self._choice))
        swapped = measured(batches.swap(planned), self._swapper.encoder)
        return in_background(swapped, 2)

    def _finished(self, done: SwappedFrame) -> _Made:
        """Blends and marks a page; writes it where it is the only one."""
        page: Page = done.frame.origin
        is_changed = any(one.is_changed for one in done.faces)
        made = _Made(page, frame_record(done), self._changed(done) if is_changed else None)
        if not page.is_alone:
            return made
        return dataclasses.replace(made, picture=None, result=self._result([made]))

    def _changed(self, done: SwappedFrame) -> Picture:
        before: Picture = done.frame.origin.picture
        boxes = np.array([one.face.box for one in done.faces])
        image = self._blender(before.seen, done.faces)
        if self._settings.compare:
            image = np.concatenate([before.seen, image], axis=1)
            boxes[:, ::2] += before.seen.shape[1]
            before = before.twice()
        # The watermark is read from a whole picture: it goes in last.
        return before.changed_to(self._marker.mark_picture(image, boxes))

    def _result(self, pages: Sequence[_Made]) -> dict[str, Any]:
        """Writes a picture once all its pages are made, if one changed; its line of the report."""
        task = pages[0].page.task
        record = {
            "picture": shown(task.target),
            **joined_record([made.record for made in pages]),
        }
        if all(made.picture is None for made in pages):
            return record
        pictures = [made.picture or self._as_before(made.page) for made in pages]
        try:
            marks, notes = write_pages(pictures, task, self._marker, self._settings.quality)
        except UnfitError as error:
            if len(self._tasks) == 1:
                raise
            return _skipped(task, str(error))
        notes = [*(note for made in pages for note in made.page.notes), *notes]
        record |= {"marks": marks, "notes": notes}
        return {name: value for name, value in record.items() if name != "notes" or value}

    def _as_before(self, page: Page) -> Picture:
        return page.picture.twice() if self._settings.compare else page.picture


def _frames(tasks: Sequence[PictureTask], skipped: dict[int, str]) -> Iterator[Frame]:
    numbers = itertools.count()
    for number, task in enumerate(tasks):
        try:
            for page in read_pages(task, number):
                yield Frame(page.picture.seen, next(numbers), origin=page)
        except UserError as error:
            skipped[number] = str(error)


def _skipped(task: PictureTask, reason: str) -> dict[str, Any]:
    return {"picture": shown(task.target), "skipped": reason}
