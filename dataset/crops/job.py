"""The work of one crop_align run, in chunks that any process can do, in any order.

Each chunk's crops are written first and the chunk's part file last, so that a part file vouches for
its crops. A run that is killed goes on with the chunks that have none. In the end the parts become
the lists, whose bytes depend neither on who did which chunk nor on how often the run was killed.
"""

import errno
import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.retinaface.detector import SHIPPED_WEIGHTS, Detector, load_detector
from facedancer.retinaface.loading import describe_detector
from facedancer.retinaface.search import FaceSearch
from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UnwrittenError, UserError
from facedancer.utils.files import whole_text, write_bytes
from facedancer.utils.images import encode_image

from .cropping import Search, crop_photographs
from .listing import CROP_LIST_NAME, MOST_LINE, UNFINISHED_NAME
from .photograph_list import list_photographs
from .photograph_reader import read_groups, usable_cores
from .plan import REPORT_NAME, finish_plan, make_plan, read_photographs
from .report import sheet_paths, summarise, write_contact_sheets
from .settings import CropSettings

CHUNK_SIZE = 128
_PART_NAME = re.compile(r"part_(\d+)\.jsonl")


@dataclass(frozen=True)
class CropJob:
    """One run, as `start_job` makes it; small, and can be sent to other processes.

    Attributes:
        data_dir: the photographs' folder, absolute.
        target_dir: the crops' folder, absolute; both must be there for every process.
        settings: how to crop.
        detector_path: the detector's weights; None for the ones that ship.
        count: number of photographs.
        chunk_size: photographs in each chunk but the last.
        starts: where each chunk begins in the plan.
        is_finished: there is nothing left to do, not even to merge.
    """

    data_dir: Path
    target_dir: Path
    settings: CropSettings
    detector_path: Path | None
    count: int
    chunk_size: int
    starts: tuple[int, ...]
    is_finished: bool

    def pending(self) -> list[int]:
        """Numbers of the chunks that are still to be done, ascending."""
        if self.is_finished:
            return []
        names = (path.name for path in self._work.iterdir())
        done = {int(match[1]) for name in names if (match := _PART_NAME.fullmatch(name))}
        return [number for number in range(len(self.starts)) if number not in done]

    def size(self, number: int) -> int:
        """Counts the photographs of chunk ``number``."""
        return min(self.chunk_size, self.count - number * self.chunk_size)

    def do_chunk(self, number: int, search: Search) -> int:
        """Crops a chunk's photographs. To do it twice is harmless, even at the same time.

        Returns:
            The number of photographs.

        Raises:
            UserError: the crops cannot be written.
        """
        photographs = read_photographs(self.target_dir, self.starts[number], self.chunk_size)
        with (
            _naming_write_errors(self.target_dir),
            whole_text(self._part(number), within=self._work) as part,
            ThreadPoolExecutor(usable_cores()) as pool,
        ):
            writes: list[Future] = []
            for group, images in read_groups(self.data_dir, photographs, pool):
                outcomes = crop_photographs(group, images, search, self.settings)
                for write in writes:
                    write.result()
                crops = [pair for outcome in outcomes for pair in outcome.crops]
                writes = [pool.submit(self._write, crop.path, pixels) for crop, pixels in crops]
                for outcome in outcomes:
                    known = [asdict(crop) for crop, _ in outcome.crops]
                    part.write(json.dumps({"report": outcome.report, "crops": known}) + "\n")
            for write in writes:
                write.result()
        return len(photographs)

    def merge(self) -> None:
        """Makes lists, contact sheets and ``crop_align.json`` of the parts, and ends the run.

        Raises:
            UserError: a file cannot be written.
            ValueError: chunks are pending.
        """
        if self.is_finished:
            return
        if pending := self.pending():
            raise ValueError(f"{len(pending)} chunks are still to be done, such as {pending[0]}")
        target = self.target_dir
        with _naming_write_errors(target):
            with (
                whole_text(target / CROP_LIST_NAME, within=self._work) as crops,
                whole_text(target / REPORT_NAME, within=self._work) as report,
            ):
                for number in range(len(self.starts)):
                    for line in _read_part(self._part(number)):
                        report.write(json.dumps(line["report"]) + "\n")
                        for crop in line["crops"]:
                            crops.write(json.dumps(crop) + "\n")
            write_contact_sheets(self.data_dir, target)
            finish_plan(target, summarise(target).outcomes)

    @property
    def _work(self) -> Path:
        return self.target_dir / UNFINISHED_NAME

    def _part(self, number: int) -> Path:
        return self._work / f"part_{number:06d}.jsonl"

    def _write(self, name: str, pixels: np.ndarray) -> None:
        path = self.target_dir / name
        data = encode_image(pixels, path.suffix)
        # Another process may write the same crop.
        write_bytes(path, data, within=self._work, is_durable=False)


