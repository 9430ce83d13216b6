"""Hair that is painted on the skin: brows, beard, stubble and what the scalp shows."""

from functools import lru_cache

import cv2
import numpy as np

from .appearance import Appearance, Beard, HairStyle
from .canvas import SIDE, canvas
from .hairline import above_hairline
from .zones import covered, grain, hairs, rolled, step, zones

_BROW_Y, _BROW_INNER, _BROW_LENGTH = 7.455, 0.10, 0.43
# The sheet on which brows are drawn, hair by hair: its corner, decimetres, and pixels a decimetre.
_LEFT, _TOP, _WIDE, _HIGH, _FINE = -0.72, 7.72, 1.44, 0.5, 420.0
_BROWS = 2  # tells the seed of a person's brows from that of their skin.
_BROW_HAIRS = 260  # of one brow at full density


@lru_cache(maxsize=4)
def draw_brows(texture: int, brow: tuple[float, ...]) -> np.ndarray:
    """``[SIDE, SIDE]`` float32: how much of the skin brows cover, 0..1.

    Args:
        texture: of the person, whose hairs they are: `Traits.texture`.
        brow: `Traits.brow`.
    """
    rng = np.random.default_rng((texture, _BROWS))
    height, arch, slope, thickness, length, density = brow
    sheet = np.zeros((int(_HIGH * _FINE), int(_WIDE * _FINE)), np.float32)
    count = int(_BROW_HAIRS * (0.55 + 0.45 * density))
    for side in (-1, 1):
        along = rng.beta(1.1, 1.25, count)
        half = thickness * (1 - 0.72 * along**1.7)
        off = np.clip(0.42 * rng.standard_normal(count), -1, 1) * half
        middle = _BROW_Y + height + slope * (along - 0.4) * 0.4 - 0.06 * along**2
        middle = middle + arch * np.sin(np.pi * along**1.4)
        x = _BROW_INNER + along * _BROW_LENGTH * length
        # Upright next to the nose, then ever flatter; the lower hairs rise to the upper ones.
        turn = np.radians(78 - 62 * np.minimum(along * 1.6, 1) - 26 * along)
        turn = turn - 0.5 * off / np.maximum(half, 1e-3) * along + 0.16 * rng.standard_normal(count)
        reach = rng.uniform(0.035, 0.075, count) * (1 - 0.35 * along)
        y = middle + off - 0.4 * reach * np.sin(turn)
        ends = x + reach * np.cos(turn), y + reach * np.sin(turn)
        strength = rng.uniform(0.45, 0.9, count) * np.minimum(0.5 + 3 * along, 1)
        starts = _sheet_pixels(side * x, y)
        for start, stop, value in zip(
            starts, _sheet_pixels(side * ends[0], ends[1]), strength, strict=True
        ):
            cv2.line(sheet, start, stop, float(value), 2, cv2.LINE_AA)
    body = cv2.GaussianBlur(sheet, (0, 0), 5.0)
    sheet = np.maximum(cv2.GaussianBlur(sheet, (0, 0), 0.8), 0.55 * density * body)
    place = canvas().position
    column, row = (place[..., 0] - _LEFT) * _FINE, (_TOP - place[..., 1]) * _FINE
    seen = cv2.remap(sheet, column, row, cv2.INTER_LINEAR)
    return seen * (zones()["front"] > 0.5) * np.float32(0.55 + 0.45 * density)


def _sheet_pixels(x: np.ndarray, y: np.ndarray) -> list[tuple[int, int]]:
    pixels = np.stack([(x - _LEFT) * _FINE, (_TOP - y) * _FINE], axis=1)
    return [(int(column), int(row)) for column, row in np.round(pixels)]


def draw_beard(looks: Appearance) -> np.ndarray:
    """``[SIDE, SIDE]`` float32: how much of the skin facial hair covers, 0..1."""
    if looks.beard is Beard.NONE:
        return np.zeros((SIDE, SIDE), np.float32)
    on_lip, on_chin, on_jaw, line = looks.beard_growth
    place = canvas().position
    across, y, z = np.abs(place[..., 0]), place[..., 1], place[..., 2]
    # No border is as straight as a formula.
    y = y + 0.012 * grain()[::-1]
    moustache = step((y - 6.66) / 0.06) * step((6.885 - 0.25 * across - y) / 0.05)
    moustache *= step((0.34 - across) / 0.09) * on_lip
    chin = step((6.52 - y) / 0.09) * step((0.27 - across) / 0.10)
    chin = np.maximum(chin, step((0.34 - across) / 0.05) * step((across - 0.24) / 0.05))
    chin *= step((6.77 - y) / 0.10) * step((y - 6.10) / 0.14) * on_chin
    top = 6.62 + line + 0.55 * np.clip((across - 0.28) / 0.45, 0, 1) ** 1.3
    jaw = step((top - y) / 0.16) * step((z - 0.40) / 0.2) * step((y - 5.95) / 0.2)
    # Hair grows less densely on the cheeks than on the chin.
    jaw *= on_jaw + (on_chin - on_jaw) * np.clip(1 - across / 0.35, 0, 1)
    area = {
        Beard.STUBBLE: np.maximum(jaw, moustache),
        Beard.MOUSTACHE: moustache,
        Beard.GOATEE: np.maximum(moustache, chin),
        Beard.FULL: np.maximum(jaw, moustache),
    }[looks.beard]
    area = area * (z > 0.3) * (1 - np.clip(1.6 * zones()["lips"], 0, 1))
    part = area * looks.beard_density
    if looks.beard is Beard.STUBBLE:
        # Short hairs, over the shade of what is still in the skin.
        return np.maximum(0.85 * covered(hairs(3), 0.6 * part), 0.45 * part).astype(np.float32)
    return np.maximum(covered(hairs(16), part), 0.5 * part).astype(np.float32)


def draw_scalp(looks: Appearance) -> np.ndarray:
    """``[SIDE, SIDE]`` float32: how much of the scalp hair covers, under the hair that stands off.

    Shaved hair is all there is: dots over the shade of their roots, thinning out to the forehead.
    """
    if looks.hair is HairStyle.BALD:
        return np.zeros((SIDE, SIDE), np.float32)
    rng = np.random.default_rng(looks.strands)
    above = above_hairline(canvas().position, looks) + 0.02 * rolled(rng, grain())
    ears = 1 - canvas().masks["ears"]
    if looks.hair is HairStyle.SHAVED:
        part = step(above / 0.30 + 0.25) * (0.45 + 0.35 * looks.hair_length) * ears
        return np.maximum(0.9 * covered(hairs(4), part), 0.62 * part).astype(np.float32)
    part = step(above / 0.16 + 0.5) * ears
    return np.maximum(covered(hairs(24), 0.9 * part), 0.8 * part**2).astype(np.float32)
