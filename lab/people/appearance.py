"""The looks that a person keeps in every picture: skin, eyes, hair, glasses."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

_YOUNG, _OLD = 30.0, 70.0  # years between which hair turns grey and skin wrinkles.


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
    """The places where facial hair grows."""

    NONE = 0
    STUBBLE = 1
    MOUSTACHE = 2
    GOATEE = 3
    FULL = 4


_MEN_STYLES = {"BALD": 8, "SHAVED": 12, "SHORT": 30, "RECEDING": 14, "SIDE_PARTED": 18, "FRINGE": 8}
_MEN_STYLES |= {"BOB": 1, "LONG": 3, "SWEPT_BACK": 8, "AFRO": 0, "BUN": 1}
_WOMEN_STYLES = {"BALD": 0.5, "SHAVED": 1.5, "SHORT": 10, "RECEDING": 0, "SIDE_PARTED": 10}
_WOMEN_STYLES |= {"FRINGE": 14, "BOB": 20, "LONG": 26, "SWEPT_BACK": 8, "AFRO": 0, "BUN": 12}

# Linear RGB reflectances of hair: black, dark brown, brown, auburn, copper, dark blond, blond.
_HAIR = np.array(
    [
        [0.012, 0.010, 0.009],
        [0.030, 0.019, 0.013],
        [0.075, 0.042, 0.024],
        [0.110, 0.040, 0.019],
        [0.270, 0.085, 0.028],
        [0.230, 0.140, 0.070],
        [0.430, 0.300, 0.160],
    ]
)
_GREY = np.array([0.30, 0.295, 0.285])
# Linear RGB of the iris: dark brown, brown, hazel, green, grey, blue.
_IRIS = np.array(
    [
        [0.022, 0.011, 0.006],
        [0.075, 0.032, 0.012],
        [0.130, 0.085, 0.028],
        [0.090, 0.140, 0.060],
        [0.160, 0.190, 0.210],
        [0.080, 0.180, 0.340],
    ]
)


@dataclass(frozen=True)
class Appearance:
    """One person's looks. Colours are linear RGB reflectances; lengths are decimetres."""

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
    lashes: float  # 0..1
    beard: Beard
    beard_density: float  # 0..1
    beard_colour: np.ndarray  # [3]
    hair: HairStyle
    hair_colour: np.ndarray  # [3]
    hairline: float  # decimetres above the middle height of one's forehead's end
    hair_volume: float  # decimetres
    hair_length: float  # 0..1 of the style's range
    parting: float  # -1..1, across the head
    curl: float  # 0 straight .. 1 curly
    glasses: int  # 0 none, else the frame's number
    glasses_colour: np.ndarray  # [3]
    texture: int  # seeds the skin's and the hair's fine structure


