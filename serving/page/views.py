"""Pictures of what a swap did with a frame, for those who want to see why."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from facedancer.inference.blending.blender import Blender, Blending
from facedancer.inference.core.frames import SwappedFrame
from facedancer.utils.alignment import place_back

from .preview import Sight

# Of a picture: line width and letters, so that both are seen on any size.
_LINE, _LETTER = 1 / 250, 1 / 18
_BOX, _MARK, _TINT = (66, 220, 120), (255, 210, 60), np.array([255, 80, 60], np.float32)
# Differences are shown so many times as large: a swap changes by tens of grey levels.
_GAIN = 4


def draw_faces(sight: Sight, numbers: Sequence[int | None]) -> np.ndarray:
    """The frame with a box, a number and the five landmarks of each face.

    Args:
        sight: from `preview.look`.
        numbers: what each face is called; None: nothing.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    page = sight.image.copy()
    size = max(page.shape[:2])
    line = max(1, round(size * _LINE))
    font, letter = cv2.FontFace("sans"), max(14, round(size * _LETTER))
    for number, face in zip(numbers, sight.seen.faces, strict=True):
        left, top, right, bottom = (round(float(one)) for one in face.box)
        cv2.rectangle(page, (left, top), (right, bottom), _BOX, line, cv2.LINE_AA)
        for x, y in face.landmarks:
            centre = (round(float(x)), round(float(y)))
            cv2.circle(page, centre, 2 * line, _MARK, cv2.FILLED, cv2.LINE_AA)
        place = (max(0, left), max(letter, top - line * 2))
        cv2.putText(page, f"{number or ''}", place, _BOX, font, letter)
    return page


def draw_masks(done: SwappedFrame, blending: Blending) -> np.ndarray:
    """The frame, red where the new faces were put, the rest darker.

    Args:
        done: from `preview.try_swap`.
        blending: by which it was made.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    image = done.frame.image
    whole = np.zeros(image.shape[:2], np.float32)
    blender = Blender(blending)
    for one in done.faces:
        placed = place_back(image.shape, one.crop, one.matrix, blender.draw_mask(one))
        if placed is not None:
            area, _, weight = placed
            np.maximum(whole[area], weight, out=whole[area])
    grey = image.astype(np.float32).mean(axis=2, keepdims=True)
    page = 0.5 * grey + whole[..., None] * (0.5 * _TINT)
    return np.rint(np.clip(page, 0, 255)).astype(np.uint8)


def draw_difference(done: SwappedFrame, blending: Blending) -> np.ndarray:
    """The change of each pixel, four times as large: grey stays, brighter and darker went so.

    Args:
        done: from `preview.try_swap`.
        blending: not looked at; all views are called alike.

    Returns:
        ``[H, W, 3]`` uint8 RGB, 128 where nothing changed.
    """
    change = done.image.astype(np.float32) - done.frame.image
    return np.rint(np.clip(128 + _GAIN * change, 0, 255)).astype(np.uint8)


def draw_result(done: SwappedFrame, blending: Blending) -> np.ndarray:
    """The frame with its new faces; ``blending`` is not looked at."""
    return done.image


# What can be seen to the right of the slider, by the words that the page has for it.
VIEWS: dict[str, Callable[[SwappedFrame, Blending], np.ndarray]] = {
    "New faces": draw_result,
    "Where they were put": draw_masks,
    "What changed": draw_difference,
}
