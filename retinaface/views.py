"""Ways to look at a picture: reduced, turned, or enlarged in tiles; and the way back from each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, log

import cv2
import numpy as np

# Pixels that neighbouring tiles share. The faces that an enlargement is for are less than half as
# high, so that one of the two tiles sees such a face whole.
_OVERLAP = 128
_MOST_ENLARGED = 5


@dataclass(frozen=True, eq=False)
class View:
    """A picture, or a part of it, as the network is to see it.

    Attributes:
        size: height and width in pixels.
        area: left, top, right, bottom of where faces may be centred.
        draw: gives its pixels, ``[*size, 3]`` uint8 RGB. A function, so that a view takes memory
            only once its batch is due.
        to_picture: ``[2, 3]``, the view's pixels -> the picture's.
    """

    size: tuple[int, int]
    area: tuple[int, int, int, int]
    draw: Callable[[], np.ndarray]
    to_picture: np.ndarray


def whole(image: np.ndarray, size: tuple[int, int], turn: int = 0) -> View:
    """All of a picture.

    Args:
        image: ``[H, W, 3]`` uint8 RGB.
        size: height and width to reduce it to.
        turn: by how many degrees to turn it clockwise then: 0, 90, 180 or 270.
    """
    turned_size = size if turn % 180 == 0 else (size[1], size[0])
    return View(
        size=turned_size,
        area=(0, 0, turned_size[1], turned_size[0]),
        draw=lambda: np.rot90(_reduced(image, size), -(turn // 90)),
        to_picture=_after(_enlargement(size, image.shape[:2]), _turned_back(size, turn)),
    )


def enlargements(image: np.ndarray, size: tuple[int, int], side: int) -> Iterator[list[View]]:
    """A picture at larger sizes, each at most five times the one before, and last at its own.

    Faces that were too small at one size, a face of less than about 20 px, fit into the overlap of
    the tiles at the next.

    Args:
        image: ``[H, W, 3]`` uint8 RGB.
        size: height and width to begin from; if they are the picture's own nothing is left to do.
        side: the tiles' side in pixels.
    """
    own_size = image.shape[:2]
    if size == own_size:
        return
    ratio = max(own_size) / max(size)
    count = ceil(log(ratio, _MOST_ENLARGED) - 1e-9)
    for step in range(count):
        part = ratio ** ((step + 1) / count)
        is_last = step == count - 1
        size_now = own_size if is_last else (round(part * size[0]), round(part * size[1]))
        larger, to_picture = _reduced(image, size_now), _enlargement(size_now, own_size)
        yield [
            _tile(larger, top, left, side, to_picture)
            for top in _tile_starts(size_now[0], side)
            for left in _tile_starts(size_now[1], side)
        ]


def _tile(image: np.ndarray, top: int, left: int, side: int, to_picture: np.ndarray) -> View:
    tile = image[top : top + side, left : left + side]
    (height, width), (bottom, right) = tile.shape[:2], image.shape[:2]
    # What is centred at an inner edge may be cut there; the neighbour sees it whole.
    margin = _OVERLAP // 4
    area = (
        margin if left > 0 else 0,
        margin if top > 0 else 0,
        width - margin if left + width < right else width,
        height - margin if top + height < bottom else height,
    )
    shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
    return View((height, width), area, lambda: tile, _after(to_picture, shift))


def _tile_starts(length: int, side: int) -> list[int]:
    """Finds where tiles begin that cover ``length`` evenly and overlap by `_OVERLAP` or more."""
    overlap = min(_OVERLAP, side // 2)
    count = max(1, ceil((length - overlap) / (side - overlap)))
    return np.linspace(0, max(0, length - side), count).astype(int).tolist()


def _reduced(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture at ``size`` (height, width), by area."""
    # By halves first: OpenCV averages 2 x 2 pixels many times faster than fractions of pixels.
    while image.shape[0] >= 2 * size[0] and image.shape[1] >= 2 * size[1]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
    if image.shape[:2] == size:
        return image
    return cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA)


def _enlargement(size: tuple[int, int], original: tuple[int, ...]) -> np.ndarray:
    """``[2, 3]``: pixels of a picture reduced to ``size`` -> of the original (height, width)."""
    scale = np.divide(original[::-1], size[::-1])
    # A pixel's centre x of the reduced picture lies at (x + 0.5) * scale - 0.5 of the whole one.
    return np.column_stack([np.diag(scale), 0.5 * scale - 0.5])


def _turned_back(size: tuple[int, int], turn: int) -> np.ndarray:
    """``[2, 3]``: a picture of ``size``, its pixels after the turn (clockwise) -> before it."""
    bottom, right = size[0] - 1, size[1] - 1
    return {
        0: np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
        90: np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, bottom]]),
        180: np.array([[-1.0, 0.0, right], [0.0, -1.0, bottom]]),
        270: np.array([[0.0, -1.0, right], [1.0, 0.0, 0.0]]),
    }[turn]


def _after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The ``[2, 3]`` matrix of ``first``, then ``second``."""
    return second @ np.vstack([first, [0.0, 0.0, 1.0]])
