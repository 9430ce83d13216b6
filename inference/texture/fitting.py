"""Fits a source's own skin into a swapped face.

The generator draws a face anew, from an identity: it knows neither moles nor wrinkles. The source's
photograph has them. It is laid onto the target's mesh, which takes on the source's shape, and lit
as the target is; the openings of eyes and of an open mouth stay the target's, so gaze, closed lids
and teeth do. Where something hides the source's face, or it is turned away, the generator's face
remains; where something hides the target's, the target.
"""

import dataclasses
import functools

import cv2
import numpy as np

from facedancer.utils.alignment import cut_out

from ..blending.face_mesh import face_mesh
from ..blending.regions import LEFT_EYE, MOUTH, RIGHT_EYE
from ..core.swapped_face import SwappedFace
from .face_mask import TARGET, draw_face_mask
from .face_shape import face_shape
from .lighting import relight
from .source import SourceTexture
from .warping import warp_face

# A face larger than the generator's crop is fitted at up to so many times its side.
_MOST_LARGER = 4
# Of the crop's side: how soft edges are, and how far skin stays away from the mesh's end.
_SOFT, _INWARD, _OPENING_SOFT = 0.012, 0.008, 0.004
# Times the people's share of two meshes' difference, as the filter tells it: chosen on photographs.
_SHAPE = 1.5
# The middle points of the inner lips: a mouth is open if they are farther apart than this part of
# the distance between the eyes' outer corners.
_UPPER_LIP, _LOWER_LIP, _OPEN = 13, 14, 0.04
# Of `Warped.seen`: nothing is taken below the first, all above the second.
_TURNED_AWAY, _SHOWN = 0.25, 0.6
# How much faster than the new face its mask grows.
_STEEP = 8


def fit_texture(image: np.ndarray, one: SwappedFace, texture: SourceTexture) -> SwappedFace:
    """Fits the source's skin into a face that was swapped.

    Args:
        image: ``[H, W, 3]`` uint8 RGB, before any swap.
        one: the face, as the generator changed it.
        texture: the source's.

    Returns:
        The face with its new skin, in the target's colours, its crops about as large as target and
        source show a face, up to 4 times the generator's; as it is where the mesh finds no face.
    """
    side, matrix = _enlarged(one, texture)
    crop = cut_out(image, matrix, side, extends=True)
    mesh = face_mesh().find_solid(crop)
    if mesh is None:
        return one
    changed = _resized(one.changed, side)
    fitted, mask = lay_texture(crop, changed, mesh, texture)
    attention = None if one.attention is None else _resized(one.attention, side)
    return dataclasses.replace(
        one, matrix=matrix, crop=crop, changed=fitted, attention=attention, fitted=mask
    )


def lay_texture(
    crop: np.ndarray, changed: np.ndarray, mesh: np.ndarray, texture: SourceTexture
) -> tuple[np.ndarray, np.ndarray]:
    """Lays the source's skin onto a target's crop.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB, the target's.
        changed: the same, as the generator changed it.
        mesh: ``[468, 3]``, the target's, in the crop's pixels.
        texture: the source's.

    Returns:
        ``[S, S, 3]`` uint8 RGB, and ``[S, S]`` float32 in 0..1, 0 where it is the crop itself.
    """
    side, shape = crop.shape[0], face_shape()
    onto = mesh + _SHAPE * texture.share * (shape.with_shape_of(mesh, texture.mesh) - mesh)
    skin, openings = _parts(_is_mouth_open(mesh))
    enlarged = float(np.sqrt(onto.var(0).sum() / texture.mesh.var(0).sum()))
    warped = warp_face(texture.layers, texture.mesh[:, :2], onto, skin, side, enlarged)
    opening = warp_face(crop, mesh[:, :2], onto, openings, side)
    shown = np.clip((warped.seen - _TURNED_AWAY) / (_SHOWN - _TURNED_AWAY), 0, 1)
    known = shown * warped.picture[..., 3] / np.float32(255)
    free = draw_face_mask(crop, mesh, TARGET)

    covered = (warped.covered | opening.covered).astype(np.float32)
    where = covered * free
    drawn = relight(changed, crop, where)
    # Beyond the mesh there is nothing: soft edges must not draw it in.
    laid = np.where(warped.covered[..., None], warped.picture[..., :3], crop)
    face = relight(laid, crop, where * known)
    known = cv2.GaussianBlur(known, (0, 0), _SOFT * side)[..., None]
    face = drawn + known * (face - drawn)
    hole = cv2.GaussianBlur(opening.covered.astype(np.float32), (0, 0), _OPENING_SOFT * side)
    face += hole[..., None] * (np.where(opening.covered[..., None], opening.picture, crop) - face)
    width = 2 * round(_INWARD * side) + 1
    inside = cv2.erode(covered, np.ones((width, width)), borderValue=0)
    inside = texture.share * free * cv2.GaussianBlur(inside, (0, 0), _SOFT * side)
    result = crop + inside[..., None] * (face - crop)
    # The new face already fades into the crop: the mask says where there is any of it.
    mask = np.clip(_STEEP * inside, 0, 1)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    return np.rint(np.clip(result, 0, 255)).astype(np.uint8), mask.astype(np.float32)


def _is_mouth_open(mesh: np.ndarray) -> bool:
    apart = np.linalg.norm(mesh[_UPPER_LIP, :2] - mesh[_LOWER_LIP, :2])
    eyes = mesh[[LEFT_EYE[0], RIGHT_EYE[0]], :2]
    return bool(apart > _OPEN * np.linalg.norm(eyes[0] - eyes[1]))


@functools.cache
def _parts(with_mouth: bool) -> tuple[np.ndarray, np.ndarray]:
    """The mesh's triangles ``[T, 3]``: those of the skin, and those of the eyes and an open mouth.

    Between lips that are closed there is only a dark line, which is no part of lips that smile.
    """
    triangles = face_shape().triangles
    is_opening = np.zeros(len(triangles), bool)
    for loop in (LEFT_EYE, RIGHT_EYE, *([MOUTH] if with_mouth else [])):
        is_opening |= np.isin(triangles, loop).all(axis=1)
    return triangles[~is_opening], triangles[is_opening]


def _enlarged(one: SwappedFace, texture: SourceTexture) -> tuple[int, np.ndarray]:
    """The side at which a face is fitted, and the matrix of such a crop.

    No larger than the source's photograph shows it: blending gives a small crop the target's fine
    detail, which a blurred large one would hide.
    """
    side = one.crop.shape[0]
    larger = 1 / np.sqrt(abs(np.linalg.det(one.matrix[:, :2])))
    shown = texture.layers.shape[0] / side
    factor = int(np.clip(min(np.ceil(larger), round(shown)), 1, _MOST_LARGER))
    matrix = factor * one.matrix
    # A pixel's centre x lies at (x + 0.5) * factor - 0.5 of the larger crop.
    matrix[:, 2] += (factor - 1) / 2
    return factor * side, matrix


def _resized(image: np.ndarray, side: int) -> np.ndarray:
    if image.shape[0] == side:
        return image
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
