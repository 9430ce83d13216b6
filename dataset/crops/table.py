"""The facts about a folder of crops, as columns: 300 bytes a crop, for sets of millions."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from absl import logging

from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import find_images
from facedancer.utils.suffixes import IMAGE_SUFFIXES

from ..records import FaceRecord
from .listing import CROP_LIST_NAME, SHEETS_NAME, UNFINISHED_NAME, Crop, iterate_crops

# The formats that the pipeline decodes.
RECORD_SUFFIXES = (".jpg", ".jpeg", ".png")
# Where the numbers of a crop stand in `CropTable.numbers`.
_LANDMARKS, _BOX, _SCORE, _YAW, _SHARPNESS = slice(10), slice(10, 14), 14, 15, 16
_MATRIX, _LABELS = slice(17, 23), 23


@dataclass(frozen=True, eq=False)
class CropTable:
    """N crops in the order of their paths.

    Attributes:
        folder: what the paths are relative to.
        paths: the crops' files, with forward slashes.
        source_paths: the photographs; several crops can be of one.
        identities: the names, sorted.
        identity: ``[N]`` int32, position in ``identities``; -1 if not known.
        numbers: ``[N, 23 + L]`` float32: landmarks, box, score, yaw, sharpness, matrix, labels.
        label_names: L names.
        side: the crops' side in pixels; None where no list tells it: then no landmarks are known.
        shrink_factor: the alignment's.
        twins: a folder that holds some of the crops once more, each of another face; None: none.
        twin_photographs: the same of the photographs, of which twins are yet to be cut.
    """

    folder: Path
    paths: Sequence[str]
    source_paths: Sequence[str]
    identities: tuple[str, ...]
    identity: np.ndarray
    numbers: np.ndarray
    label_names: tuple[str, ...]
    side: int | None
    shrink_factor: float
    twins: Path | None = None
    twin_photographs: Path | None = None

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def yaw(self) -> np.ndarray:
        """``[N]`` float32 degrees, NaN where it is not known."""
        return self.numbers[:, _YAW]

    @property
    def box(self) -> np.ndarray:
        """``[N, 4]`` float32: left, top, right, bottom of the face in its photograph."""
        return self.numbers[:, _BOX]

    @property
    def score(self) -> np.ndarray:
        """``[N]`` float32, the detector's confidence."""
        return self.numbers[:, _SCORE]

    @property
    def sharpness(self) -> np.ndarray:
        """``[N]`` float32, see `face_quality.sharpness`."""
        return self.numbers[:, _SHARPNESS]

    def identity_name(self, row: int) -> str:
        """Names the person whose face a crop shows; empty if not known."""
        return self.identities[self.identity[row]] if self.identity[row] >= 0 else ""

    def twin_of(self, row: int) -> Path | None:
        """The file that a crop's twin is made of: of the crop's path, or its photograph's.

        It may be in any of the formats.
        """
        if self.twins is not None:
            own, suffixes = self.twins / self.paths[row], RECORD_SUFFIXES
        elif self.twin_photographs is not None:
            own, suffixes = self.twin_photographs / self.source_paths[row], IMAGE_SUFFIXES
        else:
            return None
        return next(filter(Path.is_file, map(own.with_suffix, suffixes)), None)

    def points_in_photograph(self, row: int) -> np.ndarray:
        """``[5, 2]`` float64: where the points by which a crop was cut lie in its photograph."""
        matrix = self.numbers[row, _MATRIX].reshape(2, 3).astype(np.float64)
        points = self.numbers[row, _LANDMARKS].reshape(5, 2) - matrix[:, 2]
        return points @ np.linalg.inv(matrix[:, :2]).T

    def record(self, row: int, image: bytes, side: int, twin: bytes = b"") -> FaceRecord:
        """The record of one crop, given its file, its side in pixels and its twin's file."""
        numbers = self.numbers[row]
        listed = self.side is not None
        return FaceRecord(
            image=image,
            identity=self.identity_name(row),
            landmarks=(
                numbers[_LANDMARKS].reshape(5, 2) if listed else template(side, self.shrink_factor)
            ),
            source_path=self.source_paths[row],
            score=numbers[_SCORE],
            side=side,
            box=numbers[_BOX],
            yaw=numbers[_YAW],
            sharpness=numbers[_SHARPNESS],
            labels=numbers[_LABELS:],
            twin=twin,
        )


