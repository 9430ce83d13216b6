"""Real surroundings: what they look like in a direction, and the light that they give.

Their own frame is the camera's before it is turned: x right, y up, z towards the camera.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

ASSET = Path(__file__).parents[1] / "assets" / "environments.npz"
# A lamp or a sun: what exceeds so many times the mean, so near to the brightest place.
_BRIGHT, _CAP = 3.0, np.radians(22)
# The part of its colour that a place keeps. The files clip suns, which leaves the blue of skies
# alone to light the face.
_COLOUR = 0.7
# A key light gives no more of the light.
_MOST = 0.55
# Higher lamps would draw beards of shadow under every nose.
_HIGHEST = np.radians(70)
# The sharpness of the mirror image in skin and hair: cosine's power, and the rows of its map.
_GLOSS, _GLOSS_ROWS = 24, 16


@dataclass(frozen=True)
class Environment:
    """One photographed place, of unit mean brightness. Maps: rows from the zenith down, columns
    to the right, the middle column straight away from the camera."""

    radiance: np.ndarray  # [64, 128, 3] float32, linear RGB
    rest: np.ndarray  # [64, 128, 3] float32, without its brightest lamp
    glossy: np.ndarray  # [16, 32, 3] float32, the rest as a glossy surface mirrors it
    key: np.ndarray  # [3] float32, the lamp's irradiance over pi
    direction: np.ndarray  # [3] float32 unit, to the lamp


@cache
def environment_count() -> int:
    """The number of environments."""
    return len(_maps())


@cache
def environment(number: int) -> Environment:
    """Takes the lamp out of one environment, once."""
    radiance = _maps()[number].astype(np.float32)
    grey = radiance.mean(axis=2, keepdims=True)
    radiance = grey + (radiance - grey) * np.float32(_COLOUR)
    towards, solid = directions(*radiance.shape[:2])
    brightness = radiance.mean(axis=2)
    mean = (brightness * solid).sum() / solid.sum()
    radiance, brightness = radiance / mean, brightness / mean
    low = np.where(towards[..., 1] < np.sin(_HIGHEST), brightness, 0)
    broad = cv2.GaussianBlur(np.minimum(low, 500), (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)
    peak = towards[np.unravel_index(broad.argmax(), broad.shape)]
    near = (towards @ peak > np.cos(_CAP)) & (low > 0)
    kept = np.where(near, np.minimum(1, _BRIGHT / np.maximum(brightness, 1e-6)), 1)[..., None]
    # Broad lamps as strong as studios' stay in part where they are: their shadows are soft.
    share = (brightness * solid * (1 - kept[..., 0])).sum() / solid.sum()
    kept = 1 - (1 - kept) * min(1, _MOST / max(share, 1e-6))
    rest = (radiance * kept).astype(np.float32)
    lamp = (radiance - rest) * solid[..., None]
    middle = (lamp.sum(axis=2)[..., None] * towards).sum(axis=(0, 1))
    length = np.linalg.norm(middle)
    direction = middle / length if length > 1e-6 else peak
    return Environment(
        radiance,
        rest,
        _glossy(rest),
        (lamp.sum(axis=(0, 1)) / np.pi).astype(np.float32),
        direction.astype(np.float32),
    )


@cache
def directions(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """``[h, w, 3]`` unit directions of a map's pixels, and ``[h, w]`` their solid angles."""
    rise = (0.5 - (np.arange(height) + 0.5) / height)[:, None] * np.pi
    turn = ((np.arange(width) + 0.5) / width - 0.5)[None] * 2 * np.pi
    across = np.cos(rise)
    towards = np.stack(
        [across * np.sin(turn), np.broadcast_to(np.sin(rise), (height, width))]
        + [-across * np.cos(turn)],
        axis=-1,
    )
    solid = np.broadcast_to(across * np.pi / height * 2 * np.pi / width, (height, width))
    return towards.astype(np.float32), solid.astype(np.float32)


def look(radiance: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """``[H, W, 3]``: what a map ``[h, w, 3]`` shows in the unit directions ``[H, W, 3]``."""
    height, width = radiance.shape[:2]
    turn = np.arctan2(towards[..., 0], -towards[..., 2])
    rise = np.arcsin(np.clip(towards[..., 1], -1, 1))
    # A column of the other end on each side: the map goes round.
    wide = np.concatenate([radiance[:, -1:], radiance, radiance[:, :1]], axis=1)
    column = (turn / (2 * np.pi) + 0.5) * width + 0.5
    row = (0.5 - rise / np.pi) * height - 0.5
    return cv2.remap(
        wide, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip


def _glossy(rest: np.ndarray) -> np.ndarray:
    small = cv2.resize(rest, (4 * _GLOSS_ROWS, 2 * _GLOSS_ROWS), interpolation=cv2.INTER_AREA)
    towards, solid = directions(*small.shape[:2])
    light = small.reshape(-1, 3) * solid.reshape(-1, 1)
    mirrored = directions(_GLOSS_ROWS, 2 * _GLOSS_ROWS)[0]
    # Without BLAS, whose threads would change the last bits.
    cosine = np.einsum("hwd,nd->hwn", mirrored, towards.reshape(-1, 3))
    lobe = np.maximum(cosine, 0) ** _GLOSS
    whole = np.einsum("hwn,n->hw", lobe, solid.ravel())
    return (np.einsum("hwn,nc->hwc", lobe, light) / whole[..., None]).astype(np.float32)


@cache
def _maps() -> np.ndarray:
    with np.load(ASSET) as file:
        return file["maps"]
