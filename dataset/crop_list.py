"""``crops.jsonl``: where each crop in a folder came from, one JSON object a line.

`crop_align.py` writes it beside the crops, `dataset_sharding.py` stores it in the records.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from facedancer.utils.cli import UserError

CROP_LIST_NAME = "crops.jsonl"
_UNFINISHED_NAME = f".{CROP_LIST_NAME}.unfinished"


@dataclass(frozen=True)
class Crop:
    """One aligned crop. Points are (x, y) in pixels; nested tuples, so that it maps to JSON.

    Attributes:
        path: the crop's file, relative to the list, with forward slashes.
        source_path: the photograph, relative to the folder of photographs, with forward slashes.
        identity: name of the photograph's first sub-folder; empty if it lies in none.
        landmarks: five points in the crop's pixels, in the template's order.
        box: left, top, right, bottom of the face in the photograph.
        score: the detector's confidence, 0..1.
        matrix: two rows of three, photograph -> crop.
        side: the crop's side in pixels.
        shrink_factor: see `utils.alignment.template`.
    """

    path: str
    source_path: str
    identity: str
    landmarks: tuple[tuple[float, ...], ...]
    box: tuple[float, ...]
    score: float
    matrix: tuple[tuple[float, ...], ...]
    side: int
    shrink_factor: float

    def __post_init__(self) -> None:
        for name, shape in {"landmarks": (5, 2), "box": (4,), "matrix": (2, 3)}.items():
            if np.shape(getattr(self, name)) != shape:
                raise ValueError(f"{name} must be {shape}, got {np.shape(getattr(self, name))}")


@contextmanager
def writing_crop_list(folder: str | Path) -> Iterator[TextIO]:
    """Opens a new list for `append_crop`; it takes its place only when the block ends well.

    Until then, and for good if the run is killed, `read_crop_list` refuses the folder: its crops
    may be half old, half new.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / _UNFINISHED_NAME
    with unfinished.open("w", encoding="utf-8") as file:
        yield file
    unfinished.replace(folder / CROP_LIST_NAME)


def append_crop(file: TextIO, crop: Crop) -> None:
    """Writes one line."""
    file.write(json.dumps(asdict(crop)) + "\n")


def read_crop_list(folder: str | Path) -> dict[str, Crop] | None:
    """The folder's crops by path, or None where no list was ever made.

    Raises:
        UserError: cropping did not finish, or a line is damaged.
    """
    folder = Path(folder)
    if (folder / _UNFINISHED_NAME).exists():
        raise UserError(f"cropping into {folder} did not finish; run dataset/crop_align.py again")
    path = folder / CROP_LIST_NAME
    if not path.is_file():
        return None
    crops = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                crop = Crop(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise UserError(
                    f"{path}, line {number} is damaged ({error}); run dataset/crop_align.py again"
                ) from error
            crops[crop.path] = crop
    return crops
