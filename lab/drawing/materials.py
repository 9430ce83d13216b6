"""The reflection of skin, cloth, eyes, teeth and hair, sample by sample (Numba)."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit

from .spherical import clamp


class Material(IntEnum):
    """The material of a triangle."""

    SKIN = 0
    MOUTH = 1
    EYE = 2
    TEETH = 3
    TONGUE = 4
    HAIR = 5
    FRAME = 6
    HAT = 7
    SCARF = 8
    METAL = 9
    LASH = 10


# Numba takes plain numbers.
SKIN, MOUTH, EYE, TEETH, TONGUE, HAIR, FRAME, HAT, SCARF, METAL, LASH = (
    int(material) for material in Material
)
_IRIS_ANGLE = 0.384  # eyeball.IRIS in radians
_COLLAR = 0.05  # decimetres of hem, darker


class Paint(NamedTuple):
    """Maps and colours of one person in one picture; linear RGB reflectances, float32."""

    albedo: np.ndarray  # [side, side, 3] the skin's
    gloss: np.ndarray  # [side, side] the skin's
    relief: np.ndarray  # [side, side] decimetres above the skin's own surface
    hair_tone: np.ndarray  # [h, w] the strands' brightness
    iris: np.ndarray  # [3]
    iris_inner: np.ndarray  # [3]
    sclera: np.ndarray  # [3]
    pupil: float  # its radius as a part of the iris's
    hair: np.ndarray  # [3]
    frame: np.ndarray  # [3] of glasses
    cloth: np.ndarray  # [3]
    hat: np.ndarray  # [3]
    scarf: np.ndarray  # [3]
    metal: np.ndarray  # [3] of earrings


@njit(cache=True, fastmath=True, nogil=True)
def skin_colour(
    albedo: np.ndarray, gloss: np.ndarray, u: float, v: float
) -> tuple[float, float, float, float]:
    """Red, green, blue between the map's pixels, and the nearest pixel's gloss."""
    height, width = albedo.shape[0], albedo.shape[1]
    x = min(max(u * width - 0.5, 0.0), width - 1.001)
    y = min(max(v * height - 0.5, 0.0), height - 1.001)
    row, column = int(y), int(x)
    down, right = y - row, x - column
    a, b = (1 - down) * (1 - right), (1 - down) * right
    c, d = down * (1 - right), down * right
    return (
        a * albedo[row, column, 0] + b * albedo[row, column + 1, 0]
        + c * albedo[row + 1, column, 0] + d * albedo[row + 1, column + 1, 0],
        a * albedo[row, column, 1] + b * albedo[row, column + 1, 1]
        + c * albedo[row + 1, column, 1] + d * albedo[row + 1, column + 1, 1],
        a * albedo[row, column, 2] + b * albedo[row, column + 1, 2]
        + c * albedo[row + 1, column, 2] + d * albedo[row + 1, column + 1, 2],
        gloss[row, column],
    )  # fmt: skip


@njit(cache=True, fastmath=True, nogil=True)
def relief_slope(relief: np.ndarray, u: float, v: float) -> tuple[float, float]:
    """Measures the rise of the relief along u and along v, decimetres a map's side."""
    height, width = relief.shape
    x = min(max(u * width - 0.5, 0.0), width - 1.001)
    y = min(max(v * height - 0.5, 0.0), height - 1.001)
    row, column = int(y), int(x)
    down, right = y - row, x - column
    a, b = relief[row, column], relief[row, column + 1]
    c, d = relief[row + 1, column], relief[row + 1, column + 1]
    along_u = ((b - a) * (1.0 - down) + (d - c) * down) * width
    along_v = ((c - a) * (1.0 - right) + (d - b) * right) * height
    return along_u, along_v


@njit(cache=True, fastmath=True, nogil=True)
def tooth_tone(number: float) -> float:
    """The brightness at a place along a row of teeth: dark between them, round each."""
    aside, away = abs(number - np.floor(number) - 0.5), abs(number)
    parted = 0.45 * clamp((aside - 0.42) * 12.0) * clamp(3.5 - away)
    return (1.0 - 0.8 * aside * aside) * (1.0 - parted) * (1.0 - 0.07 * min(away, 6.0))


@njit(cache=True, fastmath=True, nogil=True)
def cloth_colour(cloth: np.ndarray, u: float, v: float, below: float) -> tuple[float, float, float]:
    """A knitted cloth; ``below`` is the distance from its hem."""
    tone = 0.9 + 0.1 * np.sin(u * 150.0 + 9.0 * np.sin(v * 40.0))
    if below < _COLLAR:
        tone *= 0.72
    return cloth[0] * tone, cloth[1] * tone, cloth[2] * tone


@njit(cache=True, fastmath=True, nogil=True)
def wool_tone(u: float, v: float) -> float:
    """The brightness of a knitted thing, ribbed along v."""
    ribs = np.sin(430.0 * u)
    return 0.88 + 0.10 * ribs + 0.06 * np.sin(60.0 * v + 2.0 * ribs)


@njit(cache=True, fastmath=True, nogil=True)
def eye_colour(
    iris: np.ndarray,
    iris_inner: np.ndarray,
    sclera: np.ndarray,
    pupil: float,
    x: float,
    y: float,
    z: float,
) -> tuple[float, float, float]:
    """Colours the point of an eyeball that lies in a direction while it looks along z."""
    radius = np.arctan2(np.sqrt(x * x + y * y), z) / _IRIS_ANGLE
    spoke = 0.75 + 0.5 * (np.sin(31.0 * np.arctan2(y, x)) * 0.5 + 0.5)
    # 1 inside, 0 outside, over a soft edge.
    black = clamp((pupil - radius) * 12.0 + 0.5)
    inside = clamp((1.0 - radius) * 9.0 + 0.5)
    ring = 1.0 - 0.65 * clamp((radius - 0.72) * 4.0)
    inner = clamp((0.75 - radius) * 3.0)
    # The white is darker, and redder, towards the corners.
    white = 1.0 - 0.35 * clamp(radius - 1.3)
    pale = white * (1.0 - 0.10 * clamp(radius - 1.2))
    outer_part = (1.0 - inner) * ring * spoke * inside * (1.0 - black)
    inner_part = inner * ring * spoke * inside * (1.0 - black)
    white, pale = white * (1.0 - inside), pale * (1.0 - inside)
    return (
        iris[0] * outer_part + iris_inner[0] * inner_part + sclera[0] * white,
        iris[1] * outer_part + iris_inner[1] * inner_part + sclera[1] * pale,
        iris[2] * outer_part + iris_inner[2] * inner_part + sclera[2] * pale,
    )


@njit(cache=True, fastmath=True, nogil=True)
def hair_tone(tones: np.ndarray, u: float, v: float) -> float:
    """The brightness of the strand there."""
    height, width = tones.shape
    row = min(max(int(v * height), 0), height - 1)
    column = min(max(int(u * width), 0), width - 1)
    return tones[row, column]
