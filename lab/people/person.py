"""People: who they are is drawn once, from their number, and is the same in all their pictures."""

from dataclasses import dataclass

import numpy as np

from .appearance import Traits
from .families import OLDEST, YOUNGEST, family, family_number
from .heads import heads
from .traits import draw_traits, natural_hair

# Siblings of the sex of most of them, and how far their ages lie from the family's middle.
_SHARE_OF_ONE_SEX, _YEARS_APART = 0.75, 3.0
# The ages that the macro heads called young and old show.
_YOUNG_HEAD, _OLD_HEAD = 25.0, 95.0
_LARGEST = 0.95  # of a slider's value.

# How far sliders stray (standard deviation), by the beginning of their names; the longest counts.
_SPREAD = {
    "asym-": 0.15,
    "cheek-": 0.34,
    "chin-": 0.34,
    "chin-jaw-drop": 0.20,
    "ear-": 0.30,
    "ear-flap": 0.15,
    "ear-wing": 0.25,
    "eyebrows-": 0.37,
    "eyebrows-trans-backward-forward": 0.17,
    "eye-": 0.41,
    "eye-height": 0.31,
    "eye-eyefold": 0.34,
    "eye-bag": 0.26,
    "eye-trans": 0.37,
    "forehead-": 0.24,
    "forehead-scale-vert": 0.10,
    "head-": 0.20,
    "head-age": 0.00,
    "head-back-scale-depth": 0.31,
    "head-scale-": 0.20,
    "mouth-": 0.37,
    "mouth-trans-": 0.24,
    "mouth-trans-in-out": 0.05,
    "mouth-scale-": 0.27,
    "mouth-scale-horiz": 0.41,
    "neck-": 0.20,
    "nose-": 0.34,
    "nose-scale-": 0.37,
    "nose-trans-in-out": 0.07,
    "nose-compression": 0.17,
    "nose-point-down-up": 0.26,
}
# Where the middle of people lies, if not at 0: MakeHuman's mouths are small, full and sullen, its
# eyes small.
_USUAL = {
    "eye-scale-decr-incr": 0.40,
    "mouth-angles-down-up": 0.20,
    "mouth-scale-horiz-decr-incr": 0.25,
    "mouth-scale-vert-decr-incr": -0.15,
}
# What weight (standard normal) adds to sliders.
_WITH_WEIGHT = {
    "head-fat-decr-incr": 0.22,
    "cheek-volume-decr-incr": 0.15,
    "neck-double-decr-incr": 0.20,
    "neck-scale-horiz-decr-incr": 0.25,
    "head-square-round": 0.08,
    "chin-width-decr-incr": 0.08,
}
# What age adds, from 0 (young) to 1 (old).
_WITH_AGE = {
    "ear-scale-decr-incr": 0.4,
    "ear-lobe-decr-incr": 0.4,
    "eye-bag-decr-incr": 0.5,
    "cheek-trans-down-up": -0.3,
    "mouth-angles-down-up": -0.3,
    "mouth-laugh-lines-in-out": -0.3,
    "mouth-upperlip-height-decr-incr": -0.3,
}
_SIDES = ("l-", "r-")
_ONE_SIDED = 0.05  # how far the left slider strays from the right.


@dataclass(frozen=True)
class Person:
    """The traits that all pictures of somebody share."""

    number: int
    family: int  # the number of it
    is_male: bool
    masculinity: float  # 0 a woman's head .. 1 a man's
    age: float  # years
    ancestry: dict[str, float]  # shares, which sum to 1
    shape: np.ndarray  # [macros + sliders], for `Heads`
    hair: np.ndarray  # [3] the natural colour
    grey: float  # 0..1, the part of the hair that is grey
    curl: float  # 0..1, of hair as it grows
    traits: Traits


def person(seed: int, number: int) -> Person:
    """The person of that number in the population of that seed; always the same."""
    kin = family(seed, family_number(number))
    rng = np.random.default_rng((seed, number))
    is_male = kin.is_male if rng.random() < _SHARE_OF_ONE_SEX else not kin.is_male
    stray = float(min(abs(rng.normal(0, 0.14)), 1))
    masculinity = 1 - stray if is_male else stray
    age = float(np.clip(kin.age + rng.normal(0, _YEARS_APART), YOUNGEST, OLDEST))
    shape = np.concatenate(
        [_macros(masculinity, age, kin.ancestry), _sliders(rng, age)], dtype=np.float32
    )
    natural, grey = natural_hair(rng, kin, age)
    traits = draw_traits(rng, kin, is_male, age, natural, grey)
    curl = float(np.clip(kin.curl + rng.normal(0, 0.05), 0, 1))
    return Person(
        number, kin.number, is_male, masculinity, age, kin.ancestry, shape, natural, grey, curl,
        traits,
    )  # fmt: skip


def _macros(masculinity: float, age: float, ancestry: dict[str, float]) -> list[float]:
    """Shares of the macro heads, as MakeHuman blends them: products of one share a trait."""
    old = np.clip((age - _YOUNG_HEAD) / (_OLD_HEAD - _YOUNG_HEAD), 0, 1)
    shares = {"female": 1 - masculinity, "male": masculinity, "young": 1 - old, "old": old}
    shares |= ancestry
    return [np.prod([shares[trait] for trait in name.split("-")]) for name in heads().macro_names]


def _sliders(rng: np.random.Generator, age: float) -> np.ndarray:
    weight, old = rng.normal(), (age - YOUNGEST) / (OLDEST - YOUNGEST)
    drawn: dict[str, float] = {}
    values = []
    for name in heads().slider_names:
        pair = name[2:] if name.startswith(_SIDES) else name
        if pair not in drawn:
            drawn[pair] = _USUAL.get(pair, 0) + _spread(pair) * rng.normal()
            drawn[pair] += _WITH_WEIGHT.get(pair, 0) * weight + _WITH_AGE.get(pair, 0) * old
        stray = _ONE_SIDED * rng.normal() if pair != name else 0
        values.append(drawn[pair] + stray)
    return np.clip(values, -_LARGEST, _LARGEST)


def _spread(name: str) -> float:
    return _SPREAD[max((start for start in _SPREAD if name.startswith(start)), key=len)]
