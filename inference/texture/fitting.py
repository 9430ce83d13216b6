"""Fits a source's own skin into a swapped face.

The generator draws a face anew, from an identity: it knows neither moles nor wrinkles. The source's
photograph has them. It is laid onto the target's mesh, which takes on the source's shape, and lit
as the target is. Eyes are the source's where both pictures show them open, and look where the
target's do; teeth where both mouths are about as open. Else they stay the target's. What the
photograph hides or shows from its edge comes from its mirror image, or else from the generator;
where something hides the target's face, the target stays, as do the rims of its glasses. What
surrounds the face gives way to its new outline; its skin is the generator's, but for what is finer
than a generator draws.
"""

import dataclasses

import cv2
import numpy as np

from facedancer.utils.alignment import cut_out

from ..blending.face_mesh import face_mesh
from ..blending.regions import LEFT_EYE, MOUTH, RIGHT_EYE
from ..core.swapped_face import SwappedFace
from .face_mask import disc, draw_target_mask, tell_face
from .face_shape import face_shape
from .gaze import with_gaze_of
from .glasses import find_glasses, find_rims
from .lighting import recolour, relight
from .lips import with_lips
from .openings import Loop, filled, is_mouth_open, own_openings
from .outline import fade_to_border, find_move, move_picture
from .skin import SOFT, lay_skin, softened
from .source import SourceTexture

# A face larger than the generator's crop is fitted at up to so many times its side.
_MOST_LARGER = 4
# Of the crop's side: how far skin stays away from the mesh's end; how soft openings' edges are, and
# those at the crop's border.
_INWARD, _OPENING_SOFT, _AT_BORDER = 0.008, 0.004, 0.03
# The same for what is coarser than a band, a deviation.
_COARSE_INWARD, _COARSE_SOFT, _BAND = 0.03, 0.03, 0.04
# Times the people's share of two meshes' difference, as the filter tells it: chosen on photographs.
_SHAPE = 3.0
# Of the crop's side, as deviations: what is finer in a target's skin around the mesh, and in its
# eyes, stays. How far about the eyes and the lips the generator's are taken.
_FINE, _EYE_COLOURS, _ABOUT_EYES, _LIPS = 0.002, 0.02, 0.02, 0.006
# Of the crop's side, a deviation: what is finer at a target's rims is theirs.
_FINE_AT_RIMS = 0.015
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
    side = crop.shape[0]
    told = tell_face(crop)
    seen = draw_target_mask(told, mesh, side)
    points = with_lips(crop, mesh, seen)
    shape = face_shape().with_shape_of(mesh, texture.mesh) - mesh
    onto = points + _SHAPE * texture.share * shape
    move = find_move(points, onto, side)
    free = move_picture(seen, move)
    rims = find_rims(crop, seen, find_glasses(told, mesh, side))
    rims = move_picture(rims, move)[..., None]
    moved, changed = move_picture(crop, move), move_picture(changed, move)
    skin = lay_skin(texture, onto, side)

    where = skin.covered * free
    drawn = relight(changed, moved, where)
    # Beyond the mesh there is nothing: soft edges must not draw it in.
    shown = with_gaze_of(skin.picture, moved, onto)
    laid = np.where(skin.covered[..., None], shown, moved)
    face = relight(laid, moved, where * skin.known)
    own = own_openings(points, texture.points, onto, skin.known)
    for loops in ((LEFT_EYE, RIGHT_EYE), (MOUTH,)):
        there = filled(onto, [loop for loop in loops if own.get(loop, 0) > 0], side)
        there = softened(there.astype(np.float32), _OPENING_SOFT)
        face = recolour(face, laid, moved, there)
    known = softened(skin.known, SOFT)
    if is_mouth_open(texture.points) and not is_mouth_open(points):
        known *= 1 - softened(_widened(onto, [MOUTH], side, _LIPS), _OPENING_SOFT)
    face = drawn + known[..., None] * (face - drawn)
    kept = np.zeros((side, side), np.float32)
    for loop, part in own.items():
        kept[filled(onto, [loop], side) > 0] = 1 - part
    kept = softened(kept, _OPENING_SOFT)[..., None]
    face += kept * (_with_new_eyes(moved, drawn, onto) - face)
    # What is fine about a target's eyes, if it wears glasses, is their rims.
    face += rims * (softened(face - moved, _FINE_AT_RIMS) - (face - moved))

    usable = texture.share * free * fade_to_border(side, _AT_BORDER)
    inside, coarsely = (
        usable * softened(cv2.erode(skin.covered, disc(2 * far * side), borderValue=0), soft)
        for far, soft in ((_INWARD, SOFT), (_COARSE_INWARD, _COARSE_SOFT))
    )
    around = texture.share * free * fade_to_border(side)
    result = moved + around[..., None] * softened(drawn - moved, _FINE)
    # Two bands (Burt and Adelson, 1983): coarse differences fade over a wider edge than fine ones.
    difference = face - result
    weight = np.maximum(softened(inside, _BAND), 1e-3)[..., None]
    coarse = softened(inside[..., None] * difference, _BAND) / weight
    result += coarsely[..., None] * coarse + inside[..., None] * (difference - coarse)
    # The new face already fades into the crop: the mask says where there is any of it.
    part = np.maximum(inside, around) + np.abs(move).max(axis=-1)
    mask = np.clip(_STEEP * part, 0, 1)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    return np.rint(np.clip(result, 0, 255)).astype(np.uint8), mask.astype(np.float32)


def _with_new_eyes(moved: np.ndarray, drawn: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """The target with the colours of the generator's eyes: gaze and lids are the target's own."""
    eyes = _widened(onto, [LEFT_EYE, RIGHT_EYE], moved.shape[0], _ABOUT_EYES)
    return moved + eyes[..., None] * softened(drawn - moved, _EYE_COLOURS)


def _widened(mesh: np.ndarray, loops: list[Loop], side: int, wider: float) -> np.ndarray:
    """``[S, S]`` float32, 1 within loops of a mesh's points and a share of the side around them."""
    return cv2.dilate(filled(mesh, loops, side), disc(2 * wider * side)).astype(np.float32)


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
