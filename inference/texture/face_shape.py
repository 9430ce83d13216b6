"""A face's shape in its mesh: what of two meshes' difference is the people's, not the moment's.

A mesh shows a person's bones, a moment's mood and the network's error alike. Over many pictures of
many people the first varies between people, the other two within one. With B and W, the covariances
of these two, B (B + W)^-1 is the best linear guess at a difference's share that is the people's
(Wiener's filter).
"""

import dataclasses
import functools
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import MODEL_ZOO

FACE_SHAPE = MODEL_ZOO / "texture" / "face_shape.npz"


@dataclasses.dataclass(frozen=True, eq=False)
class FaceShape:
    """The mean mesh, and how people's shapes are told apart in meshes.

    Attributes:
        mean: ``[K, 3]`` float64, the mean mesh, about its middle.
        basis: ``[3 K, D]`` float64, orthonormal: the directions in which meshes differ.
        people: ``[D, D]`` float64: a difference along the basis -> its share that is the people's.
        triangles: ``[T, 3]`` int32, of the mesh, openings too.
        mirror: ``[K]`` int32: of each point, the number of the one opposite; itself in the middle.
    """

    mean: np.ndarray
    basis: np.ndarray
    people: np.ndarray
    triangles: np.ndarray
    mirror: np.ndarray

    def with_shape_of(self, target: np.ndarray, source: np.ndarray) -> np.ndarray:
        """The target's mesh with the source's shape, in the target's pose, mood and place.

        Args:
            target: ``[K, 3]``, x, y, z in pixels.
            source: ``[K, 3]``, in pixels of its own.

        Returns:
            ``[K, 3]`` float64, in the target's pixels.
        """
        own, turn, scale = self._upright(target)
        other, _, _ = self._upright(source)
        along = self.basis.T @ (other - own).ravel()
        shape = (self.basis @ (self.people @ along)).reshape(-1, 3)
        return target + shape @ turn.T / scale

    def _upright(self, mesh: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """A mesh, turned and scaled onto the mean one; and by what turn and scale."""
        turn, scale, shift = fit_similarity(mesh[None], self.mean)
        return scale[0] * (mesh @ turn[0]) + shift[0], turn[0], float(scale[0])


def fit_similarity(
    meshes: np.ndarray, onto: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fits turn, scale and shift that bring meshes nearest to others, without mirroring (Umeyama).

    Args:
        meshes: ``[N, K, 3]``.
        onto: ``[K, 3]``, one for all; or ``[N, K, 3]``.

    Returns:
        ``[N, 3, 3]``, ``[N]`` and ``[N, 1, 3]``: ``scale * mesh @ turn + shift`` lies on ``onto``.
    """
    meshes, onto = np.asarray(meshes, np.float64), np.asarray(onto, np.float64)
    middle, aim = (points.mean(axis=-2, keepdims=True) for points in (meshes, onto))
    centred = meshes - middle
    u, singular, vt = np.linalg.svd(np.swapaxes(centred, 1, 2) @ (onto - aim))
    signs = np.ones_like(singular)
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = (u * signs[:, None]) @ vt
    scale = (singular * signs).sum(axis=1) / (centred**2).sum(axis=(1, 2))
    return turn, scale, aim - scale[:, None, None] * (middle @ turn)


@functools.cache
def face_shape(path: Path = FACE_SHAPE) -> FaceShape:
    """Loads the one that ships, once.

    Raises:
        UserError: it is not there, or something else.
    """
    try:
        with np.load(path) as found:
            parts = {field.name: found[field.name] for field in dataclasses.fields(FaceShape)}
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} is not a face shape ({error}): install facedancer again"
        ) from error
    exact = {name: parts[name].astype(np.float64) for name in ("mean", "basis", "people")}
    numbers = {name: parts[name].astype(np.int32) for name in ("triangles", "mirror")}
    return FaceShape(**exact, **numbers)
