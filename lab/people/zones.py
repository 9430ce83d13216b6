"""Places of the face on the canvas: where it blushes, shines, folds; the same for everybody."""

from functools import cache

import cv2
import numpy as np

from .canvas import SIDE, canvas
from .hairline import AXIS

# Hairs on skin: pixels a decimetre of their tile, its side, and what is no more than a dot.
_DENSE, _TILE, _DOTS = 300.0, 512, 5


@cache
def zones() -> dict[str, np.ndarray]:
    """``[SIDE, SIDE]`` float32, 0..1 or a little more, by name."""
    place = canvas().position
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    front = step((z - 0.6) / 0.3)
    lips = cv2.GaussianBlur(canvas().masks["lips"], (0, 0), 2.2)
    lid = cv2.GaussianBlur(canvas().masks["eyelids"], (0, 0), 2.0) * front
    nose = blob(x, y, 0.0, 6.95, 0.16, 0.13) * front
    ears = cv2.GaussianBlur(canvas().masks["ears"], (0, 0), 3.0)
    found = {
        "front": front,
        "lips": lips,
        # Where the lips meet.
        "seam": lips * np.exp(-(((y - 6.612) / 0.013) ** 2)) * (np.abs(x) < 0.27),
        "lip_rim": 4 * lips * (1 - lips),
        "nose": nose,
        "blood": blob(x, y, 0.42, 6.98, 0.21, 0.17) * front
        + 1.1 * nose
        + 0.5 * blob(x, y, 0.16, 6.86, 0.06, 0.05) * front
        + 0.4 * blob(x, y, 0.0, 6.33, 0.2, 0.1) * front
        + 0.7 * ears
        + 0.5 * lid,
        "ring": blob(x, y, 0.27, 7.16, 0.15, 0.055) * front,
        "socket": blob(x, y, 0.21, 7.30, 0.09, 0.09) * front
        + 0.6 * blob(x, y, 0.32, 7.37, 0.16, 0.05) * front,
        "lid": lid,
        "upper_lid": lid * step((y - 7.265) / 0.02),
        "make_up": blob(x, y, 0.30, 7.335, 0.14, 0.055) * front * (y > 7.24),
        "margin": np.clip(1.3 * canvas().masks["lid_margin"], 0, 1),
        "upper_margin": np.clip(1.3 * canvas().masks["lid_margin"], 0, 1)
        * step((y - 7.272) / 0.015),
        "forehead": blob(x, y, 0.0, 7.75, 0.55, 0.28) * front,
        "beard": step((6.75 - y) / 0.35) * step((y - 6.0) / 0.2) * step((z - 0.3) / 0.3)
        + 0.9 * blob(x, y, 0.0, 6.79, 0.22, 0.055) * front,
        "nostril": np.clip(1.6 * blob(x, y, 0.088, 6.878, 0.036, 0.026) * front, 0, 1),
        "shine": blob(x, y, 0.0, 7.72, 0.34, 0.18) * front
        + 0.9 * blob(x, y, 0.0, 7.05, 0.10, 0.26) * front
        + 0.5 * blob(x, y, 0.36, 7.08, 0.14, 0.09) * front
        + 0.4 * blob(x, y, 0.0, 6.36, 0.13, 0.09) * front,
        "freckles": blob(x, y, 0.35, 7.02, 0.28, 0.24) + blob(x, y, 0.0, 7.05, 0.2, 0.2) + 0.15,
        "pores": (blob(x, y, 0.3, 7.0, 0.28, 0.26) + 1.2 * nose + 0.35) * (1 - lips) * (1 - lid),
        "neck": step((6.2 - y) / 0.3),
    }
    return {name: zone.astype(np.float32) for name, zone in found.items()}


@cache
def grain() -> np.ndarray:
    """``[SIDE, SIDE]`` float32: noise as fine as the canvas, of unit spread; roll it."""
    rng = np.random.default_rng(1)
    fine = cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE)).astype(np.float32), (0, 0), 0.7)
    return fine / fine.std()


def rolled(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The same noise from another place."""
    return np.roll(field, rng.integers(0, SIDE, 2), (0, 1))


@cache
def hairs(length: int) -> np.ndarray:
    """``[SIDE, SIDE]`` float32 ranks 0..1 of hairs of so many thirds of a millimetre.

    Where a rank is above 1 - d, hairs that cover the part d of the skin lie.
    """
    rng = np.random.default_rng(length)
    tile = _strokes(rng, length) if length > _DOTS else _dots(rng, length)
    rank = np.empty(tile.size, np.float32)
    rank[tile.ravel().argsort()] = np.linspace(0, 1, tile.size)
    # Columns are arcs about the head, for hair grows on its sides as well.
    place = canvas().position
    across = np.arctan2(place[..., 0] - AXIS[0], place[..., 2] - AXIS[1]) * 0.95 * _DENSE
    down = (8.5 - place[..., 1]) * _DENSE
    return cv2.remap(
        rank.reshape(tile.shape), np.mod(across, _TILE).astype(np.float32),
        np.mod(down, _TILE).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP,
    )  # fmt: skip


def _strokes(rng: np.random.Generator, length: int) -> np.ndarray:
    """A tile of hairs that lie over each other, the last ones the brightest."""
    tile = 0.3 * rng.random((_TILE, _TILE)).astype(np.float32)
    count = int(4 * _TILE * _TILE / (length + 4))
    turn = rng.normal(0, 0.35, count)
    start = rng.uniform(0, _TILE, (count, 2))
    end = start + length * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    lines = np.round(np.concatenate([start, end], axis=1)).astype(int).tolist()
    for (x0, y0, x1, y1), value in zip(lines, np.linspace(0.3, 1, count).tolist(), strict=True):
        cv2.line(tile, (x0, y0), (x1, y1), value, 1)
        if y1 >= _TILE:  # the tile goes on below
            cv2.line(tile, (x0, y0 - _TILE), (x1, y1 - _TILE), value, 1)
    return tile


def _dots(rng: np.random.Generator, length: int) -> np.ndarray:
    """A tile of hairs too short to have a direction that counts."""
    noise = rng.standard_normal((_TILE, _TILE)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 0.6, sigmaY=0.3 * length)


def covered(ranks: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Measures how much of each pixel hairs hide, 0..1, if they cover a part of the skin."""
    return np.clip((ranks - 1 + part) * 4, 0, 1) * (part > 0)


def blob(
    x: np.ndarray, y: np.ndarray, at_x: float, at_y: float, wide: float, high: float
) -> np.ndarray:
    """Two mirrored Gaussian spots, or one in the middle."""
    return np.exp(-(((np.abs(x) - at_x) / wide) ** 2) - ((y - at_y) / high) ** 2)


def step(value: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    value = np.clip(value, 0, 1)
    return value * value * (3 - 2 * value)
