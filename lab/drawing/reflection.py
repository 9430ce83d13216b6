"""The light that one point of a surface sends on, by what it is made of (Numba).

All take plain numbers: a row taken out of an array in the middle of a loop would be counted in and
out, which took most of the time. Colours and light are linear red, green, blue.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .spherical import clamp

# The part that skin and the cornea mirror of light that falls on them squarely.
_SKIN_MIRRORS, _CORNEA_MIRRORS = 0.028, 0.03

Colour = tuple[float, float, float]


class Incident(NamedTuple):
    """The light at one point of a surface."""

    key: Colour  # the key light's irradiance over pi, were it not in the shade
    lit: float  # 0..1, how much of it arrives
    sky: Colour  # the surroundings' irradiance over pi
    seen: float  # 0..1, how much of the surroundings
    mirror: Colour  # what the surface would show of them, were it a mirror
    facing: float  # cosine between normal and key light
    half: float  # between normal and the half vector of key light and view, 0 or more
    towards: float  # between key light and the half vector, 0 or more
    grazing: float  # 0 seen squarely, 1 along the surface (Schlick's fifth power)


@njit(cache=True, fastmath=True, nogil=True)
def _sum(colour: Colour, direct: Colour, highlight: float, sheen: float, light: Incident) -> Colour:
    """Adds up surroundings and key light, reflected by the colour and mirrored without it."""
    # Light goes to and fro between lit surfaces of one colour: shade is never as dark as its
    # openness.
    open_red = light.seen / (1.0 - colour[0] * (1.0 - light.seen))
    open_green = light.seen / (1.0 - colour[1] * (1.0 - light.seen))
    open_blue = light.seen / (1.0 - colour[2] * (1.0 - light.seen))
    return (
        colour[0] * (light.sky[0] * open_red + light.key[0] * direct[0])
        + light.key[0] * highlight
        + light.mirror[0] * sheen,
        colour[1] * (light.sky[1] * open_green + light.key[1] * direct[1])
        + light.key[1] * highlight
        + light.mirror[1] * sheen,
        colour[2] * (light.sky[2] * open_blue + light.key[2] * direct[2])
        + light.key[2] * highlight
        + light.mirror[2] * sheen,
    )


@njit(cache=True, fastmath=True, nogil=True)
def wrapped(facing: float, wrap: float) -> float:
    """A cosine that reaches around the terminator, of the same whole."""
    return max(facing + wrap, 0.0) / ((1.0 + wrap) * (1.0 + wrap))


@njit(cache=True, fastmath=True, nogil=True)
def matt(colour: Colour, shine: float, sharpness: float, light: Incident) -> Colour:
    """Cloth, the mouth, teeth and frames: matt, with one highlight."""
    direct = max(light.facing, 0.0) * light.lit
    fresnel = 1.0 + 4.0 * light.grazing
    highlight = shine * (sharpness + 8.0) / 25.0 * np.exp(sharpness * (light.half - 1.0))
    sheen = 0.5 * (0.02 + 0.5 * shine) * fresnel * light.seen
    return _sum(colour, (direct, direct, direct), highlight * light.lit * fresnel, sheen, light)


@njit(cache=True, fastmath=True, nogil=True)
def skin(colour: Colour, gloss: float, bent: float, smooth: float, light: Incident) -> Colour:
    """Skin: light comes out again aside of where it went in, red the farthest; two highlights.

    Args:
        colour: its reflectance.
        gloss: strength of the highlights, about 0..1.5.
        bent: curvature, 1 / decimetres: the more, the farther light wraps around.
        smooth: as ``light.facing``, of the surface without its pores.
        light: what reaches it.
    """
    red_wrap = min(0.07 + 0.045 * bent, 0.4)
    # What is turned from the light shades itself on the map, yet not what wraps around to it.
    own = (1.0 - clamp(4.0 * smooth + 0.2)) * 0.4
    lit = light.lit + (1.0 - light.lit) * own
    red = wrapped(0.7 * smooth + 0.3 * light.facing, red_wrap) * lit * (1.25 - 0.25 * lit)
    green = wrapped(light.facing, 0.5 * red_wrap) * lit
    blue = wrapped(light.facing, 0.4 * red_wrap) * lit
    part = 1.0 - light.towards
    square = part * part
    fresnel = _SKIN_MIRRORS + (1.0 - _SKIN_MIRRORS) * square * square * part
    sharp, half = 60.0 + 60.0 * gloss, light.half - 1.0
    lobes = 7.0 * np.exp(18.0 * half) + 0.15 * (sharp + 2.0) * np.exp(sharp * half)
    highlight = gloss * light.lit * max(light.facing, 0.0) * lobes * fresnel
    highlight = highlight / (4.0 * light.towards * light.towards + 0.4)
    sheen = gloss * light.seen * (_SKIN_MIRRORS + 0.12 * light.grazing)
    return _sum(colour, (red, green, blue), highlight, sheen, light)


@njit(cache=True, fastmath=True, nogil=True)
def wet(colour: Colour, light: Incident) -> Colour:
    """A wet ball: it mirrors the surroundings, and the key light as one sharp spot."""
    direct = wrapped(light.facing, 0.15) * light.lit
    spot = 4.0 * np.exp(700.0 * (light.half - 1.0)) * light.lit
    sheen = (_CORNEA_MIRRORS + (1.0 - _CORNEA_MIRRORS) * light.grazing) * light.seen
    return _sum(colour, (direct, direct, direct), spot, sheen, light)


@njit(cache=True, fastmath=True, nogil=True)
def strands(colour: Colour, tone: float, along: float, lean: float, light: Incident) -> Colour:
    """Strands (Kajiya and Kay): bright where the half vector is square to them.

    Args:
        colour: their reflectance.
        tone: this strand's brightness, about 1.
        along: cosine between the strand and the half vector of key light and view.
        lean: between the normal and that half vector.
        light: what reaches it.
    """
    # Strands rise and fall about their direction: two highlights, the coloured one lower.
    stray = 0.35 * (tone - 1.0)
    first, second = along - (0.08 - stray) * lean, along + (0.16 + stray) * lean
    reach = clamp(light.facing + 0.35) * light.lit
    white = 0.045 * np.exp(-45.0 * first * first) * reach
    direct = wrapped(light.facing, 0.3) * light.lit + 0.65 * np.exp(-14.0 * second * second) * reach
    return _sum(colour, (direct, direct, direct), white, 0.02 * light.seen * tone, light)
