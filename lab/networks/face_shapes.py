"""Fits of people's shapes in meshes of them: what `inference.texture.face_shape` loads."""

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import Delaunay

from facedancer.inference.blending.face_mesh import face_mesh
from facedancer.inference.texture.face_shape import FaceShape, fit_similarity
from facedancer.utils.errors import UserError

# Directions that are kept. Of finer ones the filter would make large differences of small errors.
_DIRECTIONS = 20
# Rounds of turning all meshes onto their mean.
_ROUNDS = 3
_FEWEST_MESHES = 1000


def find_meshes(crops: Iterable[np.ndarray]) -> np.ndarray:
    """The meshes of crops, ``[N, 468, 3]`` float32; NaN where a crop shows no face to it.

    Args:
        crops: ``[S, S, 3]`` uint8 RGB, aligned.
    """
    meshes = (face_mesh().find_solid(crop) for crop in crops)
    nothing = np.full((468, 3), np.nan, np.float32)
    return np.stack([nothing if mesh is None else mesh for mesh in meshes])


def fit_face_shape(meshes: np.ndarray, people: np.ndarray) -> tuple[FaceShape, float]:
    """Fits the mean mesh, the directions in which meshes differ, and the filter.

    Args:
        meshes: ``[N, K, 3]``; those with NaN are left out.
        people: ``[N]``, equal where two are of one person.

    Returns:
        The shape, and the share of the people's variance that the filter keeps.

    Raises:
        UserError: too few meshes, or no person with two of them.
    """
    is_whole = np.isfinite(meshes).all(axis=(1, 2))
    meshes = meshes[is_whole].astype(np.float64)
    _, person, counts = np.unique(people[is_whole], return_inverse=True, return_counts=True)
    if len(meshes) < _FEWEST_MESHES or len(meshes) == len(counts):
        raise UserError(
            f"{len(meshes)} meshes of {len(counts)} people do not tell people's shapes: give "
            f"{_FEWEST_MESHES} or more, several of each"
        )
    mean = meshes[0] - meshes[0].mean(axis=0)
    for _ in range(_ROUNDS):
        mean = _onto(meshes, mean).mean(axis=0)
        mean -= mean.mean(axis=0)
        mean /= np.sqrt((mean**2).sum(axis=1).mean())
    differences = (_onto(meshes, mean) - mean).reshape(len(meshes), -1)
    differences -= differences.mean(axis=0)
    # Eigenvectors of the covariance: meshes are many, and points few.
    basis = np.linalg.eigh(differences.T @ differences)[1][:, : -_DIRECTIONS - 1 : -1]
    along = differences @ basis
    means = np.zeros((len(counts), _DIRECTIONS))
    np.add.at(means, person, along)
    means /= counts[:, None]
    own = along - means[person]
    moment = own.T @ own / (len(along) - len(counts))
    # The means' covariance holds a part of the moments' too.
    values, vectors = np.linalg.eigh(np.cov(means.T) - moment * np.mean(1 / counts))
    between = (vectors * np.maximum(values, 0)) @ vectors.T
    people_filter = between @ np.linalg.inv(between + moment)
    kept = float(np.trace(people_filter @ between) / np.trace(between))
    shape = FaceShape(mean, basis, people_filter, _triangles(mean), find_mirror(mean))
    return shape, kept


def find_mirror(mean: np.ndarray) -> np.ndarray:
    """Finds each point's opposite, ``[K]`` int32, in a mesh ``[K, 3]`` that is about symmetric."""
    flipped = mean * [-1, 1, 1]
    for _ in range(_ROUNDS):
        apart = np.linalg.norm(flipped[:, None] - mean[None], axis=2)
        opposite = linear_sum_assignment(apart)[1]
        turn, scale, shift = fit_similarity(flipped[None], mean[opposite])
        flipped = scale[0] * (flipped @ turn[0]) + shift[0]
    return opposite.astype(np.int32)


def _onto(meshes: np.ndarray, mean: np.ndarray) -> np.ndarray:
    turn, scale, shift = fit_similarity(meshes, mean)
    return scale[:, None, None] * (meshes @ turn) + shift


def _triangles(mean: np.ndarray) -> np.ndarray:
    """Joins the points, seen from the front: ``[T, 3]``, all turned the same way."""
    triangles = Delaunay(mean[:, :2]).simplices
    corners = np.concatenate([mean[triangles][:, :, :2], np.ones((len(triangles), 3, 1))], axis=2)
    is_turned = np.linalg.det(corners) < 0
    triangles[is_turned] = triangles[is_turned][:, [0, 2, 1]]
    return triangles.astype(np.int32)
