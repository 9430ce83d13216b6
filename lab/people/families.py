"""Families: siblings share colouring, about their age and often their sex, but not their faces.

They are the hard negatives: who tells siblings apart has looked at shape, brows and marks, not at
the tone of the skin.
"""

from dataclasses import dataclass

import numpy as np

SIBLINGS = 4  # people 4 k .. 4 k + 3 are a family.
YOUNGEST, OLDEST = 18.0, 75.0
_ANCESTRIES = ("african", "asian", "caucasian")
# Shares of Dirichlet's distribution: below 1, most people take after one ancestry, many after two.
_MIXING = 0.4
# Ends the seed of a family's numbers.
_FAMILY = 3


@dataclass(frozen=True)
class Family:
    """The traits that siblings share, but for small differences."""

    number: int
    is_male: bool  # most of them are
    age: float  # years, of their middle
    ancestry: dict[str, float]  # shares, which sum to 1
    melanin: float  # see `appearance.Traits`
    redness: float
    sallowness: float
    hair: float  # place in `colours.HAIR` of their natural colour
    iris: float  # place in `colours.IRIS`
    curl: float  # 0..1, of hair as it grows


def family_number(person: int) -> int:
    """The family of the person of a number."""
    return person // SIBLINGS


def family(seed: int, number: int) -> Family:
    """The family of that number in the population of that seed; always the same."""
    rng = np.random.default_rng((seed, number, 0, _FAMILY))
    african, asian, pale = rng.dirichlet([_MIXING] * len(_ANCESTRIES))
    melanin = 0.72 * african + 0.30 * asian + 0.13 * pale + 0.10 * rng.standard_normal()
    # Light hair and eyes need pale skin.
    hair = rng.beta(1.2, 1.6) * 6 * pale + rng.uniform(0, 0.8) * (1 - pale)
    iris = rng.uniform(0, 5) * pale + rng.uniform(0, 0.8) * (1 - pale)
    return Family(
        number=number,
        is_male=bool(rng.random() < 0.5),
        age=float(YOUNGEST + (OLDEST - YOUNGEST) * rng.beta(1.3, 1.7)),
        ancestry=dict(zip(_ANCESTRIES, (float(african), float(asian), float(pale)), strict=True)),
        melanin=float(np.clip(melanin, 0, 1)),
        redness=float(np.clip(rng.normal(0.0, 0.4), -1, 1)),
        sallowness=float(np.clip(rng.normal(0.35 * asian, 0.4), -1, 1)),
        hair=float(hair),
        iris=float(iris),
        curl=float(np.clip(rng.beta(1.2, 3) + 0.6 * african, 0, 1)),
    )
