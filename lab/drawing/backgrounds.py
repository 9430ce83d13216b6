"""The backgrounds behind the head: the surroundings that light it, or a studio's."""

import cv2
import numpy as np

from .environments import look
from .lights import Light, Surroundings

_SMALL = 64  # pixels: nothing here is in focus.
# Parts of the distance that a picture's half side spans. Wider than portrait lenses are: the maps
# are coarse, and would be plain.
_VIEW = (0.35, 0.8)
# Times the light on a face; what is brighter is white anyhow, and would eat into outlines.
_BRIGHTEST = 3.5


def draw_background(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """``[side, side, 3]`` float32 linear radiance, out of focus, in the light of the picture."""
    level = light.on_a_face()
    if light.surroundings:
        picture = np.minimum(_seen(rng, light.surroundings), _BRIGHTEST * level.mean())
    else:
        kind = rng.choice(5, p=[0.25, 0.30, 0.15, 0.12, 0.18])
        draw = (_graded, _graded_round, _blurred_shapes, _texture, _room)[kind]
        picture = np.clip(draw(rng), 0, 1) ** 2.2 * level * rng.uniform(0.4, 1.2)
    picture = cv2.resize(picture.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.maximum(picture, 0)


def _seen(rng: np.random.Generator, surroundings: Surroundings) -> np.ndarray:
    y, x = _grid()
    reach = rng.uniform(*_VIEW)
    towards = np.stack([x * reach, -y * reach, np.full_like(x, -1)], axis=-1)
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    picture = look(surroundings.place.radiance, towards @ surroundings.turn.T) * surroundings.gain
    # A lens spreads a lamp over its disc, and does not make it a spike.
    return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), rng.uniform(1.0, 3.0))


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """y and x in -1..1."""
    y, x = np.mgrid[-1 : 1 : _SMALL * 1j, -1 : 1 : _SMALL * 1j]
    return y, x


def _enlarged(coarse: np.ndarray) -> np.ndarray:
    return cv2.resize(coarse, (_SMALL, _SMALL), interpolation=cv2.INTER_CUBIC)


def _colour(rng: np.random.Generator) -> np.ndarray:
    """Mostly muted, now and then saturated."""
    grey = rng.beta(1.3, 1.5)
    strength = rng.beta(1, 3) * 0.8
    return np.clip(grey + strength * (rng.random(3) - 0.5), 0.01, 1).astype(np.float32)


def _graded(rng: np.random.Generator) -> np.ndarray:
    turn = rng.uniform(0, 2 * np.pi)
    y, x = _grid()
    part = (0.5 + 0.36 * (x * np.cos(turn) + y * np.sin(turn)))[..., None]
    first = _colour(rng)
    second = first * rng.uniform(0.35, 1.2) if rng.random() < 0.6 else _colour(rng)
    return (first * (1 - part) + second * part).astype(np.float32)


def _graded_round(rng: np.random.Generator) -> np.ndarray:
    y, x = _grid()
    at_x, at_y = rng.uniform(-0.6, 0.6, 2)
    part = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / rng.uniform(0.4, 1.6))[..., None]
    first = _colour(rng)
    return (first * (0.4 + 0.6 * part) + 0.05 * _colour(rng)).astype(np.float32)


def _blurred_shapes(rng: np.random.Generator) -> np.ndarray:
    picture = _graded(rng)
    for _ in range(int(rng.integers(4, 14))):
        colour = tuple(float(c) for c in _colour(rng))
        at = tuple(int(n) for n in rng.integers(0, _SMALL, 2))
        if rng.random() < 0.5:
            cv2.circle(picture, at, int(rng.integers(2, 14)), colour, -1, cv2.LINE_AA)
        else:
            size = (float(rng.uniform(4, 40)), float(rng.uniform(4, 40)))
            box = cv2.boxPoints((tuple(map(float, at)), size, float(rng.uniform(0, 90))))
            cv2.fillConvexPoly(picture, box.astype(np.int32), colour, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 5))


def _texture(rng: np.random.Generator) -> np.ndarray:
    picture = np.zeros((_SMALL, _SMALL, 3), np.float32)
    for cells in (4, 9, 20, 45):
        coarse = rng.standard_normal((cells, cells, 1 if rng.random() < 0.7 else 3))
        layer = _enlarged(coarse.astype(np.float32))
        picture += layer.reshape(_SMALL, _SMALL, -1) * rng.uniform(0.02, 0.12) * 4 / cells**0.5
    return _colour(rng) * np.exp(picture)


def _room(rng: np.random.Generator) -> np.ndarray:
    """Wall, perhaps a window, door or shelf, and the top of some furniture."""
    picture = _graded(rng) * 0.3 + _colour(rng) * 0.7
    left = 0
    for _ in range(int(rng.integers(2, 6))):
        left += int(rng.integers(-10, 25))
        width, top = int(rng.integers(4, 26)), int(rng.integers(-20, 40))
        bottom = _SMALL if rng.random() < 0.6 else top + int(rng.integers(5, 40))
        colour = _colour(rng) * (1.6 if rng.random() < 0.25 else 0.8)
        cv2.rectangle(picture, (left, top), (left + width, bottom), colour.tolist(), -1)
        if rng.random() < 0.4:
            step = int(rng.integers(4, 12))
            for line in range(max(top, 0), min(bottom, _SMALL), step):
                cv2.line(picture, (left, line), (left + width, line), (colour * 0.5).tolist(), 1)
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.6, 3))
