"""``crops.jsonl``: where each crop in a folder came from, one JSON object a line.

`crop_align.py` writes it next to the crops, `dataset_sharding.py` stores it in the records.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np

from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.files import whole_text

CROP_LIST_NAME = "crops.jsonl"
# What a run that is not through keeps with its crops; it goes when the lists take their place.
UNFINISHED_NAME = ".unfinished"
# Pictures in this folder next to the list are no crops: they show some.
SHEETS_NAME = "contact_sheets"
# Bytes of JSON about one photograph, with thousands of faces.
MOST_LINE = 16 * MEGABYTE


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
        yaw: degrees, see `face_quality.head_yaw`.
        sharpness: 0 or more, see `face_quality.sharpness`.
        found_by: which look at the photograph found the face, see `retinaface.search`.
        labels: what is known exactly of a rendered face: vectors by name; mostly empty.
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
    yaw: float
    sharpness: float
    found_by: str
    labels: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, shape in {"landmarks": (5, 2), "box": (4,), "matrix": (2, 3)}.items():
            if np.shape(getattr(self, name)) != shape:
                raise ValueError(f"{name} must be {shape}, got {np.shape(getattr(self, name))}")


def write_crop_list(folder: str | Path, crops: Iterable[Crop]) -> None:
    """Writes the list again, whole or not at all."""
    with whole_text(Path(folder) / CROP_LIST_NAME) as file:
        for crop in crops:
            file.write(json.dumps(asdict(crop)) + "\n")


def read_crop_list(folder: str | Path) -> dict[str, Crop] | None:
    """The folder's crops by path, in the list's order, or None where no list was ever made.

    Raises:
        UserError: cropping did not finish, or a line is damaged or of an older version.
    """
    folder = Path(folder)
    if (folder / UNFINISHED_NAME).exists():
        raise UserError(f"cropping into {folder} did not finish; run dataset/crop_align.py again")
    if not (folder / CROP_LIST_NAME).is_file():
        return None
    return {crop.path: crop for crop in iterate_crops(folder)}


def iterate_crops(folder: str | Path) -> Iterator[Crop]:
    """The list's crops, one after the other, whether or not the run is through.

    Raises:
        UserError: a line is damaged or of an older version.
    """
    path = Path(folder) / CROP_LIST_NAME
    known = {field.name for field in fields(Crop)}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                content = parse_json(line, with_nan=True)
                if lacking := known - {"labels"} - set(content):
                    raise UserError(
                        f"{path} is of an older version: line {number} has no "
                        f"{', '.join(sorted(lacking))}; run dataset/crop_align.py --overwrite"
                    )
                crop = Crop(**content)
            except (ValueError, TypeError) as error:
                raise UserError(
                    f"{path}, line {number} is damaged ({error}); run dataset/crop_align.py "
                    "--overwrite"
                ) from error
            yield crop
