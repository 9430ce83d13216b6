"""A picture whose face takes on another outline: what surrounds the face gives way."""

import cv2
import numpy as np

# Moves are smooth: this many cells along a side say enough.
_CELLS = 64
# Deviations in cells: finer ones are believed near the mesh's points, coarser ones elsewhere.
_DEVIATIONS = (16, 8, 4, 2, 1)
_ENOUGH = 0.02
# Of the side: how far from the face something still moves, and how near to the border.
_REACH, _BORDER = 0.22, 0.08


def find_move(points: np.ndarray, onto: np.ndarray, side: int) -> np.ndarray:
    """Spreads a mesh's move over its picture.

    Args:
        points: ``[K, 2 or more]``, where the mesh's points are, (x, y) in pixels.
        onto: the same, where they go.
        side: S, of the picture.

    Returns:
        ``[S, S, 2]`` float32, by how much what arrives at a pixel has moved, (x, y); it fades away
        from the face and is 0 at the border.
    """
    scale = _CELLS / side
    aim = onto[:, :2]
    column, row = np.clip(np.floor(aim * scale), 0, _CELLS - 1).astype(int).T
    count, total = np.zeros((_CELLS, _CELLS), np.float32), np.zeros((_CELLS, _CELLS, 2), np.float32)
    np.add.at(count, (row, column), 1)
    np.add.at(total, (row, column), (aim - points[:, :2]).astype(np.float32))
    total /= np.maximum(count, 1)[..., None]
    known = (count > 0).astype(np.float32)
    move = np.zeros_like(total)
    for deviation in _DEVIATIONS:
        weight = cv2.GaussianBlur(known, (0, 0), deviation)[..., None]
        near = cv2.GaussianBlur(total, (0, 0), deviation) / np.maximum(weight, 1e-6)
        is_first = deviation == _DEVIATIONS[0]
        move += (1 if is_first else weight / (weight + _ENOUGH)) * (near - move)
    move *= _nearness(aim * scale)[..., None]
    move = cv2.resize(move, (side, side), interpolation=cv2.INTER_LINEAR)
    return move * fade_to_border(side)[..., None]


def move_picture(image: np.ndarray, move: np.ndarray) -> np.ndarray:
    """Moves a picture, ``[S, S]`` or ``[S, S, C]``, by what `find_move` found."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    return cv2.remap(
        image,
        columns - move[..., 0],
        rows - move[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def fade_to_border(side: int, width: float = _BORDER) -> np.ndarray:
    """``[side, side]`` float32: 1 within a crop, 0 at its border, smooth over a share of it."""
    along = np.arange(side, dtype=np.float32)
    near = _smooth(np.minimum(along, side - 1 - along) / (width * side))
    return np.minimum(near[:, None], near[None])


def _nearness(aim: np.ndarray) -> np.ndarray:
    """1 within the points' hull, smoothly less outside."""
    outside = np.ones((_CELLS, _CELLS), np.uint8)
    hull = cv2.convexHull(np.rint(aim - 0.5).astype(np.int32))
    cv2.fillConvexPoly(outside, hull, 0)
    return _smooth(1 - cv2.distanceTransform(outside, cv2.DIST_L2, 5) / (_REACH * _CELLS))


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)
