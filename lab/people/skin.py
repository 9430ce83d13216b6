"""Paints a person's skin: tone, blotches, freckles, moles, wrinkles, lips, brows, beard, scalp."""

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import Appearance, Beard, HairStyle
from .canvas import SIDE, canvas
from .hairline import above_hairline

# Linear reflectance of skin without melanin, and what the most of it leaves.
_PALEST = np.array([0.80, 0.53, 0.41], np.float32)
_DARKEST = np.array([0.065, 0.031, 0.021], np.float32)
# Logarithms of reflectance by a unit of ...
_BLOOD = np.array([0.05, -0.16, -0.12], np.float32)
_SALLOW = np.array([0.02, 0.00, -0.16], np.float32)
_FRECKLE = np.array([0.25, 0.42, 0.55], np.float32)

_BROW_Y, _BROW_INNER, _BROW_LENGTH = 7.455, 0.10, 0.43


@dataclass(frozen=True)
class Skin:
    """A painted canvas."""

    albedo: np.ndarray  # [SIDE, SIDE, 3] float32, linear RGB reflectance
    gloss: np.ndarray  # [SIDE, SIDE] float32, strength of the highlights


def paint_skin(looks: Appearance) -> Skin:
    """Paints one person's skin on the canvas."""
    rng = np.random.default_rng(looks.texture)
    place = canvas().position
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    front = z > 0.75
    lips = cv2.GaussianBlur(canvas().masks["lips"], (0, 0), 1.2)

    log = np.broadcast_to(np.log(skin_tone(looks)), (SIDE, SIDE, 3)).copy()

    blush = _blob(x, y, 0.44, 6.98, 0.20, 0.16) + 1.1 * _blob(x, y, 0.0, 6.98, 0.14, 0.12)
    blush += 0.4 * _blob(x, y, 0.0, 6.33, 0.2, 0.1) + 0.5 * canvas().masks["ears"]
    blotches = _noise(rng, 12)
    log += _BLOOD * ((0.2 + 1.3 * looks.blush) * blush * front + 0.40 * blotches)[..., None]
    darker = 0.03 * _noise(rng, 40) + 0.025 * _noise(rng, 160) + 0.03 * _noise(rng, 300)
    darker -= looks.eye_shadow * 0.35 * _blob(x, y, 0.30, 7.13, 0.13, 0.055) * front
    darker -= 0.10 * _blob(x, y, 0.33, 7.36, 0.16, 0.05) * front
    darker -= 0.30 * looks.wrinkles * _wrinkles(x, y, rng) * front
    log += darker[..., None]
    if looks.freckles:
        where = _blob(x, y, 0.35, 7.02, 0.28, 0.24) + _blob(x, y, 0.0, 7.05, 0.2, 0.2) + 0.15
        spots = np.clip(2.2 * (_noise(rng, 230) + looks.freckles * where - 1.75), 0, 1) * front
        log -= spots[..., None] * _FRECKLE * np.float32(0.5 + 0.5 * looks.freckles)
    for mole_x, mole_y, radius, dark in looks.moles:
        spot = np.exp(-((((x - mole_x) ** 2 + (y - mole_y) ** 2) / radius**2) ** 2)) * front
        log -= (dark * spot)[..., None] * np.array([1.0, 1.4, 1.7], np.float32)
    # Lips keep some of the skin's own tone; dark skin has the darker lips.
    log += lips[..., None] * (np.log(looks.lips) - 0.15 * looks.melanin).astype(np.float32)
    albedo = np.exp(log)

    strands = _strands(rng)
    growth = _scalp(looks) * (0.55 + 0.45 * strands)
    albedo += (looks.hair_colour.astype(np.float32) - albedo) * growth[..., None]
    beard = _beard(looks, place, lips, strands)
    albedo += (looks.beard_colour.astype(np.float32) - albedo) * beard[..., None]
    brow = _brows(looks, x, y, strands) * front
    albedo += (looks.brow_colour.astype(np.float32) - albedo) * brow[..., None]
    shaded = looks.lid_cover * _blob(x, y, 0.30, 7.335, 0.14, 0.055) * front * (y > 7.24)
    albedo += (looks.lid_colour.astype(np.float32) - albedo) * shaded[..., None]
    lids = cv2.GaussianBlur(canvas().masks["eyelids"], (0, 0), 1.0) * (y > 7.27)
    albedo *= (1 - 0.75 * looks.lashes * np.clip(lids, 0, 1))[..., None]

    gloss = 0.35 + 0.65 * looks.gloss * (0.5 + _blob(x, y, 0, 7.3, 0.3, 0.6) * front)
    gloss = gloss * (1 - 0.8 * np.maximum(beard, growth)) + 0.9 * lips
    return Skin(albedo.astype(np.float32), gloss.astype(np.float32))


def skin_tone(looks: Appearance) -> np.ndarray:
    """``[3]`` float32: the reflectance of plain skin, linear RGB."""
    tone = np.log(_PALEST) * (1 - looks.melanin) + np.log(_DARKEST) * looks.melanin
    return np.exp(tone + _BLOOD * looks.redness + _SALLOW * looks.sallowness).astype(np.float32)


