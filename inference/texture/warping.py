"""Piecewise affine warping: a photograph's face, laid onto another face's mesh."""

import dataclasses

import cv2
import numpy as np

# Corners are drawn at a sixteenth of a pixel.
_FRACTION_BITS = 4
# A triangle of less, in square pixels, is seen from its edge.
_LEAST_AREA = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class Warped:
    """A face as it lies on another one's mesh.

    Attributes:
        picture: ``[S, S, C]`` uint8, the source's channels; 0 beyond the mesh.
        seen: ``[S, S]`` float32, 0..1: how much of what lies here the source's photograph shows. 1
            where it is as large there as here or larger, but for the whole face's size; 0 where it
            is turned away, and beyond the mesh.
        covered: ``[S, S]`` bool, whether the mesh covers the pixel.
    """

    picture: np.ndarray
    seen: np.ndarray
    covered: np.ndarray


def warp_face(
    source: np.ndarray,
    points: np.ndarray,
    onto: np.ndarray,
    triangles: np.ndarray,
    side: int,
    enlarged: float = 1.0,
) -> Warped:
    """Moves each triangle of a face to its place in another mesh.

    Args:
        source: ``[H, W, C]`` uint8: RGB, and whatever else goes with it.
        points: ``[K, 2]``, the mesh's points in the source's pixels, (x, y).
        onto: ``[K, 3]``, where they go: x, y in the result's pixels, z away from us. The nearest
            triangle is on top.
        triangles: ``[T, 3]`` int, the numbers of each one's corners.
        side: S, of the result.
        enlarged: how much larger the whole face is in the result than in the source.
    """
    order = np.argsort(-onto[triangles, 2].mean(axis=1), kind="stable")
    triangles = triangles[order]
    number = _drawn(onto[:, :2], triangles, side)
    covered = number >= 0
    there = _with_ones(onto[triangles, :2])
    here = points[triangles].astype(np.float64)
    area, before = (0.5 * np.linalg.det(corners) for corners in (there, _with_ones(here)))
    is_flat = np.abs(area) < _LEAST_AREA
    there[is_flat] = np.eye(3)
    # [T, 3, 2]: a pixel's (x, y, 1) -> where it comes from.
    back = np.linalg.solve(there, here)
    rows, columns = np.nonzero(covered)
    found = number[covered]
    pixels = np.stack([columns, rows, np.ones(len(rows))], axis=1)
    places = np.zeros((side, side, 2), np.float32)
    places[covered] = np.einsum("nk,nkc->nc", pixels, back[found])
    picture = cv2.remap(
        source, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    picture[~covered] = 0
    share = np.where(is_flat, 0, enlarged**2 * before / np.where(is_flat, 1, area))
    seen = np.zeros((side, side), np.float32)
    seen[covered] = np.clip(share, 0, 1)[found]
    return Warped(picture, seen, covered)


def _drawn(points: np.ndarray, triangles: np.ndarray, side: int) -> np.ndarray:
    """``[side, side]`` int, the number of each pixel's triangle, the later on top; -1: none."""
    numbers = np.zeros((side, side), np.float32)
    corners = np.round(points * 2**_FRACTION_BITS).astype(np.int32)[triangles]
    for number, three in enumerate(corners, start=1):
        cv2.fillConvexPoly(numbers, three, float(number), cv2.LINE_8, _FRACTION_BITS)
    return numbers.astype(np.int32) - 1


def _with_ones(corners: np.ndarray) -> np.ndarray:
    """``[T, 3, 2]`` -> ``[T, 3, 3]`` float64, homogeneous."""
    return np.concatenate([corners, np.ones((*corners.shape[:2], 1))], axis=2)
