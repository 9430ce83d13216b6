"""Paints a person's skin: tone, blood, blotches, freckles, moles, lips, lids and hairs."""

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import Appearance, Beard, HairStyle
from .canvas import SIDE, canvas
from .facial_hair import draw_beard, draw_brows, draw_scalp
from .layers import cover, stain
from .relief import draw_relief, draw_wrinkles
from .zones import grain, rolled, zones

# Linear reflectance of skin without melanin, and what the most of it leaves.
_PALEST = np.array([0.77, 0.485, 0.36], np.float32)
_DARKEST = np.array([0.065, 0.031, 0.021], np.float32)
# Logarithms of reflectance by a unit of ...
_BLOOD = np.array([0.05, -0.16, -0.12], np.float32)
_SALLOW = np.array([0.02, 0.00, -0.16], np.float32)
_FRECKLE = np.array([0.25, 0.42, 0.55], np.float32)
_RED = np.array([0.06, -0.30, -0.24], np.float32)
_BLUISH = np.array([-0.20, -0.12, -0.05], np.float32)
_DEPTH = np.array([0.8, 1.1, 1.1], np.float32)
_MOLE = np.array([1.0, 1.4, 1.7], np.float32)
_ROOTS = 0.55  # the brightness of hair on the scalp, in the shade of the rest
_LINER = (0.02, 0.014, 0.011)
_LEVELS = 3  # sides of the maps: SIDE, and its half and quarter


@dataclass(frozen=True)
class SkinMaps:
    """The painted canvas at one resolution."""

    albedo: np.ndarray  # [side, side, 3] float32, linear RGB reflectance
    gloss: np.ndarray  # [side, side] float32, strength of the highlights
    relief: np.ndarray  # [side, side] float32 decimetres above the head's surface


@dataclass(frozen=True)
class Skin:
    """A painted canvas, from fine to coarse."""

    levels: tuple[SkinMaps, ...]

    @property
    def albedo(self) -> np.ndarray:
        """``[SIDE, SIDE, 3]`` float32, linear RGB reflectance."""
        return self.levels[0].albedo

    def at(self, samples: float) -> SkinMaps:
        """The maps for a picture with so many samples a decimetre: no finer than it needs."""
        level = int(np.clip(np.log2(_TEXELS / samples) + 0.3, 0, _LEVELS - 1))
        return self.levels[level]


# Of the finest maps, a decimetre of the face's middle.
_TEXELS = 170.0


def paint_skin(looks: Appearance) -> Skin:
    """Paints one person's skin on the canvas."""
    rng = np.random.default_rng(looks.texture)
    zone, lines = zones(), draw_wrinkles(looks.texture)
    albedo = stain(skin_tone(looks), *_stains(looks, lines, rng))
    growth, beard = draw_scalp(looks), draw_beard(looks)
    brow = draw_brows(looks.texture, tuple(looks.brow.tolist()))
    liner = zone["upper_margin"] * np.float32(0.45 + 0.5 * looks.lashes)
    for colour, part in (
        (looks.lid_colour, zone["make_up"] * np.float32(looks.lid_cover)),
        (looks.hair_colour * (1 if looks.hair is HairStyle.SHAVED else _ROOTS), growth),
        (looks.beard_colour, beard),
        (looks.brow_colour, brow),
        (_LINER, liner),
    ):
        cover(albedo, np.asarray(colour, np.float32), part)

    hairy = np.maximum(beard, growth)
    gloss = 0.36 + looks.gloss * (0.12 + 0.65 * zone["shine"]) + 0.07 * rolled(rng, grain())
    gloss = gloss * (1 - 0.7 * hairy) * (1 - zone["nostril"])
    gloss += 0.55 * zone["lips"] + 0.9 * (zone["margin"] - zone["upper_margin"])
    relief = draw_relief(looks, lines, rng) + 0.004 * hairy + 0.003 * brow
    maps = SkinMaps(albedo, gloss.astype(np.float32), relief.astype(np.float32))
    return Skin(tuple(_smaller(maps, level) for level in range(_LEVELS)))


