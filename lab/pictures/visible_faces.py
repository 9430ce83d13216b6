"""Rendered crops, and where they show a face: exact masks for `networks.face_mask`."""

import functools

import cv2
import numpy as np

from facedancer.utils.alignment import align_face

from ..drawing.backgrounds import draw_background
from ..drawing.occluders import Occluder, draw_occluder
from ..people.accessories import draw_accessories
from ..people.heads import heads
from .render import face_region, landmarks_in, render
from .rendering_job import for_each
from .scene import draw_scene, picture_rng
from .shown import Part, place_of, shown

# The rendered picture's side, as a multiple of the crop's.
_LARGER = 1.375


def visible_face(
    seed: int, side: int, identity: int, index: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draws an aligned crop, and how much of each of its pixels is face.

    Args:
        seed: of the population and all its pictures.
        side: S, the crop's, in pixels.
        identity: who.
        index: which of their pictures.

    Returns:
        ``[S, S, 3]`` uint8 RGB, and ``[S, S]`` uint8, 255 where skin (neck and ears too), eyes and
        mouth are seen; hair, glasses, clothes and whatever is held before the face are not face.
    """
    whole = round(_LARGER * side)
    picture, labels = render(seed, identity, index, whole)
    mask = face_region(seed, identity, index, whole)
    mask *= 1 - _occluded(seed, identity, index, whole)
    landmarks = np.array(labels["landmarks"], np.float32).reshape(5, 2)
    crop, matrix = align_face(picture, landmarks, side)
    mask = cv2.warpAffine(mask, matrix, (side, side), flags=cv2.INTER_AREA)
    return crop, np.rint(255 * mask).astype(np.uint8)


def visible_faces(
    seed: int, side: int, people: range, workers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a crop of each person, ``[N, S, S, 3]``, and its mask, ``[N, S, S]``, uint8."""
    # As they end, not in their order: sorted by a seed of its own, training does not depend on it.
    drawn = list(for_each(functools.partial(_numbered, seed, side), list(people), workers))
    drawn.sort(key=lambda one: one[0])
    return np.stack([crop for _, crop, _ in drawn]), np.stack([mask for *_, mask in drawn])


def _numbered(seed: int, side: int, identity: int) -> tuple[int, np.ndarray, np.ndarray]:
    return identity, *visible_face(seed, side, identity)


def _occluded(seed: int, identity: int, index: int, side: int) -> np.ndarray:
    """``[side, side]`` in 0..1, how much of each pixel something hides that is held before it.

    The picture's chances are drawn in the order in which `render` draws them.
    """
    rng = picture_rng(seed, identity, index)
    scene = draw_scene(rng)
    if scene.occluder is Occluder.NONE:
        return np.zeros((side, side), np.float32)
    own = place_of(identity, index)
    head = shown(seed, own, own, Part.NOTHING)
    draw_accessories(rng, head.own.is_male)
    draw_background(rng, side, scene.light)
    posed = heads().pose(heads().neutral(head.own.shape), scene.expression, scene.gaze)
    return draw_occluder(rng, scene.occluder, side, landmarks_in(scene, posed, side))[1]
