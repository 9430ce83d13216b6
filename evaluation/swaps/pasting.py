"""A swapped crop back in its picture, as `inference.swapper` puts it there."""

import numpy as np

from facedancer.inference.blending.blender import Blender, Blending, blend
from facedancer.inference.blending.paste import paste
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.texture.fitting import fit_texture
from facedancer.inference.texture.source import SourceTexture
from facedancer.retinaface.detector import Face


def put_back(
    picture: np.ndarray,
    crop: np.ndarray,
    changed: np.ndarray,
    matrix: np.ndarray,
    landmarks: np.ndarray,
    blending: Blending | None = None,
    texture: SourceTexture | None = None,
) -> np.ndarray:
    """A new picture with the face changed in it.

    Args:
        picture: ``[H, W, 3]`` uint8 RGB; not changed.
        crop: ``[S, S, 3]`` uint8 RGB, as aligned out of the picture.
        changed: the same, swapped.
        matrix: ``[2, 3]``, picture -> crop.
        landmarks: ``[5, 2]`` in the picture's pixels.
        blending: how; None: as swapping does it by default.
        texture: the source's own skin, which is fitted in first; None: it is not.
    """
    face = _swapped_face(crop, changed, matrix, landmarks)
    if texture is not None:
        face = fit_texture(picture, face, texture)
    return blend(picture, [face], blending or Blending())


def weight_of(
    shape: tuple[int, ...], crop: np.ndarray, matrix: np.ndarray, landmarks: np.ndarray
) -> np.ndarray:
    """Draws how much of each pixel is the swap's: ``[H, W, 3]`` uint8, 255 where all of it is.

    Args:
        shape: the picture's, ``(H, W, 3)``.
        crop: see `put_back`: the mask follows the face in it.
        matrix: see `put_back`.
        landmarks: see `put_back`.
    """
    blending = Blending()
    mask = Blender(blending).draw_mask(_swapped_face(crop, crop, matrix, landmarks))
    # White in black, and no colours matched: black has none to be matched with.
    weight = np.zeros(shape, np.uint8)
    paste(weight, np.full_like(crop, 255), matrix, mask, blending.mode)
    return weight


def _swapped_face(
    crop: np.ndarray, changed: np.ndarray, matrix: np.ndarray, landmarks: np.ndarray
) -> SwappedFace:
    box = np.concatenate([landmarks.min(0), landmarks.max(0)]).astype(np.float32)
    return SwappedFace(Face(box, landmarks, 1.0), matrix, crop, changed)
