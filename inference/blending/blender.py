"""Putting faces back: what can be chosen, and the way of one face."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.alignment import cut_out
from facedancer.utils.errors import UserError

from ..core.swapped_face import SwappedFace
from .colour import COLOURS, DEFAULT_COLOUR, match_colours
from .detail import DEFAULT_DETAIL, DETAILS
from .masks import DEFAULT_MASK, MASKS, pad_mask, soft_box
from .onnx_networks import load_enhancer, load_segmentation
from .paste import DEFAULT_MODE, MODES, paste
from .regions import check_regions, kept_mask

_NO_PADDING = (0.0, 0.0, 0.0, 0.0)


@dataclasses.dataclass(frozen=True)
class Blending:
    """A choice of mask, colours, blend, enlargement and detail.

    Attributes:
        mask: how much of the crop is taken where: one of `MASKS`, or a path of a segmentation
            network, see `onnx_networks`.
        colour: how the new face's colours are made the old one's: one of `COLOURS`.
        mode: how the edges run into each other: one of `MODES`.
        super_resolution: path of an ONNX network that enlarges the new face; empty: none.
        keep: what of the old face stays: some of `REGIONS`.
        padding: what is taken off the mask, see `pad_mask`: four numbers, 0 to 100.
        detail: whose fine detail a face gets that is larger than the crop: one of `DETAILS`.

    Raises:
        UserError: a file is missing, a word is none of these, or a number out of its range.
    """

    mask: str = DEFAULT_MASK
    colour: str = DEFAULT_COLOUR
    mode: str = DEFAULT_MODE
    super_resolution: str = ""
    keep: tuple[str, ...] = ()
    padding: tuple[float, ...] = _NO_PADDING
    detail: str = DEFAULT_DETAIL

    def __post_init__(self) -> None:
        if self.mask not in MASKS and not Path(self.mask).is_file():
            raise UserError(
                f"no such mask: {self.mask}; use one of {', '.join(MASKS)}, or an ONNX file"
            )
        chosen = ((self.colour, COLOURS), (self.mode, MODES), (self.detail, DETAILS))
        for value, known in chosen:
            if value not in known:
                raise UserError(f"unknown {value!r}: use one of {', '.join(known)}")
        if self.super_resolution and not Path(self.super_resolution).is_file():
            raise UserError(f"no such ONNX file: {self.super_resolution}")
        check_regions(self.keep)
        if len(self.padding) != 4 or not all(0 <= share <= 100 for share in self.padding):
            raise UserError(
                "mask_padding must be four numbers from 0 to 100, above, right, below, left, not "
                f"{','.join(f'{share:g}' for share in self.padding) or 'none'}"
            )

    @property
    def needs_attention(self) -> bool:
        """Tells whether AFFA's masks are asked for."""
        return self.mask in MASKS and MASKS[self.mask].needs_attention


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
            mask = self.draw_mask(one)
            changed = one.changed
            if one.fitted is None:  # Such a face has the target's colours already.
                changed = match_colours(changed, one.crop, mask, self._blending.colour)
            crop, matrix = one.crop, one.matrix
            if self._enhance is not None:
                changed = self._enhance(changed)
                matrix, mask = _enlarged(matrix, mask, changed.shape[0])
                crop = cut_out(image, matrix, changed.shape[0], extends=True)
            prepare = DETAILS[self._blending.detail].prepare
            restore = prepare(image, crop, changed, matrix) if prepare else None
            paste(result, changed, matrix, mask, self._blending.mode, restore)
        return result

    def draw_mask(self, one: SwappedFace) -> np.ndarray:
        """Draws how much of a new face is taken where: ``[S, S]`` float32 in [0, 1]."""
        is_own = one.fitted is not None and self._blending.mask == DEFAULT_MASK
        mask = pad_mask(one.fitted if is_own else self._mask(one), self._blending.padding)
        if self._blending.keep:
            mask = mask * (1 - kept_mask(one, self._blending.keep))
        return mask


def blend(image: np.ndarray, faces: Sequence[SwappedFace], blending: Blending) -> np.ndarray:
    """`Blender`, for a single picture."""
    return Blender(blending)(image, faces)


def _mask_function(mask: str) -> Callable[[SwappedFace], np.ndarray]:
    if mask in MASKS:
        return MASKS[mask].draw
    segment = load_segmentation(mask)
    return lambda face: soft_box(face.crop.shape[0]) * segment(face.crop)


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
