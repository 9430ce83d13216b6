"""Hats, scarves and earrings: worn in single pictures, so that they tell nothing of who it is."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .hats import Hat
from .heads import heads
from .piece import Piece, ellipsoid, joined, sheet, tube


class Earrings(IntEnum):
    """The kinds of earrings."""

    NONE = 0
    STUDS = 1
    HOOPS = 2
    DROPS = 3


_SHARE_HATS, _SHARE_SCARVES, _SHARE_EARRINGS = 0.09, 0.08, (0.35, 0.05)
_METALS = np.array([[0.75, 0.52, 0.22], [0.68, 0.67, 0.64], [0.05, 0.05, 0.05], [0.6, 0.58, 0.5]])


@dataclass(frozen=True)
class Accessories:
    """The things that somebody wears in one picture; colours are linear RGB reflectances."""

    hat: Hat
    hat_colour: np.ndarray  # [3]
    scarf: bool
    scarf_colour: np.ndarray  # [3]
    earrings: Earrings
    metal: np.ndarray  # [3]


def draw_accessories(rng: np.random.Generator, is_male: bool) -> Accessories:
    """Draws those of one picture."""
    hat = Hat(int(rng.integers(1, len(Hat)))) if rng.random() < _SHARE_HATS else Hat.NONE
    earrings = Earrings.NONE
    if rng.random() < _SHARE_EARRINGS[is_male]:
        earrings = Earrings(int(rng.integers(1, len(Earrings))))
    return Accessories(
        hat=hat,
        hat_colour=_cloth(rng),
        scarf=bool(rng.random() < _SHARE_SCARVES),
        scarf_colour=_cloth(rng),
        earrings=earrings,
        metal=_METALS[rng.integers(len(_METALS))],
    )


def make_scarf(neutral: np.ndarray) -> Piece:
    """Two windings about the neck.

    Args:
        neutral: ``[V, 3]`` vertices of the head at rest.
    """
    template = heads().template
    middle = np.array([0.0, 0.15])
    turns = np.linspace(-np.pi, np.pi, 41)
    neck = neutral[(template[:, 1] > 5.75) & (template[:, 1] < 6.12)]
    neck = neck[np.abs(neck[:, 0]) < 0.75]
    offset = neck[:, [0, 2]] - middle
    angle, far = np.arctan2(offset[:, 0], offset[:, 1]), np.linalg.norm(offset, axis=1)
    reach = np.array(
        [
            far[np.abs(np.angle(np.exp(1j * (angle - turn)))) < 0.25].max(initial=0.5)
            for turn in turns
        ]
    )
    reach = np.convolve(np.pad(reach, 3, mode="wrap"), np.full(7, 1 / 7), "valid")
    reach[-1] = reach[0]
    profile = np.linspace(0, 2 * np.pi, 11)
    windings = []
    for height, out, thick, tilt in ((5.83, 0.16, 0.17, 0.05), (6.02, 0.10, 0.13, -0.06)):
        wave = 0.02 * np.sin(5 * turns + 9 * height)
        radius = (reach + out + wave)[:, None] + 0.8 * thick * np.cos(profile)
        level = height + tilt * np.sin(turns)[:, None] + thick * np.sin(profile)
        # The chin is before the front: the cloth lies lower there.
        level = level - 0.14 * np.clip(np.cos(turns), 0, 1)[:, None] ** 2
        ring = np.stack(
            [np.sin(turns)[:, None] * radius, level, middle[1] + np.cos(turns)[:, None] * radius],
            -1,
        )
        windings.append(sheet(ring))
    return joined(windings)


def make_earrings(kind: Earrings, neutral: np.ndarray) -> Piece:
    """A pair at the lobes.

    Args:
        kind: which; not `Earrings.NONE`.
        neutral: ``[V, 3]`` vertices of the head at rest.
    """
    head = heads()
    pieces = []
    for side in (1, -1):
        ear = neutral[(head.masks["ears"] > 0) & (head.template[:, 0] * side > 0)]
        low = ear[ear[:, 1] < np.percentile(ear[:, 1], 8)]
        lobe = low.mean(axis=0) + np.array([0.025 * side, 0.01, 0.02])
        if kind is Earrings.HOOPS:
            turn = np.linspace(0, 2 * np.pi, 25)
            radius = 0.13
            ring = np.stack([np.zeros(25), np.cos(turn), np.sin(turn)], 1)
            middle = lobe - np.array([0, radius, 0])
            aside = np.tile([1.0, 0, 0], (25, 1))
            pieces.append(tube(middle + radius * ring, aside, 0.014))
            continue
        pieces.append(ellipsoid(lobe, np.full(3, 0.030)))
        if kind is Earrings.DROPS:
            drop = lobe - np.array([0, 0.14, 0])
            pieces.append(ellipsoid(drop, np.array([0.03, 0.095, 0.03])))
    return joined(pieces)


def _cloth(rng: np.random.Generator) -> np.ndarray:
    return np.clip(rng.beta(1, 2) * np.exp(0.5 * rng.standard_normal(3)), 0.012, 0.7)
