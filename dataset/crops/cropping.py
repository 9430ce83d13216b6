"""Photographs -> aligned face crops, and for each photograph what happened and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

import numpy as np

from facedancer.retinaface.detector import Face

from .cutting import cut_face
from .face_quality import head_yaw, sharpness
from .listing import Crop
from .photograph_list import Photograph
from .settings import CropSettings

CROPPED = "cropped"
UNREADABLE = "not a readable image"
PHOTOGRAPH_TOO_SMALL = "photograph too small"
NO_FACE = "no face found"
LOW_SCORE = "score too low"
FACE_TOO_SMALL = "face too small"
CUT_OFF = "cut off"
TURNED_AWAY = "turned away"
BLURRED = "blurred"
NOT_ALIGNED = "landmarks cannot be aligned"
NOT_LARGEST = "not the largest"
OUTCOMES = (
    *(CROPPED, UNREADABLE, PHOTOGRAPH_TOO_SMALL, NO_FACE, LOW_SCORE, FACE_TOO_SMALL),
    *(NOT_ALIGNED, CUT_OFF, TURNED_AWAY, BLURRED, NOT_LARGEST),
)

# Decimals that are kept. Landmarks to a thousandth of a pixel are finer than any detector, and what
# two machines compute differs in later ones only.
_PIXEL_DECIMALS = 3
_SCORE_DECIMALS = 4
_CROP_DECIMALS = 6
# Sharpness is measured on a crop of its own, so that it does not depend on the crops' side.
_MEASURED_SIDE = 112


class Found(Protocol):
    """The part of `retinaface.search.Found` that is needed."""

    faces: Sequence[Face]
    found_by: str


class Search(Protocol):
    """The part of `retinaface.search.FaceSearch` that is needed."""

    def find(self, images: Sequence[np.ndarray]) -> Sequence[Found]:
        """Pictures ``[H, W, 3]`` uint8 RGB of any sizes -> the faces of each."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of one photograph.

    Attributes:
        report: its line of ``report.jsonl``.
        crops: what is known of each crop, and its pixels ``[side, side, 3]`` uint8 RGB.
    """

    report: dict[str, Any]
    crops: tuple[tuple[Crop, np.ndarray], ...] = ()


def crop_photographs(
    photographs: Sequence[Photograph],
    images: Sequence[np.ndarray | str],
    search: Search,
    settings: CropSettings,
) -> list[Outcome]:
    """Finds, judges and aligns the faces of a few photographs.

    Args:
        photographs: what they are called.
        images: their pixels, ``[H, W, 3]`` uint8 RGB, or why a file could not be read.
        search: finds the faces.
        settings: how to crop.

    Returns:
        An outcome for each photograph, in order.
    """
    searched = [
        image
        for image in images
        if not isinstance(image, str) and min(image.shape[:2]) >= settings.min_size
    ]
    found = iter(search.find(searched) if searched else ())
    outcomes = []
    for photograph, image in zip(photographs, images, strict=True):
        if isinstance(image, str):
            outcomes.append(_no_crop(photograph, UNREADABLE, image))
        elif min(image.shape[:2]) < settings.min_size:
            height, width = image.shape[:2]
            why = f"{width} x {height} px < --min_photograph={settings.min_size}"
            outcomes.append(_no_crop(photograph, PHOTOGRAPH_TOO_SMALL, why))
        else:
            outcomes.append(_crop_photograph(photograph, image, next(found), settings))
    return outcomes


def _no_crop(photograph: Photograph, outcome: str, why: str) -> Outcome:
    return Outcome({"photograph": photograph.path, "outcome": outcome, "why": why, "faces": []})


def _crop_photograph(
    photograph: Photograph, image: np.ndarray, found: Found, settings: CropSettings
) -> Outcome:
    report = {"photograph": photograph.path, "outcome": NO_FACE, "why": ""}
    # The largest first: it gives the photograph its outcome, and the crop of the plain name.
    faces = sorted(map(_rounded, found.faces), key=_area, reverse=True)
    sure = [face for face in faces if face.score >= settings.min_score]
    entries, crops = [], []
    for face in faces:
        entry = _measure(image, face)
        entry["outcome"], entry["why"] = _judge(entry, image.shape, settings)
        if settings.faces == "largest" and entry["outcome"] != LOW_SCORE and face is not sure[0]:
            entry["outcome"], entry["why"] = NOT_LARGEST, "--faces=largest"
        if entry["outcome"] == CROPPED:
            number = len(crops)
            crops.append(_crop(photograph, image, face, entry, found.found_by, number, settings))
            entry["crop"] = crops[-1][0].path
        entries.append(entry)
    if entries:
        first = next((entry for entry in entries if entry["outcome"] == CROPPED), None)
        first = first or next((e for e in entries if e["outcome"] != LOW_SCORE), entries[0])
        report |= {"outcome": first["outcome"], "why": first["why"]}
    height, width = image.shape[:2]
    report |= {"width": width, "height": height, "found_by": found.found_by, "faces": entries}
    return Outcome(report, tuple(crops))


def _rounded(face: Face) -> Face:
    return Face(
        box=np.round(face.box.astype(np.float64), _PIXEL_DECIMALS),
        landmarks=np.round(face.landmarks.astype(np.float64), _PIXEL_DECIMALS),
        score=round(float(face.score), _SCORE_DECIMALS),
    )


def _area(face: Face) -> float:
    return float(np.prod(face.box[2:] - face.box[:2]))


def _measure(image: np.ndarray, face: Face) -> dict[str, Any]:
    """The face's entry in the report; ``yaw`` and ``sharpness`` are None where it is no face."""
    entry: dict[str, Any] = {
        "outcome": "",
        "why": "",
        "score": face.score,
        "size": round(float(np.min(face.box[2:] - face.box[:2])), 1),
        "yaw": None,
        "sharpness": None,
        "box": face.box.tolist(),
        "landmarks": face.landmarks.tolist(),
    }
    try:
        pixels, _ = cut_face(image, face.landmarks, _MEASURED_SIDE, 1.0)
        entry["yaw"] = round(head_yaw(face.landmarks), 1)
        entry["sharpness"] = round(sharpness(pixels), 2)
    except ValueError:  # Landmarks in one point: `_judge` says so.
        pass
    return entry


