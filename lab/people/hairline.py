"""The hairline: heights above which the scalp is covered, by the direction about the head."""

import numpy as np

from .appearance import Appearance, HairStyle

# The upright axis about which directions are taken, as x and z in decimetres.
AXIS = (0.0, 0.40)
# Directions from the face's, in degrees, and the hairline's height there in the template.
_TURNS = np.array([0, 14, 28, 40, 50, 58, 66, 74, 82, 95, 115, 180])
_HEIGHTS = np.array([8.00, 7.98, 7.90, 7.72, 7.55, 7.30, 7.16, 7.12, 7.25, 7.00, 6.80, 6.55])
_RECEDED = np.array([0.08, 0.20, 0.32, 0.26, 0.12, 0.05, 0, 0, 0, 0, 0, 0])


def turn_about_axis(place: np.ndarray) -> np.ndarray:
    """``[..., 3]`` positions to ``[...]`` degrees from the face's direction, 0..180."""
    return np.degrees(np.arctan2(np.abs(place[..., 0] - AXIS[0]), place[..., 2] - AXIS[1]))


def hairline_height(turn: np.ndarray, looks: Appearance) -> np.ndarray:
    """The height, in the template's decimetres, above which hair grows."""
    heights = _HEIGHTS + looks.hairline * np.clip(1 - _TURNS / 75, 0, 1)
    if looks.hair is HairStyle.RECEDING:
        heights = heights + _RECEDED * (0.5 + looks.hair_length)
    return np.interp(turn, _TURNS, heights)


def above_hairline(place: np.ndarray, looks: Appearance) -> np.ndarray:
    """``[..., 3]`` template positions to decimetres above the hairline, negative below it."""
    return place[..., 1] - hairline_height(turn_about_axis(place), looks)
