"""Draws what a person keeps: skin and its marks, lips, brows, irises, how a beard grows."""

import numpy as np

from .appearance import Traits
from .colours import GREY, HAIR, IRIS, between
from .families import Family

_YOUNG, _OLD = 30.0, 70.0  # years between which hair turns grey and skin wrinkles.


def lateness(age: float) -> float:
    """0 until hair turns grey and skin wrinkles, 1 when they have."""
    return float(np.clip((age - _YOUNG) / (_OLD - _YOUNG), 0, 1))


def natural_hair(rng: np.random.Generator, kin: Family, age: float) -> tuple[np.ndarray, float]:
    """The natural colour ``[3]`` of one person's hair before it turned grey, and the grey share."""
    colour = between(HAIR, kin.hair + rng.normal(0, 0.25)) * rng.uniform(0.85, 1.15)
    return colour, float(np.clip(rng.normal(1.35 * lateness(age) - 0.55, 0.15), 0, 1))


def draw_traits(
    rng: np.random.Generator,
    kin: Family,
    is_male: bool,
    age: float,
    natural: np.ndarray,
    grey: float,
) -> Traits:
    """Draws one person's lasting looks.

    Args:
        rng: where chance comes from; a fixed number of draws is not promised.
        kin: the person's family, whose colouring they share.
        is_male: whose beard and brows grow.
        age: years, adults only.
        natural: ``[3]`` the hair's colour, see `natural_hair`.
        grey: the part of it that is grey.
    """
    iris = between(IRIS, kin.iris + rng.normal(0, 0.2)) * rng.uniform(0.85, 1.2)
    freckled = rng.random() < 0.3 * kin.ancestry["caucasian"] + 0.03
    number = int(rng.poisson(2.2))
    grown = rng.uniform([0.25, 0.4, 0.2, -0.10], [1.0, 1.0, 1.0, 0.10])
    return Traits(
        melanin=float(np.clip(kin.melanin + rng.normal(0, 0.015), 0, 1)),
        redness=float(np.clip(kin.redness + rng.normal(0, 0.12), -1, 1)),
        sallowness=float(np.clip(kin.sallowness + rng.normal(0, 0.1), -1, 1)),
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
        wrinkles=float(np.clip(lateness(age) + 0.15 * rng.standard_normal(), 0, 1)),
        gloss=float(rng.beta(2, 3)),
        eye_shadow=float(rng.beta(1.5, 3)),
        lips=_lips(rng),
        brow=_brow(rng, is_male),
        brow_colour=natural * rng.uniform(0.3, 0.75) * (1 - grey / 2) + GREY * grey / 3,
        iris=iris,
        iris_inner=iris * rng.uniform(0.8, 1.9) * np.array([1.3, 1.0, 0.7]),
        pupil=float(rng.uniform(0.30, 0.48)),
        beard_growth=grown * ([1, 1, 1, 1] if is_male else [0, 0, 0, 1]),
        beard_colour=(natural * (1 - grey) + GREY * grey) * rng.uniform(0.6, 1.0),
        texture=int(rng.integers(2**31)),
    )


def _lips(rng: np.random.Generator) -> np.ndarray:
    lips = np.array([1.0, 0.62, 0.60]) * rng.uniform(0.75, 1.05) + 0.06 * rng.standard_normal(3)
    return np.clip(lips, 0.12, 1.1)


def _brow(rng: np.random.Generator, is_male: bool) -> np.ndarray:
    """The form, which siblings do not share."""
    return np.array(
        [
            rng.normal(0, 0.028),
            rng.uniform(0.0, 0.085) * (1.0 if is_male else 1.3),
            rng.normal(0.0, 0.10),
            rng.uniform(0.028, 0.062) * (1.25 if is_male else 0.85),
            rng.uniform(0.84, 1.14),
            rng.uniform(0.5, 1.0),
        ]
    )
