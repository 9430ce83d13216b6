"""Face alignment: five landmarks -> an upright square crop, and the crop back into its picture.

Coordinates are pixels, (x, y), origin at the centre of the top left pixel, as OpenCV's.
"""

from collections.abc import Callable

import cv2
import numpy as np

# Left eye, right eye, nose, left and right mouth corner, as seen in a 112 x 112 crop: the ArcFace
# template.
ARCFACE_TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
_TEMPLATE_SIDE = 112

# The soft rectangle of the released swap, for a crop of 256: rows, columns, Gaussian sigma.
_MASK_SIDE = 256
_MASK_ROWS = (77, 240)
_MASK_COLUMNS = (32, 224)
_MASK_SIGMA = 7.0


def template(side: int, shrink_factor: float = 1.0) -> np.ndarray:
    """Places of the five landmarks in a crop of ``side`` pixels: ``[5, 2]`` float32.

    ``shrink_factor`` scales the template about the crop's centre: below 1 the face is smaller and
    more background is kept; the central ``shrink_factor`` part of such a crop is the plain crop.
    """
    points = ARCFACE_TEMPLATE * (side / _TEMPLATE_SIDE)
    centre = side / 2
    return ((points - centre) * shrink_factor + centre).astype(np.float32)


def similarity_transform(source: np.ndarray, destination: np.ndarray) -> np.ndarray:
    """The least-squares rotation, uniform scale and shift that takes points to points.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    1991; reflections are excluded.

    Args:
        source: ``[N, 2]`` points, N >= 2, not all the same.
        destination: ``[N, 2]`` points.

    Returns:
        ``[2, 3]`` float64: ``matrix @ (x, y, 1)`` lies at the destination.

    Raises:
        ValueError: wrong shapes, values that are not finite, or source points that coincide.
    """
    source = np.asarray(source, np.float64)
    destination = np.asarray(destination, np.float64)
    if source.shape != destination.shape or source.ndim != 2 or source.shape[1] != 2:
        raise ValueError(f"want two [N, 2] arrays, got {source.shape} and {destination.shape}")
    source_mean, destination_mean = source.mean(0), destination.mean(0)
    centred = source - source_mean
    variance = np.mean(np.sum(centred**2, axis=1))
    if not (np.isfinite(source).all() and np.isfinite(destination).all()) or variance < 1e-12:
        raise ValueError("landmarks must be finite and must not coincide")
    covariance = (destination - destination_mean).T @ centred / len(source)
    u, singular, vt = np.linalg.svd(covariance)
    signs = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    rotation = (u * signs) @ vt
    scale = np.sum(singular * signs) / variance
    shift = destination_mean - scale * rotation @ source_mean
    return np.column_stack([scale * rotation, shift])


