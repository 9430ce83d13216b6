"""The visible label."""

import functools

import cv2
import numpy as np

TEXT = "AI MODIFIED"
_FONT = cv2.FONT_HERSHEY_DUPLEX
_HEIGHT = 0.035  # of the picture's shorter side
_SMALLEST = 9  # pixels that a capital needs to be legible


def draw_label(image: np.ndarray, faces_boxes: np.ndarray | tuple = ()) -> np.ndarray:
    """The picture with "AI MODIFIED" in a corner, white on a dark ground.

    Args:
        image: ``[H, W, 3]`` uint8 RGB.
        faces_boxes: ``[N, 4]`` left, top, right, bottom; the first corner without a face is taken,
            beginning at the bottom left; where all have one, that.
    """
    plate = _plate(min(image.shape[:2]), image.shape[1])
    height, width = plate.shape[:2]
    rows, columns = image.shape[0] - height, image.shape[1] - width
    if rows < 0 or columns < 0:
        return image
    places = [(rows, 0), (0, 0), (rows, columns), (0, columns)]
    free = [place for place in places if not _is_hit(place, (height, width), faces_boxes)]
    top, left = (free or places)[0]
    labelled = image.copy()
    labelled[top : top + height, left : left + width] = plate
    return labelled


def _is_hit(place: tuple[int, int], size: tuple[int, int], boxes: np.ndarray | tuple) -> bool:
    (top, left), (height, width) = place, size
    return any(
        x0 < left + width and x1 > left and y0 < top + height and y1 > top
        for x0, y0, x1, y1 in boxes
    )


@functools.lru_cache(maxsize=8)
def _plate(side: int, room: int) -> np.ndarray:
    capital = max(_SMALLEST, round(side * _HEIGHT))
    scale = cv2.getFontScaleFromHeight(_FONT, capital, 1)
    (width, height), _ = cv2.getTextSize(TEXT, _FONT, scale, 1)
    if width > room:
        scale, (width, height) = scale * room / width * 0.9, (room, height)
    margin = capital // 2
    plate = np.full((height + 2 * margin, width + 2 * margin, 3), 32, np.uint8)
    thickness = max(1, round(capital / 14))
    cv2.putText(
        plate, TEXT, (margin, margin + height), _FONT, scale, (255,) * 3, thickness, cv2.LINE_AA
    )
    return plate
