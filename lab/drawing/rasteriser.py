"""Triangles to samples: which triangle each sample sees, and where in it (a z-buffer in Numba).

Chosen against ray casting and painted polygons: docs/lab.md, "Rendering", has the comparison. The
kernels are compiled at the first call, or read from Numba's cache next to the sources.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

NOTHING = -1  # the face index of a sample that sees no triangle.
# Twice the area, in samples, below which a triangle covers nothing.
_LEAST_AREA = 1e-9


Cutout = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Samples:
    """The surface that each sample of a picture sees."""

    face: np.ndarray  # [H, W] int32, `NOTHING` where there is nothing
    weights: np.ndarray  # [H, W, 3] float32, barycentric, perspective-correct, summing to 1
    nearness: np.ndarray  # [H, W] float32, 1 / distance; 0 where there is nothing


def rasterise(
    points: np.ndarray,
    nearness: np.ndarray,
    faces: np.ndarray,
    size: tuple[int, int],
    cutout: Cutout | None = None,
) -> Samples:
    """Finds, for the middle of every sample, the nearest triangle; both sides of triangles count.

    Args:
        points: ``[V, 2]`` float32, where vertices fall, in samples; (0, 0) is the corner of the
            upper left sample, whose middle is (0.5, 0.5).
        nearness: ``[V]`` float32, 1 / distance to the camera, positive; greater is nearer.
        faces: ``[F, 3]`` int32.
        size: the picture's height and width in samples.
        cutout: ``(cut [F] bool, uv [V, 2] in 0..1, opacity [h, w] float32)``: triangles with
            ``cut`` have holes where the map is below a half, as strands of hair do.
    """
    height, width = size
    face = np.full((height, width), NOTHING, np.int32)
    weights = np.zeros((height, width, 3), np.float32)
    depth = np.zeros((height, width), np.float32)
    cut, uv, opacity = cutout or (
        np.zeros(len(faces), np.bool_),
        np.zeros((1, 2), np.float32),
        np.ones((1, 1), np.float32),
    )
    _fill(points, nearness, faces, cut, uv, opacity, face, weights, depth)
    return Samples(face, weights, depth)


@njit(cache=True, fastmath=True, nogil=True)
def _fill(
    points: np.ndarray,
    nearness: np.ndarray,
    faces: np.ndarray,
    cut: np.ndarray,
    uv: np.ndarray,
    opacity: np.ndarray,
    face: np.ndarray,
    weights: np.ndarray,
    depth: np.ndarray,
) -> None:
    """Fills the last three arrays."""
    height, width = depth.shape
    map_height, map_width = opacity.shape
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        xi, yi, xj, yj = points[i, 0], points[i, 1], points[j, 0], points[j, 1]
        xk, yk = points[k, 0], points[k, 1]
        area = (xj - xi) * (yk - yi) - (xk - xi) * (yj - yi)
        if abs(area) < _LEAST_AREA:
            continue
        left = max(0, int(np.ceil(min(xi, xj, xk) - 0.5)))
        right = min(width - 1, int(np.floor(max(xi, xj, xk) - 0.5)))
        top = max(0, int(np.ceil(min(yi, yj, yk) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(yi, yj, yk) - 0.5)))
        inverse = 1.0 / area
        ni, nj, nk = nearness[i], nearness[j], nearness[k]
        # Shares are linear on the screen: at the first sample, and by a step right and down.
        px, py = left + 0.5, top + 0.5
        first_i = ((xj - px) * (yk - py) - (xk - px) * (yj - py)) * inverse
        first_j = ((xk - px) * (yi - py) - (xi - px) * (yk - py)) * inverse
        right_i, down_i = (yj - yk) * inverse, (xk - xj) * inverse
        right_j, down_j = (yk - yi) * inverse, (xi - xk) * inverse
        for y in range(top, bottom + 1):
            row_i, row_j = first_i + (y - top) * down_i, first_j + (y - top) * down_j
            for x in range(left, right + 1):
                wi, wj = row_i + (x - left) * right_i, row_j + (x - left) * right_j
                wk = 1.0 - wi - wj
                if wi < 0.0 or wj < 0.0 or wk < 0.0:
                    continue
                # 1 / distance, not the distance, is linear on the screen.
                near = wi * ni + wj * nj + wk * nk
                if near <= depth[y, x]:
                    continue
                wi, wj, wk = wi * ni / near, wj * nj / near, wk * nk / near
                if cut[f]:
                    u = wi * uv[i, 0] + wj * uv[j, 0] + wk * uv[k, 0]
                    v = wi * uv[i, 1] + wj * uv[j, 1] + wk * uv[k, 1]
                    column = min(max(int(u * map_width), 0), map_width - 1)
                    row = min(max(int(v * map_height), 0), map_height - 1)
                    if opacity[row, column] < 0.5:
                        continue
                depth[y, x] = near
                face[y, x] = f
                weights[y, x, 0] = wi
                weights[y, x, 1] = wj
                weights[y, x, 2] = wk