def _read_part(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as part:
        for number, line in enumerate(part, 1):
            try:
                content = parse_json(line, MOST_LINE, with_nan=True)
                yield {"report": dict(content["report"]), "crops": list(content["crops"])}
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(
                    f"{path}, line {number} is damaged ({error!r}): remove the file, and run the "
                    "same command again"
                ) from error


@contextmanager
def _naming_write_errors(target_dir: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnwrittenError) as error:
        cause = error.__cause__ if isinstance(error, UnwrittenError) else error
        why = cause.strerror or str(cause)
        remedy = "free space" if cause.errno == errno.ENOSPC else "correct that"
        raise UserError(
            f"cannot write below {target_dir} ({why}); finished work is kept: {remedy} and run the "
            "same command again"
        ) from error


def start_job(
    data_dir: str | Path,
    target_dir: str | Path,
    settings: CropSettings,
    detector_path: str | Path | None = None,
    overwrite: bool = False,
    chunk_size: int = CHUNK_SIZE,
) -> CropJob:
    """Begins a run over every photograph below ``data_dir``, or takes up one that was cut off.

    Args:
        data_dir: photographs; the first sub-folder names the identity.
        target_dir: for the crops; the sub-folders are mirrored.
        settings: how to crop.
        detector_path: the detector's file or SavedModel folder; None for the one that ships.
        overwrite: begin again, whatever run of ours ``target_dir`` holds.
        chunk_size: photographs in a chunk; a run that is taken up keeps its own.

    Raises:
        UserError: no photographs, ``target_dir`` lies among them, or it holds another run's files.
    """
    data_dir, target_dir = Path(data_dir).resolve(), Path(target_dir).resolve()
    if target_dir.is_relative_to(data_dir):
        raise UserError(
            f"--output={target_dir} is inside --data={data_dir}, so a second run would crop the "
            "crops: choose a folder outside"
        )
    weights = SHIPPED_WEIGHTS if detector_path is None else Path(detector_path).resolve()
    describe_detector(weights)  # refuses what can be none before anything is written
    photographs = list_photographs(data_dir, settings.suffix, taken=sheet_paths())
    with _naming_write_errors(target_dir):
        plan = make_plan(target_dir, photographs, settings, weights, overwrite, chunk_size)
    return CropJob(
        data_dir,
        target_dir,
        settings,
        None if detector_path is None else weights,
        plan.photographs,
        plan.chunk_size,
        plan.starts,
        plan.is_finished,
    )


def load_search(job: CropJob) -> FaceSearch:
    """The job's detector with the searches it asks for; each process loads it once."""
    settings = job.settings
    detector = load_detector(job.detector_path)
    # Faces below --min_score are found as well, so that the report can say how they scored.
    detector = Detector(detector.model, min_score=min(detector.min_score, settings.min_score))
    return FaceSearch(detector, settings.batch_size, settings.turned, settings.enlarged)
