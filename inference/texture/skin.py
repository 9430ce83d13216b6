"""A source's skin, laid onto another mesh."""

import dataclasses

import cv2
import numpy as np

from .face_shape import face_shape
from .lighting import relight
from .source import SourceTexture
from .warping import warp_face

# Of `Warped.seen`: nothing is taken below the first, all above the second.
_TURNED_AWAY, _SHOWN = 0.25, 0.6
# Of the side, how soft edges are, a deviation; and of the area, what a face and its mirror image
# must show both: less does not tell their light.
SOFT, _ENOUGH_IN_COMMON = 0.012, 0.02


@dataclasses.dataclass(frozen=True, eq=False)
class Skin:
    """A source's photograph, laid onto a mesh.

    Attributes:
        picture: ``[S, S, 3]`` uint8 RGB.
        known: ``[S, S]`` float32 in 0..1, where it shows the face.
        covered: ``[S, S]`` float32, 1 within the mesh.
    """

    picture: np.ndarray
    known: np.ndarray
    covered: np.ndarray


def lay_skin(texture: SourceTexture, onto: np.ndarray, side: int) -> Skin:
    """Lays a texture; where it shows nothing, its mirror image, in the same light.

    Args:
        texture: the source's.
        onto: ``[468, 3]``, the mesh, in pixels of the result.
        side: S.
    """
    own, other = (_laid(one, onto, side) for one in (texture, texture.mirrored))
    both = own.known * other.known
    picture = other.picture
    if both.sum() > _ENOUGH_IN_COMMON * side**2:
        picture = relight(picture, own.picture, both)
    part = np.minimum(own.known, softened(own.known, SOFT))[..., None]
    picture = picture + part * (own.picture.astype(np.float32) - picture)
    known = np.maximum(own.known, other.known)
    # Soft edges reach beyond what is known: there, what is near and known goes on.
    weight = np.maximum(softened(known, SOFT), 1e-3)[..., None]
    near = softened(known[..., None] * picture, SOFT) / weight
    picture = near + known[..., None] * (picture - near)
    return Skin(np.rint(np.clip(picture, 0, 255)).astype(np.uint8), known, own.covered)


def _laid(texture: SourceTexture, onto: np.ndarray, side: int) -> Skin:
    enlarged = float(np.sqrt(onto.var(0).sum() / texture.mesh.var(0).sum()))
    triangles = face_shape().triangles
    warped = warp_face(texture.layers, texture.points[:, :2], onto, triangles, side, enlarged)
    shown = np.clip((warped.seen - _TURNED_AWAY) / (_SHOWN - _TURNED_AWAY), 0, 1)
    known = shown * warped.picture[..., 3] / np.float32(255)
    return Skin(warped.picture[..., :3], known, warped.covered.astype(np.float32))


def softened(image: np.ndarray, deviation: float) -> np.ndarray:
    """Blurs a square picture by a share of its side."""
    return cv2.GaussianBlur(image, (0, 0), deviation * image.shape[0])