def read_crop_table(folder: str | Path, shrink_factor: float = 1.0) -> CropTable:
    """Looks at a folder of crops: by its ``crops.jsonl`` or, without one, by its image files.

    Args:
        folder: what `crop_align.py` made, or any folder of aligned crops; of the latter the
            landmarks are taken to lie at the template's places, and the first sub-folder's name
            to be the identity.
        shrink_factor: the alignment's, used only where there is no list to say it.

    Raises:
        UserError: no crops, one that is not listed, a list that is damaged or of crops that do not
            belong together.
    """
    folder = Path(folder)
    paths = [path.relative_to(folder).as_posix() for path in find_images(folder)]
    if (folder / UNFINISHED_NAME).exists():
        raise UserError(f"cropping into {folder} did not finish; run dataset/crop_align.py again")
    if (folder / CROP_LIST_NAME).is_file():
        return _read_listed(folder, set(paths))
    names = [path.rpartition("/")[0].partition("/")[0] for path in paths]
    numbers = np.full((len(paths), _LABELS), np.nan, np.float32)
    return CropTable(folder, paths, paths, *_number_names(names), numbers, (), None, shrink_factor)


def _read_listed(folder: Path, images: set[str]) -> CropTable:
    first: Crop | None = None
    found: dict[str, str] = {}  # photographs by crop
    names, labels, numbers, missing = [], [], array("f"), 0
    for crop in iterate_crops(folder):
        if crop.path not in images:
            # A listed crop that is gone is fine: to look at them and delete bad ones is practice.
            missing += 1
            continue
        first = first or crop
        _check_belongs(folder, crop, first)
        if crop.path in found:
            raise UserError(
                f"{folder / CROP_LIST_NAME} names {crop.path} twice; run dataset/crop_align.py "
                "--overwrite"
            )
        found[crop.path] = crop.source_path
        names.append(crop.identity)
        labels.append(crop.labels or None)
        numbers.extend([v for point in crop.landmarks for v in point])
        numbers.extend([*crop.box, crop.score, crop.yaw, crop.sharpness])
        numbers.extend([v for row in crop.matrix for v in row])
    for path in sorted(images.difference(found)):
        if not path.startswith(f"{SHEETS_NAME}/"):
            raise UserError(
                f"{folder / path} is not in {CROP_LIST_NAME}, so it is from an older run or was "
                "added later: remove it, or run dataset/crop_align.py into an empty folder"
            )
    if first is None:
        raise UserError(
            f"none of the crops in {folder / CROP_LIST_NAME} exists: run dataset/crop_align.py"
        )
    if missing:
        logging.warning("%d of the crops listed in %s are not there", missing, folder)
    paths = list(found)
    label_names, label_numbers = _flatten_labels(folder, paths, labels)
    columns = np.frombuffer(numbers, np.float32).reshape(len(paths), _LABELS)
    identities, identity = _number_names(names)
    order = np.array(sorted(range(len(paths)), key=paths.__getitem__))
    return CropTable(
        folder=folder,
        paths=[paths[row] for row in order],
        source_paths=[found[paths[row]] for row in order],
        identities=identities,
        identity=identity[order],
        numbers=np.concatenate([columns, label_numbers], axis=1)[order],
        label_names=label_names,
        side=first.side,
        shrink_factor=first.shrink_factor,
    )


def _check_belongs(folder: Path, crop: Crop, first: Crop) -> None:
    for name in ("side", "shrink_factor"):
        if getattr(crop, name) != getattr(first, name):
            raise UserError(
                f"{folder / CROP_LIST_NAME}: {crop.path} has {name} {getattr(crop, name)}, but "
                f"{first.path} has {getattr(first, name)}: all must be equal; run "
                "dataset/crop_align.py --overwrite"
            )


def _flatten_labels(
    folder: Path, paths: Sequence[str], labels: Sequence[dict[str, list[float]] | None]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Vectors by name -> names of single numbers, and ``[N, L]`` float32, NaN where there is none.

    A label of one number keeps its name; those of a longer one are ``name/0``, ``name/1``, ...
    """
    sizes: dict[str, tuple[int, str]] = {}
    for path, vectors in zip(paths, labels, strict=True):
        for name, vector in (vectors or {}).items():
            size, where = sizes.setdefault(name, (len(vector), path))
            if len(vector) != size:
                raise UserError(
                    f"{folder / CROP_LIST_NAME}: label {name!r} has {len(vector)} numbers for "
                    f"{path} and {size} for {where}: correct labels.jsonl, then run "
                    "dataset/crop_align.py --overwrite"
                )
    names, starts = [], {}
    for name in sorted(sizes):
        size = sizes[name][0]
        starts[name] = len(names)
        names += [name] if size == 1 else [f"{name}/{number}" for number in range(size)]
    flat = np.full((len(paths), len(names)), np.nan, np.float32)
    for row, vectors in enumerate(labels):
        for name, vector in (vectors or {}).items():
            flat[row, starts[name] : starts[name] + len(vector)] = vector
    return tuple(names), flat


def _number_names(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Each one's position among the sorted different names; an empty name is -1, unknown."""
    identities = tuple(sorted(set(names) - {""}))
    positions = {name: number for number, name in enumerate(identities)} | {"": -1}
    return identities, np.array([positions[name] for name in names], np.int32)
