"""A folder of photographs -> a folder of aligned face crops, with a line of report for each."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

import numpy as np
from tqdm import tqdm

from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import align_face
from facedancer.utils.cli import UserError
from facedancer.utils.images import find_images, read_image, write_image

from .crop_list import Crop, append_crop, writing_crop_list

REPORT_NAME = "report.jsonl"


class FaceDetector(Protocol):
    """What is needed of `retinaface.detector.Detector`."""

    def detect(self, image: np.ndarray) -> list[Face]:
        """``[H, W, 3]`` uint8 RGB -> its faces, in the image's pixels."""


@dataclass(frozen=True)
class CropSettings:
    """How to crop.

    Attributes:
        side: the crops' side in pixels.
        shrink_factor: below 1 keeps more background, see `utils.alignment.template`.
        min_size: photographs with a shorter side, in pixels, are skipped.
        suffix: file format of the crops, ``".jpg"`` or ``".png"``.
    """

    side: int = 256
    shrink_factor: float = 1.0
    min_size: int = 128
    suffix: str = ".jpg"

    def __post_init__(self) -> None:
        if self.side < 16:
            raise UserError(f"--im_size={self.side} is too small for a face: use 16 or more")
        if not 0.1 <= self.shrink_factor <= 2:
            raise UserError(f"--shrink_factor={self.shrink_factor} makes no sense: use 0.1 to 2")


class NoCropError(Exception):
    """A photograph gives no crop; the message is the short reason that the report counts."""


def crop_folder(
    data_dir: str | Path, target_dir: str | Path, detector: FaceDetector, settings: CropSettings
) -> Counter[str]:
    """Crops the largest face of every photograph below ``data_dir`` into ``target_dir``.

    The sub-folders are mirrored; the first one names the identity. ``target_dir`` also gets
    ``crops.jsonl`` (see `crop_list`) and ``report.jsonl``: for each photograph, in order, its path
    and ``"cropped"`` or why not. A photograph that gives no crop never stops the run.

    Returns:
        How many photographs came to each outcome; ``"cropped"`` is one of them.

    Raises:
        UserError: no photographs, or ``target_dir`` lies among them.
    """
    data_dir, target_dir = Path(data_dir), Path(target_dir)
    if target_dir.resolve().is_relative_to(data_dir.resolve()):
        raise UserError(
            f"--target_dir={target_dir} lies in --data_dir={data_dir}: a second run would take "
            "crops for photographs; choose a folder outside"
        )
    sources = [path.relative_to(data_dir) for path in find_images(data_dir)]
    outcomes: Counter[str] = Counter()
    unfinished = target_dir / f".{REPORT_NAME}.unfinished"
    with writing_crop_list(target_dir) as crop_list, unfinished.open("w") as report:
        names = crop_names(sources, settings.suffix)
        for source, name in zip(tqdm(sources, "cropping", unit="image"), names, strict=True):
            try:
                image = _read_photograph(data_dir / source, settings.min_size)
                pixels, crop = crop_largest_face(image, detector, settings, source, name)
            except NoCropError as reason:
                outcome = str(reason)
            else:
                write_image(target_dir / name, pixels)
                append_crop(crop_list, crop)
                outcome = "cropped"
            outcomes[outcome] += 1
            report.write(json.dumps({"photograph": source.as_posix(), "outcome": outcome}) + "\n")
    unfinished.replace(target_dir / REPORT_NAME)
    return outcomes


def crop_names(sources: Sequence[PurePath], suffix: str) -> list[PurePath]:
    """A crop's relative path for each photograph's, in order, no two alike.

    The name is the photograph's with the crop's suffix; where ``a/x.png`` follows ``a/x.jpg`` it
    becomes ``a/x_2``. Names that differ only in case count as alike: on some systems they are.
    """
    taken: set[str] = set()
    names = []
    for source in sources:
        name, number = source.with_suffix(suffix), 2
        while str(name).casefold() in taken:
            name, number = source.with_name(f"{source.stem}_{number}{suffix}"), number + 1
        taken.add(str(name).casefold())
        names.append(name)
    return names


def crop_largest_face(
    image: np.ndarray,
    detector: FaceDetector,
    settings: CropSettings,
    source: PurePath,
    name: PurePath,
) -> tuple[np.ndarray, Crop]:
    """Finds and aligns one face.

    Args:
        image: ``[H, W, 3]`` uint8 RGB.
        detector: finds the faces.
        settings: how to crop.
        source: the photograph's path relative to its data set.
        name: the crop's path relative to its folder.

    Returns:
        The crop ``[side, side, 3]`` uint8 RGB and what is known about it.

    Raises:
        NoCropError: no face, or one whose landmarks cannot be aligned.
    """
    faces = detector.detect(image)
    if not faces:
        raise NoCropError("no face found")
    face = max(faces, key=lambda face: float(np.prod(face.box[2:] - face.box[:2])))
    try:
        pixels, matrix = align_face(image, face.landmarks, settings.side, settings.shrink_factor)
    except ValueError as error:
        raise NoCropError("landmarks cannot be aligned") from error
    landmarks = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    crop = Crop(
        path=name.as_posix(),
        source_path=source.as_posix(),
        identity=source.parts[0] if len(source.parts) > 1 else "",
        landmarks=tuple(map(tuple, landmarks.tolist())),
        box=tuple(face.box.tolist()),
        score=float(face.score),
        matrix=tuple(map(tuple, matrix.tolist())),
        side=settings.side,
        shrink_factor=settings.shrink_factor,
    )
    return pixels, crop


def _read_photograph(path: Path, min_size: int) -> np.ndarray:
    try:
        image = read_image(path)
    except (UserError, OSError) as error:
        raise NoCropError("not a readable image") from error
    if min(image.shape[:2]) < min_size:
        raise NoCropError(f"smaller than {min_size} px")
    return image