def _blob(x: np.ndarray, y: np.ndarray, at_x: float, at_y: float, wide: float, high: float):
    """Two mirrored Gaussian spots, or one in the middle."""
    return np.exp(-(((np.abs(x) - at_x) / wide) ** 2) - ((y - at_y) / high) ** 2)


def _noise(rng: np.random.Generator, cells: int) -> np.ndarray:
    """Smooth noise of about unit spread with so many cells across the canvas."""
    coarse = rng.standard_normal((cells, cells), np.float32)
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) * 1.3


def _strands(rng: np.random.Generator) -> np.ndarray:
    """Short upright streaks, 0..1."""
    streaks = rng.standard_normal((SIDE // 5, SIDE), np.float32)
    streaks = cv2.resize(streaks, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.clip(0.5 + 0.5 * streaks, 0, 1)


def _brows(looks: Appearance, x: np.ndarray, y: np.ndarray, strands: np.ndarray) -> np.ndarray:
    height, arch, slope, thickness, length, density = looks.brow
    along = (np.abs(x) - _BROW_INNER) / (_BROW_LENGTH * length)
    inside = np.clip(along, 0, 1)
    middle = _BROW_Y + height + slope * (inside - 0.4) * 0.4 - 0.06 * inside**2
    middle = middle + arch * np.sin(np.pi * inside**1.4)
    half = thickness * (1 - 0.72 * inside**1.7)
    ends = np.clip(4 * along + 0.4, 0, 1) * np.clip(5 * (1.04 - along), 0, 1)
    body = np.clip(1.6 - 1.4 * np.abs(y - middle) / half, 0, 1)
    return (body * ends * density * (0.45 + 0.55 * strands)).astype(np.float32)


def _beard(
    looks: Appearance, place: np.ndarray, lips: np.ndarray, strands: np.ndarray
) -> np.ndarray:
    """Draws how much of the skin facial hair covers, 0..1."""
    if looks.beard is Beard.NONE:
        return np.zeros_like(lips)
    on_lip, on_chin, on_jaw, line = looks.beard_growth
    across, y, z = np.abs(place[..., 0]), place[..., 1], place[..., 2]
    moustache = _step((y - 6.68) / 0.04) * _step((6.885 - 0.25 * across - y) / 0.03)
    moustache *= _step((0.33 - across) / 0.06) * on_lip
    chin = _step((6.50 - y) / 0.05) * _step((0.26 - across) / 0.06)
    chin = np.maximum(chin, _step((0.33 - across) / 0.03) * _step((across - 0.26) / 0.03))
    chin *= _step((6.75 - y) / 0.06) * _step((y - 6.12) / 0.10) * on_chin
    top = 6.62 + line + 0.55 * np.clip((across - 0.28) / 0.45, 0, 1) ** 1.3
    jaw = _step((top - y) / 0.10) * _step((z - 0.45) / 0.12) * _step((y - 5.95) / 0.12)
    # Hair grows less densely on the cheeks than on the chin.
    jaw *= on_jaw + (on_chin - on_jaw) * np.clip(1 - across / 0.35, 0, 1)
    area = {
        Beard.STUBBLE: np.maximum(jaw, moustache),
        Beard.MOUSTACHE: moustache,
        Beard.GOATEE: np.maximum(moustache, chin),
        Beard.FULL: np.maximum(jaw, moustache),
    }[looks.beard]
    area = area * (z > 0.3) * (1 - np.clip(1.5 * lips, 0, 1))
    return area * looks.beard_density * (0.6 + 0.4 * strands)


def _scalp(looks: Appearance) -> np.ndarray:
    """Draws how much of the scalp hair covers, 0..1, under the hair that stands off it."""
    if looks.hair is HairStyle.BALD:
        return np.zeros((SIDE, SIDE), np.float32)
    place = canvas().position
    cover = _step(above_hairline(place, looks) / 0.08 + 0.3) * (1 - canvas().masks["ears"])
    return cover * (0.75 if looks.hair is HairStyle.SHAVED else 0.95)


def _wrinkles(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lines of the forehead, next to the nose and at the eyes' corners, 0..1."""
    across = np.abs(x)
    lines = np.zeros_like(x)
    for level in 7.60 + 0.095 * np.arange(3) + 0.015 * rng.standard_normal(3):
        wave = level + 0.02 * np.cos(4 * x + rng.uniform(0, 6))
        lines += 0.7 * np.exp(-(((y - wave) / 0.010) ** 2)) * _step((0.42 - across) / 0.2)
    fold = 0.16 + 0.55 * np.clip(6.92 - y, 0, 0.4)
    fold_part = _step((6.95 - y) / 0.05) * _step((y - 6.58) / 0.08)
    lines += np.exp(-(((across - fold) / 0.016) ** 2)) * fold_part
    for slope in (-0.45, 0.05, 0.5):
        line = 7.27 + slope * (across - 0.50)
        part = _step((across - 0.51) / 0.03) * _step((0.66 - across) / 0.05)
        lines += 0.8 * np.exp(-(((y - line) / 0.008) ** 2)) * part
    return np.clip(lines, 0, 1)


def _step(value: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    value = np.clip(value, 0, 1)
    return value * value * (3 - 2 * value)
