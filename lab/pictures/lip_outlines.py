"""The outlines of rendered people's lips, exact: what `networks.lips` must find."""

import functools

import numpy as np

from facedancer.utils.alignment import similarity_transform, template

from ..people.heads import heads
from .render import landmarks_in
from .rendering_job import for_each
from .scene import draw_scene, picture_rng
from .shown import Part, place_of, shown

# Of iBUG's 68 landmarks: twelve around the lips, and eight around the opening.
_LIPS = slice(48, 68)
# Of these, the opening's upper edge and its lower one, but for the corners.
_UPPER, _LOWER = [13, 14, 15], [19, 18, 17]


def lip_outline(seed: int, side: int, identity: int, index: int = 0) -> np.ndarray:
    """Tells where a picture's lips lie in the crop that `visible_face` draws of it.

    Args:
        seed: of the population and all its pictures.
        side: S, the crop's, in pixels.
        identity: who.
        index: which of their pictures.

    Returns:
        ``[20, 2]`` float32, x and y in the crop's pixels, in iBUG's order, hidden or not.
    """
    scene = draw_scene(picture_rng(seed, identity, index))
    own = place_of(identity, index)
    head = shown(seed, own, own, Part.NOTHING)
    posed = heads().pose(heads().neutral(head.shape), scene.expression, scene.gaze)
    lips = posed[heads().landmark_vertices[_LIPS]]
    placed = scene.camera.place(lips, np.full(len(lips), 7.0)).astype(np.float32)
    points = scene.camera.project(placed, side)[0] - 0.5
    matrix = similarity_transform(landmarks_in(scene, posed, side), template(side))
    return _apart(points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def _apart(outline: np.ndarray) -> np.ndarray:
    """The same, but closed lips, which overlap within, meet in the middle: there is the line."""
    upper, lower = outline[_UPPER], outline[_LOWER]
    overlap = upper[:, 1:] > lower[:, 1:]
    middle = (upper + lower) / 2
    outline = outline.copy()
    outline[_UPPER] = np.where(overlap, middle, upper)
    outline[_LOWER] = np.where(overlap, middle, lower)
    return outline


def lip_outlines(seed: int, side: int, people: range, workers: int) -> np.ndarray:
    """The outlines of many people's first pictures, ``[N, 20, 2]``, in the people's order."""
    find = functools.partial(_numbered, seed, side)
    found = dict(for_each(find, list(people), workers))
    return np.stack([found[identity] for identity in people])


def _numbered(seed: int, side: int, identity: int) -> tuple[int, np.ndarray]:
    return identity, lip_outline(seed, side, identity)
