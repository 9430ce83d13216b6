"""The faces of a folder of photographs, as a swapper takes them and as judges see them."""

import dataclasses

import cv2
import numpy as np

from facedancer.inference.blending.blender import Blending
from facedancer.inference.texture.source import SourceTexture, texture_of
from facedancer.utils.alignment import align_face, similarity_transform, template

from ..swaps.face_set import FaceSet
from ..swaps.pasting import put_back

# Judges look at crops of this side, cut from a picture with the face and what is around it.
JUDGED_SIDE, _PICTURE_SIDE = 256, 400
_SHARE = JUDGED_SIDE / _PICTURE_SIDE
# Of each picture on the page of all swaps.
SHOWN_SIDE = 128


@dataclasses.dataclass(frozen=True, eq=False)
class SeenFaces:
    """N faces.

    Attributes:
        names: of the photographs, below their folder.
        identity: ``[N]`` int, equal of one person.
        pictures: ``[N, 400, 400, 3]`` uint8 RGB, each face upright with its surroundings.
        judged: ``[N, 256, 256, 3]`` uint8 RGB, the aligned crops of these.
        crops: ``[N, S, S, 3]`` uint8 RGB, aligned as the swapper takes them.
    """

    names: tuple[str, ...]
    identity: np.ndarray
    pictures: np.ndarray
    judged: np.ndarray
    crops: np.ndarray

    @property
    def count(self) -> int:
        """N."""
        return len(self.names)


def see_faces(faces: FaceSet, side: int) -> SeenFaces:
    """Cuts each face out of its photograph three times; S is ``side``."""
    places = [faces.place(number) for number in range(faces.count)]

    def cut(size: int, share: float = 1.0) -> np.ndarray:
        return np.stack([align_face(p.picture, p.landmarks, size, share)[0] for p in places])

    pictures = cut(_PICTURE_SIDE, _SHARE)
    return SeenFaces(faces.names, faces.identity, pictures, judged_part(pictures), cut(side))


def put_into_picture(
    faces: SeenFaces,
    number: int,
    changed: np.ndarray,
    blending: Blending | None = None,
    texture: SourceTexture | None = None,
) -> np.ndarray:
    """The face's picture with a changed crop in it, as swapping puts it there.

    Args:
        faces: the faces.
        number: of the face.
        changed: ``[S, S, 3]`` uint8 RGB.
        blending: see `put_back`.
        texture: see `put_back`.

    Returns:
        ``[400, 400, 3]`` uint8 RGB.
    """
    points = template(_PICTURE_SIDE, _SHARE)
    matrix = similarity_transform(points, template(changed.shape[0]))
    picture, crop = faces.pictures[number], faces.crops[number]
    return put_back(picture, crop, changed, matrix, points, blending, texture)


def find_textures(faces: SeenFaces) -> list[SourceTexture | None]:
    """Takes each face as a texture, as swapping does; None where its mesh is not found."""
    points = template(_PICTURE_SIDE, _SHARE)
    return [texture_of(picture, points) for picture in faces.pictures]


def judged_part(pictures: np.ndarray) -> np.ndarray:
    """``[B, 400, 400, 3]`` -> ``[B, 256, 256, 3]``, what judges see of them."""
    border = (_PICTURE_SIDE - JUDGED_SIDE) // 2
    return pictures[:, border:-border, border:-border]


def shown(picture: np.ndarray) -> np.ndarray:
    """A picture at the size of the page of all swaps: ``[128, 128, 3]`` uint8 RGB."""
    return cv2.resize(picture, (SHOWN_SIDE, SHOWN_SIDE), interpolation=cv2.INTER_AREA)
