"""A source's photograph as a texture: an aligned crop, its mesh, and where it shows the face."""

import dataclasses
import functools
import hashlib

import numpy as np

from facedancer.utils.alignment import align_face, similarity_transform, template

from ..blending.face_mesh import face_mesh
from .face_mask import draw_source_mask, tell_face
from .face_shape import face_shape
from .glasses import find_glasses, without_rims
from .lips import with_lips

# The crop's sides: as large as the photograph shows the face, within these.
_LEAST_SIDE, _MOST_SIDE = 128, 512


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SourceTexture:
    """A face that can be laid onto others.

    Attributes:
        layers: ``[S, S, 4]`` uint8: RGB without glasses, and 255 where it is the face that
            is seen, not hair or a hand.
        mesh: ``[468, 3]`` float32, the face's points in the crop's pixels, see `FaceMesh`.
        points: the same with lips where the crop shows them, see `with_lips`.
        share: how far a target goes towards it, 0 to 1.
    """

    layers: np.ndarray
    mesh: np.ndarray
    points: np.ndarray
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
        width = self.layers.shape[1]
        mesh, points = (
            np.column_stack([width - 1 - places[:, 0], places[:, 1:]])[face_shape().mirror]
            for places in (self.mesh, self.points)
        )
        return SourceTexture(np.ascontiguousarray(self.layers[:, ::-1]), mesh, points, self.share)

    def fingerprint(self) -> bytes:
        """Equal for equal textures."""
        return hashlib.sha256(self.layers.tobytes() + self.mesh.tobytes()).digest()


# Points of the mesh.
_NOSE, _LEFT_CHEEK, _RIGHT_CHEEK = 4, 234, 454


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
    side, told = crop.shape[0], tell_face(crop)
    seen = draw_source_mask(told, mesh, side)
    crop, seen = without_rims(crop, seen, find_glasses(told, mesh, side), mesh)
    points = with_lips(crop, mesh, seen).astype(np.float32)
    return SourceTexture(np.dstack([crop, np.rint(255 * seen).astype(np.uint8)]), mesh, points)


def best_texture(textures: list[SourceTexture]) -> SourceTexture | None:
    """Chooses of a person's photographs the one that shows most: from the front, and large."""
    return max(textures, key=lambda one: one.frontality * one.layers.shape[0] ** 0.5, default=None)
