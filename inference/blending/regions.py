"""Regions of a face that stay as they were, such as an open mouth with its teeth and tongue."""

import dataclasses
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from facedancer.utils.errors import UserError

from ..core.swapped_face import SwappedFace
from .face_mesh import face_mesh

# Of the crop's side: how soft a region's edge is.
_SOFT = 0.012
# Of the distance between the eyes, what a region is widened by: its soft edge lies outside of it.
_WIDER = 0.03
# Of the same, for a region that is all around some pieces: what they are widened by, and how soft
# their edge is. The new face's features may lie elsewhere than the old one's.
_AROUND_WIDER, _AROUND_SOFT = 0.2, 0.1
# Of the same: how high a region is in the mean at least; else it is a mouth that is closed.
_LEAST_OPEN = 0.05
# Points of an ellipse.
_ROUND = 24


@dataclasses.dataclass(frozen=True)
class Region:
    """A part of the face.

    Attributes:
        words: what it is, for ``--help``.
        loops: of the face mesh, the points around each of its pieces.
        ellipses: where the mesh finds no face, by the five landmarks: the numbers of those whose
            mean is the middle, and how far it reaches from there across and down, and how much
            higher than there the middle lies, all in distances between the eyes.
        is_around: whether it is everything but these pieces.
    """

    words: str
    loops: tuple[tuple[int, ...], ...]
    ellipses: tuple[tuple[tuple[int, ...], float, float, float], ...]
    is_around: bool = False


_LIPS = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
)  # fmt: skip
MOUTH = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
LEFT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
RIGHT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
LEFT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
RIGHT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
# A brow's upper edge, and back along the eye's lower one.
_LEFT_BROW_AND_EYE = (70, 63, 105, 66, 107, 133, 155, 154, 153, 145, 144, 163, 7, 33)
_RIGHT_BROW_AND_EYE = (300, 293, 334, 296, 336, 362, 382, 381, 380, 374, 373, 390, 249, 263)
_NOSE = (168, 122, 174, 198, 129, 98, 97, 2, 326, 327, 358, 420, 399, 351)
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
# From the forehead to the chin over the nose's tip: of a face that is turned far away, this is the
# outline, and the nose lies outside of the loop above.
PROFILE = (
    10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 164, 0, 11, 12, 13, 14, 15, 16, 17, 18,
    200, 199, 175, 152,
)  # fmt: skip

REGIONS: dict[str, Region] = {
    "mouth": Region("the inside of the open mouth", (MOUTH,), (((3, 4), 0.38, 0.1, -0.1),)),
    "lips": Region("the mouth with its lips", (_LIPS,), (((3, 4), 0.48, 0.24, -0.08),)),
    "eyes": Region(
        "both eyes",
        (LEFT_EYE, RIGHT_EYE),
        (((0,), 0.26, 0.14, 0.0), ((1,), 0.26, 0.14, 0.0)),
    ),
    "brows": Region(
        "both eyebrows",
        (LEFT_BROW, RIGHT_BROW),
        (((0,), 0.36, 0.12, 0.36), ((1,), 0.36, 0.12, 0.36)),
    ),
    "nose": Region("the nose", (_NOSE,), (((2, 2, 0, 1), 0.26, 0.4, 0.0),)),
    "skin": Region(
        "forehead, cheeks and chin: all but brows, eyes, nose and lips",
        (_LEFT_BROW_AND_EYE, _RIGHT_BROW_AND_EYE, _NOSE, _LIPS),
        (
            ((0,), 0.36, 0.28, 0.2),
            ((1,), 0.36, 0.28, 0.2),
            ((2, 2, 0, 1), 0.26, 0.4, 0.0),
            ((3, 4), 0.48, 0.24, -0.08),
        ),
        is_around=True,
    ),
}


def check_regions(names: Sequence[str]) -> None:
    """Refuses what is no region.

    Raises:
        UserError: one is none.
    """
    for name in names:
        if name not in REGIONS:
            raise UserError(f"keep={name}: use some of {', '.join(REGIONS)}")


def kept_mask(face: SwappedFace, names: Iterable[str]) -> np.ndarray:
    """Draws what stays as it was.

    Args:
        face: before and after its swap; the regions are those of the face as it was.
        names: of `REGIONS`.

    Returns:
        ``[S, S]`` float32 in [0, 1], 1 where the old face stays.
    """
    side = face.crop.shape[0]
    landmarks = face.face.landmarks @ face.matrix[:, :2].T + face.matrix[:, 2]
    reach = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    mesh = face_mesh().find(face.crop)
    mask = np.zeros((side, side), np.float32)
    for name in names:
        region = REGIONS[name]
        if mesh is not None:
            outlines = [mesh[list(loop)] for loop in region.loops]
        else:
            outlines = [_ellipse(landmarks, reach, *one) for one in region.ellipses]
        part = np.zeros_like(mask)
        for outline in outlines:
            _fill(part, outline, reach, (_AROUND_WIDER if region.is_around else _WIDER) * reach)
        if region.is_around:
            part = 1.0 - np.minimum(cv2.GaussianBlur(part, (0, 0), _AROUND_SOFT * reach), 1.0)
        mask = np.maximum(mask, part)
    soft = cv2.GaussianBlur(mask, (0, 0), max(_SOFT * side, 0.6))
    return np.minimum(soft, 1.0)


def outline_mask(face: SwappedFace) -> np.ndarray | None:
    """``[S, S]`` float32 with the face's outline by the mesh, hard; None where it finds none."""
    mesh = face_mesh().find(face.crop)
    if mesh is None:
        return None
    mask = np.zeros(face.crop.shape[:2], np.float32)
    for loop in (OUTLINE, PROFILE):
        _fill(mask, mesh[list(loop)], 0.0, 0.0)
    return mask


def _fill(mask: np.ndarray, outline: np.ndarray, reach: float, wider: float) -> None:
    """Fills a polygon that is widened by so many pixels; one that is hardly open stays empty."""
    # Of a closed mouth the two lips meet: there is no inside to be kept.
    outline = outline.astype(np.float32)
    if abs(cv2.contourArea(outline)) < _LEAST_OPEN / 2 * reach * cv2.arcLength(outline, True):
        return
    # In parts of a pixel: crops of 64 px have mouths of a few.
    fixed = np.rint(outline * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 1.0, cv2.LINE_AA, shift=4)
    if wider > 0:
        cv2.polylines(mask, [fixed], True, 1.0, max(1, round(2 * wider)), cv2.LINE_AA, shift=4)


def _ellipse(
    landmarks: np.ndarray,
    reach: float,
    numbers: tuple[int, ...],
    across: float,
    down: float,
    higher: float,
) -> np.ndarray:
    right = (landmarks[1] - landmarks[0]) / max(reach, 1e-6)
    below = np.array([-right[1], right[0]])
    middle = landmarks[list(numbers)].mean(0) - higher * reach * below
    turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)[:, None]
    return middle + reach * (across * np.cos(turn) * right + down * np.sin(turn) * below)
