"""A source's photograph as a texture: an aligned crop, its mesh, and where it shows the face."""

import dataclasses
import functools
import hashlib

import numpy as np

from facedancer.utils.alignment import align_face, similarity_transform, template

from ..blending.face_mesh import face_mesh
from ..blending.regions import LEFT_EYE, RIGHT_EYE
from .face_mask import draw_source_mask
from .face_shape import face_shape

# The crop's sides: as large as the photograph shows the face, within these.
_LEAST_SIDE, _MOST_SIDE = 128, 512


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SourceTexture:
    """A face that can be laid onto others.

    Attributes:
        layers: ``[S, S, 4]`` uint8: RGB, and 255 where it is the face that is seen, not hair,
            glasses or a hand.
        mesh: ``[468, 3]`` float32, the face's points in the crop's pixels, see `FaceMesh`.
        share: how far a target goes towards it, 0 to 1.
    """

    layers: np.ndarray
    mesh: np.ndarray
    share: float = 1.0

    def __repr__(self) -> str:
        return f"<SourceTexture of {self.layers.shape[0]} px, share {self.share:g}>"

    @property
    def frontality(self) -> float:
        """0 of a profile to 1 of a face seen from the front: how alike its halves are wide."""
        points = self.mesh[:, 0]
        left, middle, right = points[_LEFT_CHEEK], points[_NOSE], points[_RIGHT_CHEEK]
        halves = sorted((middle - left, right - middle))
        return float(max(halves[0], 0) / max(halves[1], 1e-6))

    @functools.cached_property
    def mirrored(self) -> "SourceTexture":
        """The same face in a mirror: it shows what is turned away or hidden on one side only."""
        mesh = self.mesh[face_shape().mirror].copy()
        mesh[:, 0] = self.layers.shape[1] - 1 - mesh[:, 0]
        return SourceTexture(np.ascontiguousarray(self.layers[:, ::-1]), mesh, self.share)

    def fingerprint(self) -> bytes:
        """Equal for equal textures."""
        return hashlib.sha256(self.layers.tobytes() + self.mesh.tobytes()).digest()


# Points of the mesh; the last two are the middles of the inner lips.
_NOSE, _LEFT_CHEEK, _RIGHT_CHEEK, _UPPER_LIP, _LOWER_LIP = 4, 234, 454, 13, 14
# A mouth is open if its lips are farther apart than this part of the distance between the eyes'
# outer corners.
_OPEN = 0.04


def is_mouth_open(mesh: np.ndarray) -> bool:
    """Tells whether a mesh's lips, ``[468, 2 or more]``, are apart."""
    apart = np.linalg.norm(mesh[_UPPER_LIP, :2] - mesh[_LOWER_LIP, :2])
    eyes = mesh[[LEFT_EYE[0], RIGHT_EYE[0]], :2]
    return bool(apart > _OPEN * np.linalg.norm(eyes[0] - eyes[1]))


def texture_of(image: np.ndarray, landmarks: np.ndarray) -> SourceTexture | None:
    """Takes a face of a photograph as a texture.

    Args:
        image: ``[H, W, 3]`` uint8 RGB.
        landmarks: ``[5, 2]``, the face's, in its pixels.

    Returns:
        None where the mesh finds no face.
    """
    smallest = similarity_transform(landmarks, template(_LEAST_SIDE))
    shown = _LEAST_SIDE / np.sqrt(abs(np.linalg.det(smallest[:, :2])))
    side = int(np.clip(round(shown), _LEAST_SIDE, _MOST_SIDE))
    return texture_of_crop(align_face(image, landmarks, side, extends=True)[0])


def texture_of_crop(crop: np.ndarray) -> SourceTexture | None:
    """Takes an aligned crop as a texture.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB.

    Returns:
        None where the mesh finds no face.
    """
    mesh = face_mesh().find_solid(crop)
    if mesh is None:
        return None
    seen = np.rint(255 * draw_source_mask(crop, mesh)).astype(np.uint8)
    return SourceTexture(np.dstack([crop, seen]), mesh)


def best_texture(textures: list[SourceTexture]) -> SourceTexture | None:
    """Chooses of a person's photographs the one that shows most: from the front, and large."""
    return max(textures, key=lambda one: one.frontality * one.layers.shape[0] ** 0.5, default=None)