def align_face(
    image: np.ndarray,
    landmarks: np.ndarray,
    side: int,
    shrink_factor: float = 1.0,
    extends: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts the upright face out of a picture.

    Args:
        image: ``[H, W, 3]`` uint8.
        landmarks: ``[5, 2]`` in the image's pixels, in the template's order.
        side: the crop's side in pixels.
        shrink_factor: see `template`.
        extends: beyond the picture's end, go on with the colours of its border instead of black.

    Returns:
        The crop ``[side, side, 3]`` uint8 (black where the picture ends), and the ``[2, 3]`` matrix
        that takes the picture's pixels to the crop's.
    """
    matrix = similarity_transform(landmarks, template(side, shrink_factor))
    return cut_out(image, matrix, side, extends), matrix


def cut_out(image: np.ndarray, matrix: np.ndarray, side: int, extends: bool = False) -> np.ndarray:
    """A crop by its matrix.

    Args:
        image: ``[H, W, 3]`` uint8.
        matrix: ``[2, 3]``, picture -> crop.
        side: the crop's side in pixels.
        extends: as for `align_face`.

    Returns:
        ``[side, side, 3]`` uint8.
    """
    border = cv2.BORDER_REPLICATE if extends else cv2.BORDER_CONSTANT
    return _warp(image, matrix, (side, side), border)


def soft_mask(side: int) -> np.ndarray:
    """The released swap's blending mask: a rectangle about the face with a soft edge.

    Returns:
        ``[side, side]`` float32 in [0, 1], exactly 0 along the border.
    """
    scale = side / _MASK_SIDE
    mask = np.zeros((side, side), np.float32)
    top, bottom = (round(n * scale) for n in _MASK_ROWS)
    left, right = (round(n * scale) for n in _MASK_COLUMNS)
    mask[top:bottom, left:right] = 1.0
    mask = cv2.GaussianBlur(mask, (0, 0), _MASK_SIGMA * scale)
    np.minimum(mask, 1.0, out=mask)  # The Gaussian's weights sum to 1 only up to rounding.
    # The Gaussian's far tail would leave a visible step where the crop ends.
    mask[mask < 1 / 512] = 0.0
    mask[[0, -1], :] = 0.0
    mask[:, [0, -1]] = 0.0
    return mask


def paste_back(
    image: np.ndarray, crop: np.ndarray, matrix: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """Puts a crop back where it was cut out, by the exact inverse of its matrix.

    Args:
        image: ``[H, W, 3]`` uint8; not changed.
        crop: ``[S, S, 3]`` uint8, the new content.
        matrix: ``[2, 3]``, picture -> crop, as `align_face` returned it.
        mask: ``[S, S]`` float in [0, 1], how much of the crop is taken.

    Returns:
        A new ``[H, W, 3]`` uint8 picture; every pixel where the mask is 0 is the image's own.
    """
    result = image.copy()
    paste_into(result, crop, matrix, mask)
    return result


def mix_linearly(old: np.ndarray, new: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """``[h, w, 3]`` float twice and ``[h, w]`` in [0, 1]: so much of the new as the weight says."""
    return old + weight[..., None] * (new - old)


def paste_into(
    image: np.ndarray,
    crop: np.ndarray,
    matrix: np.ndarray,
    mask: np.ndarray,
    mix: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] = mix_linearly,
) -> None:
    """Writes a crop into a picture: the one place where that is done.

    Args:
        image: ``[H, W, 3]`` uint8; changed in place, and only where the mask is above 0.
        crop: ``[S, S, 3]`` uint8, the new content.
        matrix: ``[2, 3]``, picture -> crop.
        mask: ``[S, S]`` float in [0, 1], how much of the crop is taken.
        mix: as `mix_linearly`, of the area that the crop covers.
    """
    placed = place_back(image.shape, crop, matrix, mask)
    if placed is None:
        return
    area, pasted, weight = placed
    target = image[area]
    blended = mix(target.astype(np.float32), pasted.astype(np.float32), weight)
    blended = np.rint(np.clip(blended, 0, 255))
    target[:] = np.where(weight[..., None] > 0, blended, target).astype(np.uint8)


def place_back(
    shape: tuple[int, ...], crop: np.ndarray, matrix: np.ndarray, mask: np.ndarray
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray] | None:
    """A crop and its mask where they lie in a picture.

    Args:
        shape: the picture's.
        crop: ``[S, S, 3]`` uint8.
        matrix: ``[2, 3]``, picture -> crop.
        mask: ``[S, S]`` float in [0, 1].

    Returns:
        The area's rows and columns, the crop there, ``[h, w, 3]`` uint8, and the mask there,
        ``[h, w]`` float32; None where the crop lies outside of the picture. A face is a small part
        of a large frame: nothing else is worked on.
    """
    inverse = cv2.invertAffineTransform(matrix)
    left, top, right, bottom = _covered_area(inverse, crop.shape[0], shape)
    if left >= right or top >= bottom:
        return None
    to_area = inverse.copy()
    to_area[:, 2] -= (left, top)
    size = (right - left, bottom - top)
    weight = _warp(mask.astype(np.float32), to_area, size)
    # Bilinear enlargement shows as soft diamonds on a face of many times the crop's size.
    kind = cv2.INTER_CUBIC if np.linalg.det(inverse[:, :2]) > 1 else cv2.INTER_LINEAR
    pasted = _warp(crop, to_area, size, cv2.BORDER_REPLICATE, kind)
    return (slice(top, bottom), slice(left, right)), pasted, weight


def _warp(
    image: np.ndarray,
    matrix: np.ndarray,
    size: tuple[int, int],
    border: int = cv2.BORDER_CONSTANT,
    kind: int = cv2.INTER_LINEAR,
) -> np.ndarray:
    """A warp to ``size`` (width, height); what shrinks by more than 2 shrinks by area first.

    Sampling alone would skip pixels there, and alias.
    """
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < 0.5:
        reduction = int(1 / scale)
        height, width = (max(1, round(n / reduction)) for n in image.shape[:2])
        fy, fx = height / image.shape[0], width / image.shape[1]
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        # A resized pixel's centre x' lies at (x' + 0.5) / f - 0.5 of the original.
        enlarge = np.array([[1 / fx, 0, 0.5 / fx - 0.5], [0, 1 / fy, 0.5 / fy - 0.5], [0, 0, 1]])
        matrix = matrix @ enlarge
    return cv2.warpAffine(image, matrix, size, flags=kind, borderMode=border)


def _covered_area(
    inverse: np.ndarray, side: int, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """left, top, right, bottom (exclusive) of the crop's footprint in a picture of ``shape``."""
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]], np.float64) - 0.5
    footprint = corners @ inverse[:, :2].T + inverse[:, 2]
    left, top = np.maximum(np.floor(footprint.min(0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(footprint.max(0)).astype(int) + 1, shape[1::-1])
    return int(left), int(top), int(right), int(bottom)
