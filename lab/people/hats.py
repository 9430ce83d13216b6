"""Hats: a knitted cap, a cap with a peak, a hat with a brim. Hair is pressed under them."""

from enum import IntEnum

import numpy as np

from .heads import heads
from .piece import Piece, joined, sheet
from .skull import MIDDLE, skull_grid


class Hat(IntEnum):
    """The kinds of hats."""

    NONE = 0
    KNITTED = 1
    PEAKED = 2
    BRIMMED = 3


_ROWS = 14
_OFF = 0.09  # decimetres, of the cloth from the skull; hair lies between.
_HAIR = 0.05  # decimetres that are left to it.
# Heights of the rim on the template at these angles from the face's direction.
_TURNS = (0, 45, 90, 135, 180)
_RIMS = {
    Hat.KNITTED: (7.86, 7.74, 7.46, 7.20, 7.10),
    Hat.PEAKED: (7.93, 7.86, 7.62, 7.42, 7.34),
    Hat.BRIMMED: (7.92, 7.84, 7.66, 7.48, 7.42),
}


def make_hat(kind: Hat, neutral: np.ndarray) -> Piece:
    """A hat of a head.

    Args:
        kind: which; not `Hat.NONE`.
        neutral: ``[V, 3]`` vertices of the head at rest.
    """
    dome = _dome(kind, neutral)
    pieces = [sheet(dome)]
    if kind is Hat.KNITTED:
        # The edge is folded up.
        edge, out = dome[-1], _outward(dome[-1])
        rises = [(0.0, 0.0), (0.045, 0.0), (0.06, 0.14), (0.03, 0.22), (0.0, 0.22)]
        pieces.append(sheet(np.stack([edge + out * o + [0, up, 0] for o, up in rises])))
    elif kind is Hat.PEAKED:
        pieces.append(_peak(dome[-1]))
    else:
        edge, out = dome[-1], _outward(dome[-1])
        wide = np.linspace(0, 0.45, 6)
        droop = -0.10 * (wide / 0.45) ** 2
        pieces.append(
            sheet(np.stack([edge + out * w + [0, d, 0] for w, d in zip(wide, droop, strict=True)]))
        )
    return joined(pieces)


def press_hair(vertices: np.ndarray, kind: Hat, neutral: np.ndarray) -> np.ndarray:
    """``[N, 3]`` float32: hair's vertices, those under the hat laid onto the skull."""
    grid = skull_grid()
    surface = grid.of(neutral)
    offset = vertices - MIDDLE
    turn = np.arctan2(offset[:, 0], offset[:, 2])
    rise = np.arctan2(offset[:, 1], np.hypot(offset[:, 0], offset[:, 2]))
    column = np.abs(grid.turns[None] - turn[:, None]).argmin(axis=1)
    row = np.abs(grid.rises[None] - rise[:, None]).argmin(axis=1)
    skull = surface[column, row]
    reach = np.linalg.norm(skull - MIDDLE, axis=1) + _HAIR
    far = np.linalg.norm(offset, axis=1)
    under = vertices[:, 1] > _rim(kind, np.degrees(turn)) - 0.02
    scale = np.where(under, np.minimum(1, reach / np.maximum(far, 1e-6)), 1)
    return (MIDDLE + offset * scale[:, None]).astype(np.float32)


def _rim(kind: Hat, turn: np.ndarray) -> np.ndarray:
    return np.interp(np.abs(turn), _TURNS, _RIMS[kind])


def _dome(kind: Hat, neutral: np.ndarray) -> np.ndarray:
    """``[rows, columns, 3]`` from the crown to the rim."""
    grid = skull_grid()
    surface = grid.of(neutral)
    heights = np.minimum.accumulate(grid.of(heads().template)[..., 1], axis=1)
    columns = []
    along = np.linspace(0, 1, _ROWS)
    for n, turn in enumerate(np.degrees(grid.turns)):
        reached = np.interp(-_rim(kind, turn), -heights[n], np.arange(heights.shape[1]))
        places = along * reached
        path = np.stack(
            [np.interp(places, np.arange(heights.shape[1]), surface[n, :, k]) for k in range(3)], 1
        )
        out = path - MIDDLE
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        columns.append(path + out * _thickness(kind, along)[:, None])
    return np.stack(columns, axis=1)


def _thickness(kind: Hat, along: np.ndarray) -> np.ndarray:
    """Decimetres of the cloth from the skull, from the crown to the rim."""
    if kind is Hat.KNITTED:
        return _OFF + 0.10 * (1 - along) ** 2
    if kind is Hat.PEAKED:
        return _OFF + 0.07 * np.sin(np.pi * along)
    # A crown with a flat top.
    return _OFF + 0.32 * np.clip(4 * along, 0, 1) * np.clip(3.2 * (1 - along), 0, 1)


def _outward(points: np.ndarray) -> np.ndarray:
    out = (points - MIDDLE) * np.array([1, 0, 1])
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def _peak(edge: np.ndarray) -> Piece:
    """A peak over the forehead, bent down at its sides."""
    turn = np.degrees(skull_grid().turns)
    front = np.abs(turn) <= 60
    rim = edge[front]
    length = 0.62 * np.cos(np.radians(turn[front] * 1.5)).clip(0) ** 0.6
    rows = []
    for part in np.linspace(0, 1, 6):
        reach = (length * part)[:, None]
        down = 0.16 * part + 0.10 * (rim[:, :1] / 0.6) ** 2 * part
        rows.append(rim + reach * np.array([0, 0, 1]) - down * np.array([0, 1, 0]))
    return sheet(np.stack(rows))
