"""A swapped crop back in its picture, as `inference.swapper` puts it there by default."""

import numpy as np

from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.blending.detail import DEFAULT_DETAIL
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.detector import Face


def put_back(
    picture: np.ndarray,
    crop: np.ndarray,
    changed: np.ndarray,
    matrix: np.ndarray,
    landmarks: np.ndarray,
    detail: str = DEFAULT_DETAIL,
) -> np.ndarray:
    """A new picture with the face changed in it.

    Args:
        picture: ``[H, W, 3]`` uint8 RGB; not changed.
        crop: ``[S, S, 3]`` uint8 RGB, as aligned out of the picture.
        changed: the same, swapped.
        matrix: ``[2, 3]``, picture -> crop.
        landmarks: ``[5, 2]`` in the picture's pixels.
        detail: see `Blending`.
    """
    box = np.concatenate([landmarks.min(0), landmarks.max(0)]).astype(np.float32)
    face = Face(box, landmarks, 1.0)
    return blend(picture, [SwappedFace(face, matrix, crop, changed)], Blending(detail=detail))