def _stains(
    looks: Appearance, lines: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Amounts and colours for `layers.stain`: blood, shade, veins, freckles, moles, lips."""
    zone, place = zones(), canvas().position
    blotches, spots = _noise(rng, 9), _noise(rng, 34)
    # Pale skin shows its blood, dark skin its melanin.
    pale = 1 - 0.75 * looks.melanin
    blood = zone["blood"] * (0.25 + 0.85 * looks.blush) * (1 + 0.35 * spots)
    blood += 0.22 * blotches + 0.16 * np.maximum(spots, 0) * zone["nose"]
    # Wet and red where the lids meet the eyes.
    blood = pale * blood + 0.7 * (zone["margin"] - zone["upper_margin"])

    darker = 0.030 * _noise(rng, 22) + 0.022 * spots + 0.020 * rolled(rng, grain())
    darker -= 0.06 * looks.melanin * zone["forehead"]
    darker -= 0.30 * looks.eye_shadow * zone["ring"] + (0.10 + 0.1 * pale) * zone["socket"]
    darker -= 0.10 * zone["upper_lid"] + 0.05 * zone["neck"] + 0.05 * zone["lip_rim"]
    darker -= 0.14 * looks.wrinkles * lines
    darker -= 0.10 * looks.wrinkles * np.maximum(_noise(rng, 60) - 1.2, 0)  # spots of age

    veins = 0.35 * looks.eye_shadow * pale * zone["ring"]
    if looks.beard is not Beard.NONE:
        veins = veins + 0.30 * looks.beard_density * pale * zone["beard"]
    freckles = np.zeros_like(darker)
    if looks.freckles:
        dots = np.clip(2.2 * (_noise(rng, 130) + looks.freckles * zone["freckles"] - 1.75), 0, 1)
        freckles = dots * zone["front"] * (0.5 + 0.5 * looks.freckles)
    moles = np.zeros_like(darker)
    for mole_x, mole_y, radius, dark in looks.moles.tolist():
        away = (place[..., 0] - mole_x) ** 2 + (place[..., 1] - mole_y) ** 2
        moles += dark * np.exp(-((away / radius**2) ** 2)) * zone["front"]
    # Lips keep some of the skin's own tone; dark skin has the darker lips.
    lips = zone["lips"] * (1 + 0.10 * spots)
    deep = 0.55 * zone["seam"] + 1.5 * zone["nostril"]
    stains = {
        "blood": (blood, _RED),
        "shade": (darker, np.ones(3)),
        "veins": (veins, _BLUISH),
        "freckles": (freckles, -_FRECKLE),
        "moles": (moles, -_MOLE),
        "lips": (lips, np.log(looks.lips) - 0.15 * looks.melanin),
        "hollows": (deep, -_DEPTH),
    }
    amounts, colours = zip(*stains.values(), strict=True)
    return np.stack(amounts).astype(np.float32), np.stack(colours).astype(np.float32)


def skin_tone(looks: Appearance) -> np.ndarray:
    """``[3]`` float32: the reflectance of plain skin, linear RGB."""
    tone = np.log(_PALEST) * (1 - looks.melanin) + np.log(_DARKEST) * looks.melanin
    return np.exp(tone + _BLOOD * looks.redness + _SALLOW * looks.sallowness).astype(np.float32)


def _noise(rng: np.random.Generator, cells: int) -> np.ndarray:
    """Smooth noise of about unit spread with so many cells across the canvas."""
    coarse = rng.standard_normal((cells, cells), np.float32)
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) * 1.15


def _smaller(maps: SkinMaps, level: int) -> SkinMaps:
    if not level:
        return maps
    size = (SIDE >> level, SIDE >> level)
    return SkinMaps(
        *(cv2.resize(field, size, interpolation=cv2.INTER_AREA) for field in vars(maps).values())
    )
