"""The looks that a picture shows: what a person keeps, and what they wear for a while."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class HairStyle(IntEnum):
    """The way the hair is worn."""

    BALD = 0
    SHAVED = 1
    SHORT = 2
    RECEDING = 3
    SIDE_PARTED = 4
    FRINGE = 5
    BOB = 6
    LONG = 7
    SWEPT_BACK = 8
    AFRO = 9
    BUN = 10


class Beard(IntEnum):
    """The places where facial hair is left to grow."""

    NONE = 0
    STUBBLE = 1
    MOUSTACHE = 2
    GOATEE = 3
    FULL = 4


# Colours are linear RGB reflectances; lengths are decimetres.


@dataclass(frozen=True)
class Traits:
    """The looks that a person keeps in every picture."""

    melanin: float  # 0 the palest .. 1 the darkest skin
    redness: float  # -1..1, blood near the surface
    sallowness: float  # -1..1
    blush: float  # 0..1, of cheeks and nose beyond the rest
    freckles: float  # 0..1
    moles: np.ndarray  # [N, 4]: x, y on the face, radius, darkness 0..1
    wrinkles: float  # 0..1
    gloss: float  # 0..1, oily skin shines
    eye_shadow: float  # 0..1, rings under the eyes
    lips: np.ndarray  # [3] their reflectance over the skin's
    brow: np.ndarray  # [6]: height, arch, slope, thickness, length, density
    brow_colour: np.ndarray  # [3]
    iris: np.ndarray  # [3]
    iris_inner: np.ndarray  # [3] about the pupil
    pupil: float  # the pupil's radius as a part of the iris's
    beard_growth: np.ndarray  # [4]: density 0..1 of moustache, chin, jaw; the cheeks' line, up
    beard_colour: np.ndarray  # [3]
    texture: int  # seeds the skin's fine structure


@dataclass(frozen=True)
class Grooming:
    """The care of one's face, for a while."""

    beard: Beard
    beard_density: float  # 0..1
    lip_colour: np.ndarray  # [3] of make-up, over the skin's
    lip_cover: float  # 0 bare .. 1 painted
    lid_colour: np.ndarray  # [3]
    lid_cover: float  # 0..1
    lashes: float  # 0..1
    tan: float  # added to the melanin
    blood: float  # added to the redness


@dataclass(frozen=True)
class Hairdo:
    """The hair, for a while."""

    hair: HairStyle
    hair_colour: np.ndarray  # [3]
    hairline: float  # decimetres above the middle height of foreheads' ends
    hair_volume: float  # decimetres
    hair_length: float  # 0..1 of the style's range
    parting: float  # -1..1, across the head
    curl: float  # 0 straight .. 1 curly
    strands: int  # seeds the hair's fine structure


@dataclass(frozen=True)
class Spectacles:
    """The glasses, for a while."""

    glasses: int  # 0 none, else the frame's number
    glasses_colour: np.ndarray  # [3]


@dataclass(frozen=True)
class Appearance(Spectacles, Hairdo, Grooming, Traits):
    """All of it, as painters need it: tan, blood and make-up are in skin's and lips' own fields."""


def dress(traits: Traits, grooming: Grooming, hairdo: Hairdo, spectacles: Spectacles) -> Appearance:
    """Puts looks together; each part may be another person's."""
    fields = {**vars(traits), **vars(grooming), **vars(hairdo), **vars(spectacles)}
    fields["melanin"] = float(np.clip(traits.melanin + grooming.tan, 0, 1))
    fields["redness"] = float(np.clip(traits.redness + grooming.blood, -1, 1))
    painted = grooming.lip_cover
    fields["lips"] = traits.lips * (1 - painted) + grooming.lip_colour * painted
    return Appearance(**fields)
