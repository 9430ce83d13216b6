"""Measures how far a swap is from its right answer, and how far it went towards it.

Where a renderer has drawn the answer, the target's picture with the source's face, nothing needs
to be judged by a network: shape is measured in pixels.
"""

import cv2
import numpy as np

from .background import psnr, ssim
from .perceptual import perceptual_everywhere

# Below so many pixels a region tells nothing of a pair; nor where target and answer differ by less
# than this root mean square, in grey levels: their noise alone may do so.
_LEAST_PIXELS, _LEAST_DIFFERENCE = 16, 8.0
# What belongs to a face's rim and not to the hair: the side over this, in pixels.
_RIM = 64


def truth_psnr(target: np.ndarray, changed: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Peak signal to noise ratio of swaps and their answers, over the whole crop.

    Args:
        target: ``[P, S, S, 3]`` uint8 RGB; not read.
        changed: the same, of the swaps.
        truth: the same, of the right answers.

    Returns:
        ``[P]`` decibels; of equal pictures 100.
    """
    return psnr(truth, changed)


def truth_ssim(target: np.ndarray, changed: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Structural similarity of swaps and their answers, over the whole crop; see `truth_psnr`."""
    return ssim(truth, changed)


def truth_perceptual(target: np.ndarray, changed: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Perceptual distance of swaps and their answers, over the whole crop; see `truth_psnr`."""
    return perceptual_everywhere(truth, changed)


def shape_silhouette(
    target: np.ndarray, changed: np.ndarray, truth: np.ndarray, faces: np.ndarray
) -> np.ndarray:
    """The share of the way from target to answer, where one has face and the other has none.

    share = <swap - target, answer - target> / |answer - target|^2, over pixels and channels: 0 of
    the target, 1 of the answer. More than 1 goes too far, less than 0 the other way.

    Args:
        target: ``[P, S, S, 3]`` uint8 RGB.
        changed: the same, of the swaps.
        truth: the same, of the right answers.
        faces: ``[P, S, S, 2]`` bool, where the target's face is, and the answer's.

    Returns:
        ``[P]``; NaN where the two hardly differ.
    """
    return _share_of_the_way(target, changed, truth, faces[..., 0] ^ faces[..., 1])


def shape_inner(
    target: np.ndarray, changed: np.ndarray, truth: np.ndarray, faces: np.ndarray
) -> np.ndarray:
    """The same where both have face; see `shape_silhouette`."""
    return _share_of_the_way(target, changed, truth, faces[..., 0] & faces[..., 1])


def hair_leak(
    target: np.ndarray, changed: np.ndarray, truth: np.ndarray, faces: np.ndarray
) -> np.ndarray:
    """Mean change where neither the target nor the answer has face, nor close by.

    Args:
        target: ``[P, S, S, 3]`` uint8 RGB.
        changed: the same, of the swaps.
        truth: not read.
        faces: see `shape_silhouette`.

    Returns:
        ``[P]`` grey levels, 0..255; NaN where all is face.
    """
    rim = 2 * -(-target.shape[1] // _RIM) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim))
    differences = np.abs(target.astype(np.float64) - changed).mean(-1)
    found = np.full(len(target), np.nan)
    for number, (of_target, of_truth) in enumerate(np.moveaxis(faces, -1, 1)):
        outside = cv2.dilate((of_target | of_truth).astype(np.uint8), kernel) == 0
        if np.count_nonzero(outside) >= _LEAST_PIXELS:
            found[number] = differences[number][outside].mean()
    return found


def _share_of_the_way(
    target: np.ndarray, changed: np.ndarray, truth: np.ndarray, region: np.ndarray
) -> np.ndarray:
    start, swap, end = (pictures.astype(np.float64) for pictures in (target, changed, truth))
    region = region[..., None]
    way = region * (end - start)
    length = np.sum(way**2, (1, 2, 3))
    pixels = np.count_nonzero(region, (1, 2, 3))
    tells = (pixels >= _LEAST_PIXELS) & (length >= 3 * pixels * _LEAST_DIFFERENCE**2)
    gone = np.sum(way * (swap - start), (1, 2, 3))
    return np.where(tells, gone / np.where(tells, length, 1.0), np.nan)
