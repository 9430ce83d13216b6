"""How faces are put back: what can be chosen, and the way of one face."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.cli import UserError

from ..swapped_face import SwappedFace
from .colour import COLOURS, match_colours
from .masks import MASKS, attention_mask, hull_mask, soft_box
from .onnx_networks import load_enhancer, load_segmentation
from .paste import MODES, paste

BOX, ATTENTION, HULL = MASKS


@dataclasses.dataclass(frozen=True)
class Blending:
    """What is chosen.

    Attributes:
        mask: how much of the crop is taken where: ``box``, the released swap's soft rectangle;
            ``attention``, where AFFA let the new face through; ``hull``, about the landmarks; or a
            path of a segmentation network, see `onnx_networks`.
        colour: the new face's colours are made the old one's: ``off``, ``lab``, ``histogram``.
        mode: ``linear``, or ``multiband`` over a Laplacian pyramid.
        super_resolution: path of an ONNX network that enlarges the new face; empty: none.

    Raises:
        UserError: a file is missing or a word is none of these.
    """

    mask: str = BOX
    colour: str = COLOURS[0]
    mode: str = MODES[0]
    super_resolution: str = ""

    def __post_init__(self) -> None:
        if self.mask not in MASKS and not Path(self.mask).is_file():
            raise UserError(
                f"mask {self.mask}: one of {', '.join(MASKS)}, or an ONNX segmentation network"
            )
        for value, known in ((self.colour, COLOURS), (self.mode, MODES)):
            if value not in known:
                raise UserError(f"{value}: one of {', '.join(known)}")
        if self.super_resolution and not Path(self.super_resolution).is_file():
            raise UserError(f"no such ONNX file: {self.super_resolution}")

    @property
    def needs_attention(self) -> bool:
        """Whether AFFA's masks are asked for."""
        return self.mask == ATTENTION


class Blender:
    """Puts faces back as was chosen; may be called from several threads at once."""

    def __init__(self, blending: Blending) -> None:
        self._blending = blending
        self._mask = _mask_function(blending.mask)
        self._enhance = (
            load_enhancer(blending.super_resolution) if blending.super_resolution else None
        )

    def __call__(self, image: np.ndarray, faces: Sequence[SwappedFace]) -> np.ndarray:
        """A new picture with the faces in it.

        Args:
            image: ``[H, W, 3]`` uint8 RGB; not changed.
            faces: of this picture. Of two that overlap, the larger is most likely the nearer: it
                goes on top.

        Returns:
            ``[H, W, 3]`` uint8 RGB; every pixel that no face's mask reaches is the image's own.
        """
        result = image.copy()
        for one in sorted(faces, key=_area):
            mask = self._mask(one)
            changed = match_colours(one.changed, one.crop, mask, self._blending.colour)
            crop, matrix = changed, one.matrix
            if self._enhance is not None:
                crop = self._enhance(changed)
                matrix, mask = _enlarged(matrix, mask, crop.shape[0])
            paste(result, crop, matrix, mask, self._blending.mode)
        return result


def blend(image: np.ndarray, faces: Sequence[SwappedFace], blending: Blending) -> np.ndarray:
    """`Blender`, for a single picture."""
    return Blender(blending)(image, faces)


def _mask_function(mask: str) -> Callable[[SwappedFace], np.ndarray]:
    if mask == BOX:
        return lambda face: soft_box(face.crop.shape[0])
    if mask == ATTENTION:
        return _attention
    if mask == HULL:
        return lambda face: hull_mask(_landmarks_in_crop(face), face.crop.shape[0])
    segment = load_segmentation(mask)
    return lambda face: soft_box(face.crop.shape[0]) * segment(face.crop)


def _attention(face: SwappedFace) -> np.ndarray:
    if face.attention is None:
        raise UserError(
            "this generator has no AFFA, or is a file that gives no masks: take --mask=box"
        )
    return attention_mask(face.attention)


def _landmarks_in_crop(face: SwappedFace) -> np.ndarray:
    return face.face.landmarks @ face.matrix[:, :2].T + face.matrix[:, 2]


def _enlarged(matrix: np.ndarray, mask: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrix and mask of a crop that was enlarged to ``side``."""
    scale = side / mask.shape[0]
    # A pixel's centre x lies at (x + 0.5) * scale - 0.5 of the enlarged crop.
    larger = scale * matrix
    larger[:, 2] += (scale - 1) / 2
    mask = cv2.resize(mask, (side, side), interpolation=cv2.INTER_LINEAR)
    mask[[0, -1], :] = 0.0
    mask[:, [0, -1]] = 0.0
    return larger, mask


def _area(one: SwappedFace) -> float:
    left, top, right, bottom = one.face.box
    return float((right - left) * (bottom - top))