def draw_appearance(
    rng: np.random.Generator, masculinity: float, age: float, ancestry: Mapping[str, float]
) -> Appearance:
    """Draws one person's looks.

    Args:
        rng: where chance comes from; a fixed number of draws is not promised.
        masculinity: 0..1.
        age: years, adults only.
        ancestry: shares of ``african``, ``asian`` and ``caucasian``, summing to 1.
    """
    african, asian = ancestry["african"], ancestry["asian"]
    pale = 1.0 - african - asian
    male = bool(rng.random() < masculinity)
    late = float(np.clip((age - _YOUNG) / (_OLD - _YOUNG), 0, 1))

    melanin = 0.72 * african + 0.30 * asian + 0.13 * pale + 0.10 * rng.standard_normal()
    melanin = float(np.clip(melanin, 0.0, 1.0))
    natural = _hair_colour(rng, pale)
    grey = float(np.clip(rng.normal(1.35 * late - 0.55, 0.2), 0, 1))
    hair_colour = natural * (1 - grey) + _GREY * grey
    if not male and rng.random() < 0.15:  # dyed
        hair_colour = _hair_colour(rng, 1.0)
    iris = _iris_colour(rng, pale)

    beard = Beard.NONE
    if male and rng.random() < 0.55:
        beard = Beard(1 + rng.choice(4, p=[0.35, 0.12, 0.18, 0.35]))
    style = _style(rng, male, african, late)
    density = rng.uniform(0.45, 1.0) if beard is not Beard.STUBBLE else rng.uniform(0.25, 0.6)
    made_up = not male and rng.random() < 0.5
    lips = np.array([1.0, 0.62, 0.60]) * rng.uniform(0.75, 1.05) + 0.06 * rng.standard_normal(3)
    if made_up:
        lips = np.array([0.85, 0.25, 0.30]) + np.array([0.2, 0.15, 0.18]) * rng.standard_normal(3)
    freckled = rng.random() < 0.25 * pale + 0.03
    number = int(rng.poisson(1.6))
    return Appearance(
        melanin=melanin,
        redness=float(np.clip(rng.normal(0.0, 0.45), -1, 1)),
        sallowness=float(np.clip(rng.normal(0.35 * asian, 0.4), -1, 1)),
        blush=float(rng.beta(1.5, 2.5)),
        freckles=float(rng.uniform(0.3, 1.0)) if freckled else 0.0,
        moles=np.column_stack(
            [
                rng.uniform(-0.55, 0.55, number),
                rng.uniform(6.35, 7.9, number),
                rng.uniform(0.010, 0.026, number),
                rng.uniform(0.4, 0.9, number),
            ]
        ),
        wrinkles=float(np.clip(late + 0.15 * rng.standard_normal(), 0, 1)),
        gloss=float(rng.beta(2, 3)),
        eye_shadow=float(rng.beta(1.5, 3)),
        lips=np.clip(lips, 0.12, 1.1),
        brow=np.array(
            [
                rng.normal(0, 0.022),
                rng.uniform(0.0, 0.075) * (1.0 if male else 1.3),
                rng.normal(0.0, 0.08),
                rng.uniform(0.030, 0.060) * (1.25 if male else 0.85),
                rng.uniform(0.88, 1.12),
                rng.uniform(0.6, 1.0),
            ]
        ),
        brow_colour=natural * rng.uniform(0.3, 0.75) * (1 - grey / 2) + _GREY * grey / 3,
        iris=iris,
        iris_inner=iris * rng.uniform(0.8, 1.9) * np.array([1.3, 1.0, 0.7]),
        pupil=float(rng.uniform(0.30, 0.48)),
        lashes=float(rng.uniform(0.6, 1.0)) if made_up else float(rng.uniform(0.15, 0.6)),
        beard=beard,
        beard_density=float(density),
        beard_colour=hair_colour * rng.uniform(0.6, 1.0),
        hair=style,
        hair_colour=hair_colour,
        hairline=float(rng.normal(0.0, 0.055)) + (0.04 * late if male else 0.0),
        hair_volume=float(rng.uniform(0.05, 0.16)),
        hair_length=float(rng.uniform()),
        parting=float(rng.choice([-1, 1]) * rng.uniform(0.0, 0.8)),
        curl=float(np.clip(rng.beta(1.2, 3) + 0.6 * african, 0, 1)),
        glasses=int(rng.integers(1, 7)) if rng.random() < 0.12 + 0.12 * late else 0,
        glasses_colour=_glasses_colour(rng),
        texture=int(rng.integers(2**31)),
    )


def _style(rng: np.random.Generator, male: bool, african: float, late: float) -> HairStyle:
    weights = dict(_MEN_STYLES if male else _WOMEN_STYLES)
    weights["AFRO"] = 40 * african
    if male:
        weights["BALD"] *= 0.5 + 2 * late
        weights["RECEDING"] *= 0.3 + 2.5 * late
    shares = np.array([weights[style.name] for style in HairStyle])
    return HairStyle(int(rng.choice(len(shares), p=shares / shares.sum())))


def _hair_colour(rng: np.random.Generator, pale: float) -> np.ndarray:
    """A colour between two neighbours of the palette; light ones need pale skin."""
    place = rng.beta(1.2, 1.6) * (len(_HAIR) - 1) * pale + rng.uniform(0, 0.8) * (1 - pale)
    return _between(_HAIR, place) * rng.uniform(0.8, 1.2)


def _iris_colour(rng: np.random.Generator, pale: float) -> np.ndarray:
    place = rng.uniform(0, len(_IRIS) - 1) * pale + rng.uniform(0, 0.8) * (1 - pale)
    return _between(_IRIS, place) * rng.uniform(0.8, 1.25)


def _glasses_colour(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.55:
        return np.full(3, rng.uniform(0.01, 0.05))
    return rng.uniform(0.02, 0.35, 3)


def _between(palette: np.ndarray, place: float) -> np.ndarray:
    below = int(np.clip(place, 0, len(palette) - 2))
    part = place - below
    return palette[below] * (1 - part) + palette[below + 1] * part
