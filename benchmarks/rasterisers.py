"""Other ways to find the triangle that each sample sees, to compare the lab's rasteriser with.

All take ``[V, 2]`` points in samples, ``[V]`` nearness, ``[F, 3]`` triangles and the picture's
side, and give ``[side, side]`` triangles' numbers, `NOTHING` where there is nothing.
"""

import importlib.util
from collections.abc import Callable

import cv2
import numpy as np

from facedancer.lab.drawing.rasteriser import NOTHING, rasterise

Rasteriser = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]


def compiled(points: np.ndarray, nearness: np.ndarray, faces: np.ndarray, side: int) -> np.ndarray:
    """The lab's own."""
    return rasterise(points, nearness, faces, (side, side)).face


def vectorised(
    points: np.ndarray, nearness: np.ndarray, faces: np.ndarray, side: int
) -> np.ndarray:
    """NumPy alone: all samples of all triangles' boxes at once, the nearest written last."""
    corners, near = points[faces], nearness[faces]
    first = np.maximum(np.ceil(corners.min(axis=1) - 0.5).astype(int), 0)
    last = np.minimum(np.floor(corners.max(axis=1) - 0.5).astype(int), side - 1)
    size = last - first + 1
    some = np.flatnonzero((size > 0).all(axis=1))
    count = size[some].prod(axis=1)
    face = np.repeat(some, count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    sample = np.stack([offset % size[face, 0], offset // size[face, 0]], axis=1) + first[face]
    a, b, c = (corners[face, n] for n in range(3))
    middle = sample + 0.5

    def double_area(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        pq, pr = q - p, r - p
        return pq[:, 0] * pr[:, 1] - pr[:, 0] * pq[:, 1]

    with np.errstate(divide="ignore", invalid="ignore"):  # triangles seen from their edge
        whole = double_area(a, b, c)
        shares = (
            np.stack([double_area(middle, b, c), double_area(middle, c, a)], 1) / whole[:, None]
        )
    shares = np.column_stack([shares, 1 - shares.sum(axis=1)])
    inside = (shares >= 0).all(axis=1)
    face, sample = face[inside], sample[inside]
    order = np.argsort((shares[inside] * near[face]).sum(axis=1), kind="stable")
    seen = np.full((side, side), NOTHING)
    seen[sample[order, 1], sample[order, 0]] = face[order]
    return seen


def painted(points: np.ndarray, nearness: np.ndarray, faces: np.ndarray, side: int) -> np.ndarray:
    """OpenCV's polygons from back to front, those that face away left out."""
    a, b, c = (points[faces[:, n]] for n in range(3))
    turns = (b - a)[:, 0] * (c - a)[:, 1] - (c - a)[:, 0] * (b - a)[:, 1]
    corners = np.round((points[faces] - 0.5) * 16).astype(np.int32)
    seen = np.full((side, side), NOTHING, np.float32)
    for face in np.argsort(nearness[faces].mean(axis=1)):
        if turns[face] < 0:
            cv2.fillConvexPoly(seen, corners[face], float(face), cv2.LINE_8, 4)
    return seen.astype(int)


def ray_cast(points: np.ndarray, nearness: np.ndarray, faces: np.ndarray, side: int) -> np.ndarray:
    """Embree, of the package embreex: a ray a sample, from the front."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    # On the screen a perspective picture's triangles stay flat in 1 / distance.
    space = np.column_stack([points, -nearness * side]).astype(np.float32)
    scene = EmbreeScene()
    TriangleMesh(scene, space[faces])
    row, column = np.indices((side, side)).reshape(2, -1) + 0.5
    start = np.column_stack([column, row, np.full(side * side, -2 * side)]).astype(np.float32)
    way = np.tile(np.array([0, 0, 1], np.float32), (side * side, 1))
    return scene.run(start, way, output=1)["primID"].reshape(side, side)


def rasterisers() -> dict[str, Rasteriser]:
    """By what they are, those that can run here; embreex is no dependency of ours."""
    found = {
        "Numba (`lab/drawing/rasteriser.py`)": compiled,
        "OpenCV, painted polygons": painted,
        "NumPy": vectorised,
    }
    if importlib.util.find_spec("embreex"):
        found["Embree rays (`embreex`)"] = ray_cast
    return found
