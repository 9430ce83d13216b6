"""Tufts: narrow strips of strands that lie on the sheet of hair, each a little off it."""

from typing import NamedTuple

import numpy as np

from .appearance import Appearance, HairStyle
from .hair_paths import HANGING
from .skull import MIDDLE

_POINTS = 6  # along a tuft
# Columns of the strands' map that a decimetre of a tuft's width shows.
_STRANDS_A_DECIMETRE = 150.0


class _Way(NamedTuple):
    """The tufts of a style. Lengths across in decimetres, along in parts of a path."""

    count: int
    length: tuple[float, float]
    width: tuple[float, float]
    root: float  # how far they stand off at their beginning
    tip: float  # and at their end
    drift: float  # sideways
    last: float  # where along the path they end at the latest


_SHORT = _Way(420, (0.14, 0.26), (0.04, 0.09), 0.004, 0.030, 0.05, 1.02)
_SMOOTH = _Way(340, (0.3, 0.6), (0.05, 0.11), 0.008, 0.016, 0.06, 1.01)
_HANGING = _Way(420, (0.35, 0.75), (0.05, 0.12), 0.010, 0.022, 0.08, 1.05)
_WAYS = {
    HairStyle.SHORT: _SHORT,
    HairStyle.RECEDING: _SHORT._replace(count=320, tip=0.02),
    HairStyle.SIDE_PARTED: _SMOOTH._replace(drift=0.14),
    HairStyle.FRINGE: _SMOOTH._replace(last=1.06, tip=0.024),
    HairStyle.SWEPT_BACK: _SMOOTH,
    HairStyle.BUN: _SMOOTH._replace(root=0.004, tip=0.008),
    HairStyle.BOB: _HANGING,
    HairStyle.LONG: _HANGING,
    HairStyle.AFRO: _Way(700, (0.07, 0.13), (0.04, 0.08), -0.01, 0.055, 0.09, 1.0),
}
# The part of the tufts that strays: thin, and farther off.
_STRAY = 0.12


class Strips(NamedTuple):
    """Tufts as one mesh, in the head's frame."""

    vertices: np.ndarray  # [N, 3] decimetres
    faces: np.ndarray  # [M, 3]
    uv: np.ndarray  # [N, 2]: columns of the strands' map, and 0 at the root .. 1 at the tip
    tangents: np.ndarray  # [N, 3] unit, along the strands


def grow_tufts(paths: np.ndarray, looks: Appearance, rng: np.random.Generator) -> Strips:
    """Lays tufts along the paths of a sheet.

    Args:
        paths: ``[columns + 1, rows, 3]`` from the crown to the ends; the last column is the first.
        looks: whose hair.
        rng: where chance comes from.
    """
    way = _WAYS[looks.hair]
    columns, rows = len(paths) - 1, paths.shape[1]
    # Curls are short and many.
    curl = looks.curl if looks.hair not in HANGING else 0.4 * looks.curl
    count, part = int(way.count * (1 + 0.6 * curl)), np.linspace(0, 1, _POINTS)
    column = rng.integers(0, columns, count)
    length = rng.uniform(*way.length, count) * (1 - 0.5 * curl)
    end = rng.uniform(0.12 + length, way.last)
    stray = rng.random(count) < _STRAY
    width = rng.uniform(*way.width, count) * np.where(stray, 0.3, 1.0)
    row = np.maximum(end[:, None] - length[:, None] * (1 - part), 0.02) * (rows - 1)
    along = _between(paths, column, row)  # [count, points, 3]
    aside = _between(np.roll(paths[:-1], -1, axis=0) - np.roll(paths[:-1], 1, axis=0), column, row)
    aside /= np.linalg.norm(aside, axis=-1, keepdims=True) + 1e-6
    out = along - MIDDLE
    out[..., 1] *= 0.4
    out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-6

    # Tufts of neighbours lean alike, and each strays on its own.
    combed = np.sin(2 * np.pi * column / columns * 3 + rng.uniform(0, 6)) * 0.5 * way.drift
    lean = combed + way.drift * rng.standard_normal(count)
    turns = rng.uniform(1.2, 3.2, count)[:, None] * (1 + 1.5 * looks.curl)
    wave = np.sin(part * turns * np.pi + rng.uniform(0, 6, count)[:, None])
    sideways = lean[:, None] * part + wave * (0.006 + 0.035 * looks.curl) * np.sqrt(part)
    lift = way.root + (way.tip - way.root) * part**1.5
    off = rng.uniform(0.3, 1.3, count) + np.where(stray, rng.uniform(0.4, 1.6, count), 0)
    lift = lift * off[:, None] + 0.3 * wave * looks.curl * way.tip
    middle = along + aside * sideways[..., None] + out * lift[..., None]

    half = 0.5 * width[:, None] * (0.7 + 0.5 * np.sin(np.pi * part) - 0.35 * part)
    tilt = 0.25 * rng.standard_normal(count)[:, None, None]
    across = (aside + out * tilt) * half[..., None]
    vertices = np.stack([middle - across, middle + across], axis=2)  # [count, points, 2, 3]
    tangents = np.gradient(middle, axis=1)
    tangents /= np.linalg.norm(tangents, axis=-1, keepdims=True) + 1e-6
    first = rng.uniform(0, 0.9, count)
    wide = np.minimum(width * _STRANDS_A_DECIMETRE / 512, 0.1)
    u = np.broadcast_to(np.stack([first, first + wide], -1)[:, None], vertices.shape[:3])
    v = np.broadcast_to(part[None, :, None], vertices.shape[:3])
    return Strips(
        vertices.reshape(-1, 3),
        _strip_faces(count),
        np.stack([u, v], axis=-1).reshape(-1, 2),
        np.repeat(tangents[:, :, None], 2, axis=2).reshape(-1, 3),
    )


def _between(paths: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """``[N, points, 3]`` of columns [N] at rows [N, points], beyond the last one straight on."""
    above = np.clip(row.astype(int), 0, paths.shape[1] - 2)
    part = (row - above)[..., None]
    at = column[:, None]
    return paths[at, above] * (1 - part) + paths[at, above + 1] * part


def _strip_faces(count: int) -> np.ndarray:
    start = (np.arange(count) * 2 * _POINTS)[:, None] + 2 * np.arange(_POINTS - 1)
    start = start.reshape(-1, 1)
    return np.concatenate([start + [0, 1, 3], start + [0, 3, 2]])
