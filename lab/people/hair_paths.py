"""The ways that hair takes from the crown to its ends, in columns about the head."""

import numpy as np

from .appearance import Appearance, HairStyle
from .hairline import AXIS, hairline_height
from .skull import MIDDLE

_ROWS = 26
# By style: heights between which hanging hair ends; the part of the volume that others have.
HANGING = {HairStyle.BOB: (6.75, 6.15), HairStyle.LONG: (6.0, 5.1)}
_TIGHT = {HairStyle.BUN: 0.35, HairStyle.SHORT: 0.55, HairStyle.RECEDING: 0.5}
# Degrees from the face's direction: where hair begins to hang; the fringe's border.
HANGS, _FRINGE = 42, 48


def hair_paths(
    looks: Appearance, surface: np.ndarray, heights: np.ndarray, turns: np.ndarray
) -> np.ndarray:
    """``[columns, rows, 3]``: strands from the crown to their ends, decimetres.

    Args:
        looks: whose hair.
        surface: ``[columns, rises, 3]`` the skull, from the crown downwards.
        heights: ``[columns, rises]`` the same points' on the template, never rising.
        turns: ``[columns]`` the columns' directions, degrees from the face's.
    """
    turn = np.abs(turns)
    hangs = (turn > HANGS) & (looks.hair in HANGING)
    end = hairline_height(turn, looks)
    if looks.hair is HairStyle.FRINGE:
        over = 7.60 + 0.10 * (looks.hair_length - 0.5) - 0.06 * (turn / _FRINGE)
        end = np.where(turn < _FRINGE, over, end - 0.12)
    end = np.where(hangs, np.maximum(end, 7.40), end)
    # The skull is measured downwards; follow it to where it reaches the end's height.
    rises = np.arange(heights.shape[1])
    reached = np.array(
        [np.interp(-low, -column, rises) for low, column in zip(end, heights, strict=True)]
    )
    along = np.linspace(0, 1, _ROWS)
    place = reached[:, None] * along
    above = np.minimum(place.astype(int), len(rises) - 2)
    part, column = (place - above)[..., None], np.arange(len(turn))[:, None]
    path = surface[column, above] * (1 - part) + surface[column, above + 1] * part

    outward = path - MIDDLE
    outward[..., 1] *= np.clip((path[..., 1] - 7.2) / 0.8, 0, 1)
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True) + 1e-6
    volume, edge = _volume(looks, turn, hangs)
    parted = 1 + 0.35 * np.sin(np.radians(turns)) * looks.parting
    standing = (volume * parted - edge)[:, None] * np.sqrt(np.clip(1 - along**3, 0, 1))
    path = path + outward * (edge[:, None] + standing)[..., None]
    if hangs.any():
        path[hangs] = _hung(looks, path[hangs], turn[hangs])
    return path


def _volume(
    looks: Appearance, turn: np.ndarray, hangs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Measures how far each column stands off at the crown, and at its end."""
    volume, edge = np.full(len(turn), looks.hair_volume), np.full(len(turn), 0.02)
    if looks.hair is HairStyle.AFRO:
        volume[:], edge[:] = 0.20 + 0.35 * looks.hair_length, 0.03
    elif looks.hair in _TIGHT:
        volume *= _TIGHT[looks.hair]
    elif looks.hair is HairStyle.SWEPT_BACK:
        volume *= 1 + 0.5 * np.clip(1 - turn / 60, 0, 1)
        edge[:] = 0.05
    elif looks.hair is HairStyle.FRINGE:
        edge[:] = 0.06
    return volume, np.where(hangs, volume, edge)


def _hung(looks: Appearance, paths: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """``[N, rows, 3]``: the same columns, leaving the skull at its broadest and falling."""
    high, low = HANGING[looks.hair]
    end = high + (low - high) * looks.hair_length
    keep = _ROWS // 2
    cap = paths[:, np.linspace(0, _ROWS - 1, keep).round().astype(int)]
    fall = np.linspace(0, 1, _ROWS - keep + 1)[1:, None]
    last = cap[:, -1:]
    out = (last - [AXIS[0], 0, AXIS[1]]) * [1, 0, 1]
    out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-6
    # Strands at the face's sides hang a little inwards, all of them taper to the ends.
    # Over the ears they stand off.
    height = last[..., 1] + (end - last[..., 1]) * fall[:, 0]
    over = np.exp(-(((height - 7.15) / 0.30) ** 2)) * np.minimum(8 * fall[:, 0], 1)
    ear = (0.21 * np.exp(-(((turn - 86) / 26) ** 2))[:, None] * over)[..., None]
    # Next to the face they fall back to the side, the lower the farther.
    side = np.stack([np.sign(last[..., 0]), 0 * last[..., 0], 0 * last[..., 0]], axis=-1)
    away = np.exp(-(((turn - HANGS) / 16) ** 2))[:, None, None]
    below = last + (0.16 * side - [0, 0, 0.10]) * away * fall**1.5
    below = below + out * (ear + 0.05 * np.sin(np.pi * fall) - 0.10 * fall**2)
    below[..., 1] = height
    return np.concatenate([cap, below], axis=1)
