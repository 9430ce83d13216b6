"""The skin's small heights: wrinkles, pores, the lips' creases, moles, hairs."""

from functools import lru_cache

import numpy as np

from .appearance import Appearance
from .canvas import SIDE, canvas
from .zones import grain, rolled, step, zones

_LINES = 1  # tells the seed of a person's lines from that of their skin.


def draw_relief(looks: Appearance, lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``[SIDE, SIDE]`` float32 decimetres above the head's own surface.

    Args:
        looks: whose skin.
        lines: ``[SIDE, SIDE]`` 0..1, of `draw_wrinkles`.
        rng: where chance comes from.
    """
    place, zone = canvas().position, zones()
    fine = rolled(rng, grain())
    # Pores are pits: only the deep ends of the noise.
    pits = np.minimum(fine + 0.2, 0) * zone["pores"] * (0.0006 + 0.0004 * looks.gloss)
    rough = 0.00012 * rolled(rng, grain()) * (1 + looks.wrinkles)
    creases = np.sin(place[..., 0] * 150 + 2.5 * np.sin(place[..., 1] * 40 + rng.uniform(0, 6)))
    lips = zone["lips"] * (0.0011 * creases - 0.006 * zone["seam"])
    height = pits + rough + lips - 0.0065 * looks.wrinkles * lines
    for mole_x, mole_y, radius, dark in looks.moles.tolist():
        away = (place[..., 0] - mole_x) ** 2 + (place[..., 1] - mole_y) ** 2
        height = height + 0.35 * radius * dark * np.exp(-away / radius**2) * zone["front"]
    return height.astype(np.float32)


@lru_cache(maxsize=4)
def draw_wrinkles(texture: int) -> np.ndarray:
    """Lines of the forehead, next to the nose and at the eyes, ``[SIDE, SIDE]`` float32 0..1.

    Args:
        texture: of the person, whose lines they are: `Traits.texture`.
    """
    rng = np.random.default_rng((texture, _LINES))
    place = canvas().position
    x, y = place[..., 0], place[..., 1]
    across, lines = np.abs(x), np.zeros((SIDE, SIDE), np.float32)
    for level in (7.60 + 0.095 * np.arange(3) + 0.015 * rng.standard_normal(3)).tolist():
        wave = level + 0.02 * np.cos(4 * x + rng.uniform(0, 6)) + 0.006 * np.sin(17 * x)
        broken = 0.7 + 0.3 * np.sin(9 * x + rng.uniform(0, 6))
        lines += broken * np.exp(-(((y - wave) / 0.012) ** 2)) * step((0.45 - across) / 0.25)
    fold = 0.16 + 0.55 * np.clip(6.92 - y, 0, 0.4)
    fold_part = step((6.95 - y) / 0.05) * step((y - 6.55) / 0.12)
    lines += np.exp(-(((across - fold) / 0.020) ** 2)) * fold_part
    for slope in (-0.45, 0.05, 0.5):
        line = 7.27 + slope * (across - 0.50)
        part = step((across - 0.50) / 0.03) * step((0.66 - across) / 0.08)
        lines += 0.7 * np.exp(-(((y - line) / 0.009) ** 2)) * part
    for place_x in (0.045 + 0.012 * rng.standard_normal(1)).tolist():
        part = step((y - 7.40) / 0.05) * step((7.58 - y) / 0.08)
        lines += 0.6 * np.exp(-(((across - place_x) / 0.010) ** 2)) * part
    for depth in (0.055, 0.085):
        bag = 7.215 - depth - 0.35 * (across - 0.29) ** 2
        part = step((across - 0.16) / 0.05) * step((0.44 - across) / 0.1)
        lines += 0.35 * np.exp(-(((y - bag) / 0.010) ** 2)) * part
    return np.clip(lines * zones()["front"], 0, 1).astype(np.float32)