def _judge(
    entry: dict[str, Any], shape: tuple[int, ...], settings: CropSettings
) -> tuple[str, str]:
    """The face's outcome, and the threshold that it fails with its number."""
    if entry["score"] < settings.min_score:
        return LOW_SCORE, f"score {entry['score']} < --min_score={settings.min_score:g}"
    if entry["size"] < settings.min_face:
        return FACE_TOO_SMALL, f"size {entry['size']} px < --min_face={settings.min_face:g}"
    if entry["sharpness"] is None:
        return NOT_ALIGNED, "the five points coincide"
    points = np.array(entry["landmarks"])
    if (points < 0).any() or (points > np.subtract(shape[1::-1], 1)).any():
        # What is not in the picture the detector has guessed, and the crop would show black there.
        return CUT_OFF, "eyes, nose or mouth lie outside the photograph"
    if abs(entry["yaw"]) > settings.max_yaw:
        return TURNED_AWAY, f"yaw {entry['yaw']} degrees > --max_yaw={settings.max_yaw:g}"
    if entry["sharpness"] < settings.min_sharpness:
        why = f"sharpness {entry['sharpness']} < --min_sharpness={settings.min_sharpness:g}"
        return BLURRED, why
    return CROPPED, ""


def _crop(
    photograph: Photograph,
    image: np.ndarray,
    face: Face,
    entry: dict[str, Any],
    found_by: str,
    number: int,
    settings: CropSettings,
) -> tuple[Crop, np.ndarray]:
    pixels, matrix = cut_face(image, face.landmarks, settings.side, settings.shrink_factor)
    landmarks = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    folder, is_in_one, _ = photograph.path.partition("/")
    path = PurePosixPath(photograph.crop_path)
    crop = Crop(
        path=str(path if number == 0 else path.with_stem(f"{path.stem}_face{number + 1}")),
        source_path=photograph.path,
        identity=folder if is_in_one and settings.identities else "",
        landmarks=_as_tuples(landmarks),
        box=tuple(face.box.tolist()),
        score=face.score,
        matrix=_as_tuples(matrix),
        side=settings.side,
        shrink_factor=settings.shrink_factor,
        yaw=entry["yaw"],
        sharpness=entry["sharpness"],
        found_by=found_by,
        # They describe the rendered head, which is the picture's subject.
        labels=photograph.labels if number == 0 else {},
    )
    return crop, pixels


def _as_tuples(points: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, np.round(points, _CROP_DECIMALS).tolist()))
