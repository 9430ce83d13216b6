"""Moods: a pool of expressions that all people share, so that two faces can wear the same one."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from .heads import heads
from .moods import EXCLUSIVE, NAMED

POOL = 500
_SEED = 52
# Where a gaze, in degrees, moves the lids as far as the eyeLook units do.
_SIDEWAYS, _UP, _DOWN = 35.0, 28.0, 30.0
# Two moods differ by at least this much: root mean square over the landmarks, in decimetres.
_LEAST_DIFFERENCE = 0.012

_NO_MOOD = ("eyeLook", "mouthClose")  # the gaze's; and one that only mends an open jaw
_TONGUE_NEEDS = 0.3  # of jawOpen


def expression(units: Mapping[str, float]) -> np.ndarray:
    """``[52]`` float32 in 0..1 of units by name; one without Left or Right stands for both."""
    names = heads().unit_names
    strengths = np.zeros(len(names), np.float32)
    for unit, strength in units.items():
        both = [unit] if unit in names else [f"{unit}Left", f"{unit}Right"]
        strengths[heads().index(both)] = strength
    return strengths


@cache
def mood_pool() -> np.ndarray:
    """``[500, 52]`` float32: neutral first, then the other named moods, then random blends.

    No gaze is in them (`with_gaze`), and no two are alike. Always the same.
    """
    rng = np.random.default_rng(_SEED)
    named = [expression(units) for units in NAMED.values()]
    moods = list(named)
    seen = [_landmark_shift(mood) for mood in moods]
    while len(moods) < POOL:
        mood = _blend(rng, named)
        shift = _landmark_shift(mood)
        squares = ((np.array(seen) - shift) ** 2).sum(axis=1)
        if squares.min() >= len(heads().landmark_vertices) * _LEAST_DIFFERENCE**2:
            moods.append(mood)
            seen.append(shift)
    pool = np.array(moods)
    pool.setflags(write=False)  # all callers share it
    return pool


def with_gaze(mood: np.ndarray, gaze: tuple[float, float]) -> np.ndarray:
    """A mood, [52], whose lids follow a gaze: the units eyeLook... are set."""
    yaw, pitch = gaze
    looks = {
        "eyeLookOutLeft": yaw / _SIDEWAYS,
        "eyeLookInRight": yaw / _SIDEWAYS,
        "eyeLookInLeft": -yaw / _SIDEWAYS,
        "eyeLookOutRight": -yaw / _SIDEWAYS,
        "eyeLookUp": pitch / _UP,
        "eyeLookDown": -pitch / _DOWN,
    }
    looking = expression({unit: float(np.clip(turn, 0, 1)) for unit, turn in looks.items()})
    return np.where(_named(heads().unit_names, "eyeLook"), looking, mood)


def _blend(rng: np.random.Generator, named: list[np.ndarray]) -> np.ndarray:
    """One to two named moods, weaker or stronger, and a few units by chance."""
    names = heads().unit_names
    mood = np.zeros(len(names))
    for number in rng.choice(np.arange(1, len(named)), rng.integers(0, 3), replace=False):
        mood = np.maximum(mood, named[number] * rng.uniform(0.35, 1.1))
    free = [name for name in names if not name.startswith(_NO_MOOD)]
    for name in rng.choice(free, rng.integers(1, 5), replace=False):
        strength = rng.uniform(0.25, 1.0)
        side = name.removesuffix("Left").removesuffix("Right")
        # Most movements are two-sided.
        sides = [name] if side == name or rng.random() < 0.25 else [f"{side}Left", f"{side}Right"]
        mood[heads().index(sides)] = strength
    return _plausible(np.clip(mood, 0, 1))


def _plausible(mood: np.ndarray) -> np.ndarray:
    mood = mood.astype(np.float32)
    for pair in EXCLUSIVE:
        first, second = heads().index(pair)
        mood[second if mood[first] >= mood[second] else first] = 0
    for side in ("Left", "Right"):
        blink, squint = heads().index([f"eyeBlink{side}", f"eyeSquint{side}"])
        mood[squint] *= 1 - mood[blink]  # a shut eye can't narrow
    tongue, jaw = heads().index(["tongueOut", "jawOpen"])
    if mood[tongue] and mood[jaw] < _TONGUE_NEEDS:
        mood[tongue] = 0
    return mood


def _landmark_shift(mood: np.ndarray) -> np.ndarray:
    return mood @ _landmark_units()


@cache
def _landmark_units() -> np.ndarray:
    """``[52, 68 * 3]``: how the units move the landmarks."""
    units = heads().units
    moved = units.reshape(len(units), -1, 3)[:, heads().landmark_vertices]
    return moved.reshape(len(units), -1)


def _named(names: tuple[str, ...], start: str) -> np.ndarray:
    return np.array([name.startswith(start) for name in names])
