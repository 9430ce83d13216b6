"""Masks: how much of a changed crop is taken where, ``[S, S]`` in [0, 1], 0 along the border."""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from facedancer.utils.alignment import soft_mask
from facedancer.utils.errors import UserError

from ..core.swapped_face import SwappedFace
from .regions import outline_mask

# Of the crop's side.
_ATTENTION_BLUR, _HULL_BLUR, _PADDING_BLUR = 0.02, 0.03, 0.02
# Of a mask: within it above this.
_SURE = 0.5
# Of AFFA's mask within the box: what is below the first share of its values is left alone, what is
# above the second is taken whole.
_LOW, _HIGH = 5, 50
# The landmarks' hull knows eyes and mouth: it is widened by so much about their middle to hold the
# cheeks, and so much of the way from mouth to eyes is added above them, for the brows and the
# forehead short of hair and hats.
_WIDER, _HIGHER = 1.75, 0.5


@functools.cache
def soft_box(side: int) -> np.ndarray:
    """The released swap's mask: a rectangle about the face with a soft edge."""
    mask = soft_mask(side)
    mask.setflags(write=False)
    return mask


def attention_mask(attention: np.ndarray) -> np.ndarray:
    """Draws where AFFA let the new face through, within the soft box.

    Args:
        attention: ``[S, S]`` in [0, 1], mean over a generator's masks. How near to 1 it comes
            differs from generator to generator, so it is read relatively.
    """
    side = attention.shape[0]
    box = soft_box(side)
    smooth = cv2.GaussianBlur(attention.astype(np.float32), (0, 0), _ATTENTION_BLUR * side)
    low, high = np.percentile(smooth[box > 0.5], [_LOW, _HIGH])
    share = np.clip((smooth - low) / max(high - low, 1e-6), 0, 1)
    return box * share.astype(np.float32)


def hull_mask(landmarks: np.ndarray, side: int) -> np.ndarray:
    """About the landmarks' convex hull, widened to the face's outline.

    Args:
        landmarks: ``[5, 2]`` in the crop's pixels: eyes, nose, mouth corners.
        side: the crop's.
    """
    points = np.asarray(landmarks, np.float64)
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    up = eyes - mouth
    forehead = points[:2] + _HIGHER * up
    chin = (points[3:] + mouth) / 2 - 0.3 * up
    middle = (eyes + mouth) / 2
    outline = np.concatenate([points, forehead, chin])
    wide = middle + (outline - middle) * np.array([_WIDER, 1.0])
    hull = cv2.convexHull(np.rint(wide).astype(np.int32))
    mask = np.zeros((side, side), np.float32)
    cv2.fillConvexPoly(mask, hull, 1.0, cv2.LINE_AA)
    return _softened(mask)


def pad_mask(mask: np.ndarray, padding: Sequence[float]) -> np.ndarray:
    """Takes off a mask's sides, softly: there the old face stays.

    Args:
        mask: ``[S, S]`` float32 in [0, 1].
        padding: above, to the right, below and to the left, as the crop shows it, in per cent of
            the mask's own height and width.

    Returns:
        ``[S, S]`` float32 in [0, 1], nowhere above the mask.
    """
    rows, columns = (np.flatnonzero((mask > _SURE).any(axis)) for axis in (1, 0))
    if not any(padding) or not len(rows):
        return mask
    above, right, below, left = (share / 100 for share in padding)
    top, bottom, height = rows[0], rows[-1] + 1, len(rows)
    first, last, width = columns[0], columns[-1] + 1, len(columns)
    # Where nothing is taken off, the mask's own edge stays as soft as it is.
    kept = np.zeros_like(mask)
    vertical = slice(
        round(top + above * height) if above else 0,
        max(round(bottom - below * height), 0) if below else None,
    )
    kept[
        vertical,
        slice(
            round(first + left * width) if left else 0,
            max(round(last - right * width), 0) if right else None,
        ),
    ] = 1.0
    side = mask.shape[0]
    soft = cv2.GaussianBlur(kept, (0, 0), _PADDING_BLUR * side, borderType=cv2.BORDER_REPLICATE)
    return mask * np.minimum(soft, 1.0)


def _softened(mask: np.ndarray) -> np.ndarray:
    """Gives a hard mask soft edges, and an end before the crop's."""
    side = mask.shape[0]
    mask = cv2.GaussianBlur(mask, (0, 0), _HULL_BLUR * side)
    mask[mask < 1 / 512] = 0.0
    edge = max(1, side // 64)
    fade = np.clip(np.minimum(np.arange(side), np.arange(side)[::-1]) / (4 * edge), 0, 1)
    return np.minimum(mask, 1.0) * np.minimum.outer(fade, fade).astype(np.float32)


def _box(face: SwappedFace) -> np.ndarray:
    return soft_box(face.crop.shape[0])


def _attention(face: SwappedFace) -> np.ndarray:
    if face.attention is None:
        raise UserError(
            "this generator gives no attention masks (it has no AFFA, or its file does not expose "
            f"them): use --mask={DEFAULT_MASK}"
        )
    return attention_mask(face.attention)


def _outline(face: SwappedFace) -> np.ndarray:
    mask = outline_mask(face)
    return _box(face) if mask is None else _softened(mask)


def _hull(face: SwappedFace) -> np.ndarray:
    landmarks = face.face.landmarks @ face.matrix[:, :2].T + face.matrix[:, 2]
    return hull_mask(landmarks, face.crop.shape[0])


@dataclasses.dataclass(frozen=True)
class Mask:
    """A mask that can be chosen.

    Attributes:
        words: what it is, for ``--help``.
        draw: a face before and after its swap -> ``[S, S]`` float32 in [0, 1], 0 along the border.
        needs_attention: whether it looks at `SwappedFace.attention`.
    """

    words: str
    draw: Callable[[SwappedFace], np.ndarray]
    needs_attention: bool = False


# The first is the default.
MASKS: dict[str, Mask] = {
    "outline": Mask("the face's outline by a mesh of 468 points", _outline),
    "box": Mask("a soft rectangle, as in the released code", _box),
    "attention": Mask(
        "where AFFA's masks let the new face through", _attention, needs_attention=True
    ),
    "hull": Mask("a hull about the landmarks", _hull),
}
DEFAULT_MASK = next(iter(MASKS))
