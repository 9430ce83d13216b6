"""Normals and curvature of meshes, and what lies between a triangle's corners (Numba)."""

import numpy as np
from numba import njit

# Rounds of averaging with the neighbours: a curvature is felt as far as light scatters.
_ROUNDS = 2


@njit(cache=True, fastmath=True, nogil=True)
def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """``[V, 3]`` float32 unit normals, the triangles' averaged by their areas."""
    normals = np.zeros_like(vertices)
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += x
            normals[corner, 1] += y
            normals[corner, 2] += z
    for v in range(vertices.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            normals[v, 0], normals[v, 1], normals[v, 2] = x / length, y / length, z / length
    return normals


@njit(cache=True, nogil=True)
def vertex_curvature(vertices: np.ndarray, normals: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """``[V]`` float32, 1 over the radius: how fast normals turn along the edges, averaged."""
    count = vertices.shape[0]
    bent = np.zeros(count, np.float32)
    for turn in range(_ROUNDS + 1):
        total, edges = np.zeros(count, np.float32), np.zeros(count, np.float32)
        for f in range(faces.shape[0]):
            for corner in range(3):
                a, b = faces[f, corner], faces[f, (corner + 1) % 3]
                if turn:
                    to_a, to_b = bent[b], bent[a]
                else:
                    turned, length = 0.0, 1e-6
                    for n in range(3):
                        along = vertices[a, n] - vertices[b, n]
                        turned += along * (normals[a, n] - normals[b, n])
                        length += along * along
                    to_a = to_b = np.float32(abs(turned) / length)
                total[a] += to_a
                total[b] += to_b
                edges[a] += 1.0
                edges[b] += 1.0
        bent = total / np.maximum(edges, np.float32(1.0))
    return bent


@njit(cache=True, fastmath=True, nogil=True)
def mixed(
    values: np.ndarray, i: int, j: int, k: int, wi: float, wj: float, wk: float
) -> tuple[float, float, float]:
    """``[V, 3]`` values between the corners i, j, k of a triangle, by their shares."""
    return (
        wi * values[i, 0] + wj * values[j, 0] + wk * values[k, 0],
        wi * values[i, 1] + wj * values[j, 1] + wk * values[k, 1],
        wi * values[i, 2] + wj * values[j, 2] + wk * values[k, 2],
    )


@njit(cache=True, fastmath=True, nogil=True)
def unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """The same direction, of length 1."""
    scale = 1.0 / np.sqrt(x * x + y * y + z * z + 1e-12)
    return x * scale, y * scale, z * scale
