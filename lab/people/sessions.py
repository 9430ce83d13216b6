"""Sessions: hair, glasses, beard, make-up, a tan and clothes last for a few pictures, then change.

What varies within a person can't tell who they are. Hair is dyed or cut so freely here that an
encoder has little to learn from it: the years between sessions are not counted.
"""

from dataclasses import dataclass

import numpy as np

from .appearance import Beard, Grooming, Hairdo, HairStyle, Spectacles
from .colours import GREY, HAIR, VIVID, between
from .glasses import FRAMES
from .person import Person
from .traits import lateness

PICTURES = 5  # of a session.
# Ends the seed of a session's numbers.
_SESSION = 2
_COLLAR = 5.93  # decimetres on the template
_SHARE_DYED, _SHARE_VIVID = 0.6, 0.08
_SHARE_AS_GROWN = 0.6  # of hair that is neither straightened nor curled.

_MEN = {"BALD": 5, "SHAVED": 10, "SHORT": 26, "RECEDING": 8, "SIDE_PARTED": 17, "FRINGE": 10}
_MEN |= {"BOB": 6, "LONG": 9, "SWEPT_BACK": 10, "AFRO": 0, "BUN": 4}
_WOMEN = {"BALD": 1, "SHAVED": 3, "SHORT": 15, "RECEDING": 0, "SIDE_PARTED": 12, "FRINGE": 14}
_WOMEN |= {"BOB": 17, "LONG": 22, "SWEPT_BACK": 9, "AFRO": 0, "BUN": 10}
_BEARDS = {Beard.NONE: 42, Beard.STUBBLE: 20, Beard.MOUSTACHE: 7, Beard.GOATEE: 10, Beard.FULL: 21}


@dataclass(frozen=True)
class Clothes:
    """A garment's neck and colour."""

    collar: np.ndarray  # [3]: height, depth of a V, rise to the back; decimetres
    cloth: np.ndarray  # [3] linear RGB reflectance


@dataclass(frozen=True)
class Session:
    """A few pictures' looks, beyond what a person keeps."""

    number: int
    hairdo: Hairdo
    spectacles: Spectacles
    grooming: Grooming
    clothes: Clothes


def session_number(index: int) -> int:
    """The session of a person's picture of that index."""
    return index // PICTURES


def session(seed: int, who: Person, number: int) -> Session:
    """A person's session of that number, 0 or more; always the same."""
    rng = np.random.default_rng((seed, who.number, number, _SESSION))
    return Session(
        number, _hairdo(rng, who), _spectacles(rng, who), _grooming(rng, who), _wear(rng)
    )


def _hairdo(rng: np.random.Generator, who: Person) -> Hairdo:
    colour = who.hair * (1 - who.grey) + GREY * who.grey
    colour = colour * rng.uniform(0.8, 1.3)  # bleached by the sun, or washed
    if rng.random() < _SHARE_DYED:
        place = rng.uniform(0, len(HAIR) - 1)
        colour = between(HAIR, place) * rng.uniform(0.8, 1.2)
        if rng.random() < _SHARE_VIVID:
            colour = VIVID[rng.integers(len(VIVID))] * rng.uniform(0.7, 1.2)
    curl = who.curl if rng.random() < _SHARE_AS_GROWN else float(rng.beta(0.8, 1.2))
    return Hairdo(
        hair=_style(rng, who, curl),
        hair_colour=colour,
        hairline=float(rng.normal(0.0, 0.05)),
        hair_volume=float(rng.uniform(0.05, 0.16)),
        hair_length=float(rng.uniform()),
        parting=float(rng.choice([-1, 1]) * rng.uniform(0.0, 0.8)),
        curl=curl,
        strands=int(rng.integers(2**31)),
    )


def _style(rng: np.random.Generator, who: Person, curl: float) -> HairStyle:
    weights = dict(_MEN if who.is_male else _WOMEN)
    weights["AFRO"] = 40 * max(curl - 0.4, 0)
    late = lateness(who.age)
    weights["BALD"] *= 0.5 + late
    weights["RECEDING"] *= 0.3 + 1.7 * late
    shares = np.array([weights[style.name] for style in HairStyle], float)
    return HairStyle(int(rng.choice(len(shares), p=shares / shares.sum())))


def _spectacles(rng: np.random.Generator, who: Person) -> Spectacles:
    worn = rng.random() < 0.22 + 0.08 * lateness(who.age)
    colour = rng.uniform(0.02, 0.35, 3)
    if rng.random() < 0.55:
        colour = np.full(3, rng.uniform(0.01, 0.05))
    return Spectacles(1 + int(rng.integers(len(FRAMES))) if worn else 0, colour)


def _grooming(rng: np.random.Generator, who: Person) -> Grooming:
    beard = Beard.NONE
    if who.is_male:
        shares = np.array([_BEARDS[kind] for kind in Beard], float)
        beard = Beard(int(rng.choice(len(shares), p=shares / shares.sum())))
    density = rng.uniform(0.25, 0.6) if beard is Beard.STUBBLE else rng.uniform(0.55, 1.0)
    made_up = not who.is_male and rng.random() < 0.55
    lips = np.array([0.80, 0.25, 0.30]) + np.array([0.22, 0.16, 0.18]) * rng.standard_normal(3)
    return Grooming(
        beard=beard,
        beard_density=float(density),
        lip_colour=np.clip(lips, 0.12, 1.1),
        lip_cover=float(rng.uniform(0.4, 1.0)) if made_up else 0.0,
        lid_colour=np.clip(rng.beta(1.2, 3) * np.exp(0.4 * rng.standard_normal(3)), 0.01, 0.8),
        lid_cover=float(rng.uniform(0.2, 0.7)) if made_up and rng.random() < 0.6 else 0.0,
        lashes=float(rng.uniform(0.6, 1.0)) if made_up else float(rng.uniform(0.15, 0.6)),
        tan=float(np.clip(rng.normal(0.0, 0.035), -0.08, 0.08)),
        blood=float(np.clip(rng.normal(0.0, 0.2), -0.5, 0.5)),
    )


def _wear(rng: np.random.Generator) -> Clothes:
    return Clothes(
        collar=np.array(
            [
                _COLLAR + rng.normal(0, 0.07),
                rng.uniform(0.2, 0.9) if rng.random() < 0.35 else 0.0,
                rng.uniform(0.15, 0.45),
            ]
        ),
        cloth=np.clip(rng.beta(1, 2) * np.exp(0.45 * rng.standard_normal(3)), 0.012, 0.8),
    )
