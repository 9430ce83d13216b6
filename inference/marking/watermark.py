"""An invisible watermark of 64 bits in a picture's brightness.

Quantisation index modulation with spread carriers (B. Chen and G. W. Wornell, IEEE Trans. Inf.
Theory 47(4), 2001, "STDM"): every coded bit owns ten coefficients of the picture's cosine
transform, with signs; the bit says on which of two combs of values their sum lies. So the picture
itself is no noise to the reader, and the change stays far below what one sees.

A coefficient is named by its cycles across the picture, never by pixels: a picture that was resized
still has its watermark in the same place. What is cut off or turned by a few degrees is lost.
"""

import dataclasses
import functools
import hashlib
import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from . import error_correction
from .message import read_tag

MESSAGE_BITS = 64
# Half cycles across the picture, both directions together. Below, a picture's own shapes are strong
# and changes easier to see; above, small pictures and hard compression have nothing left.
_LOWEST, _HIGHEST = 8, 44
# The comb's pitch, in grey levels root-mean-square of a picture that one carrier alone makes up.
_PITCH = 0.4
_CODED = error_correction.encoded_size(MESSAGE_BITS)
# What a picture's contrast may have been multiplied by: the steps lie closer than a comb forgives.
_CONTRASTS = (1.0, *(f**e for e in range(1, 9) for f in (1.03, 1 / 1.03)))
# Where the mark is shaped to what hides it: samples a side, rounds, least and most of the average.
_GRID, _ROUNDS, _TOLERANCES = 128, 3, (0.4, 1.6)
# A picture that has all the coefficients, with some room.
SMALLEST_SIDE = 128


@dataclasses.dataclass(frozen=True)
class Reading:
    """A watermark that was found: its 64 bits passed their check.

    Attributes:
        tag: the operator's number.
        agreement: the share of coded bits, 0..1, that were as sent before errors were corrected;
            where there is no watermark it is about a half, and the check does not pass.
    """

    tag: int
    agreement: float


def embed(image: np.ndarray, message: np.ndarray) -> np.ndarray:
    """``[H, W, 3]`` uint8 RGB and ``[64]`` bits -> the marked picture, which looks the same.

    A picture with a side below `SMALLEST_SIDE` is returned as it is.
    """
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return image
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    sums = _gathered(_band(grey))
    # To the nearest tooth of the comb.
    change = (_wanted(message.tobytes()) - sums + _PITCH / 2) % _PITCH - _PITCH / 2
    added = cv2.resize(_hidden(change, grey), (width, height), interpolation=cv2.INTER_CUBIC)
    # In bytes from here, which is quicker: rounded, then what brightens and what darkens.
    levels = cv2.convertScaleAbs(added, beta=128)
    brighter, darker = cv2.subtract(levels, 128), cv2.subtract(128, levels)
    in_colour = functools.partial(cv2.cvtColor, code=cv2.COLOR_GRAY2RGB)
    marked = cv2.add(image, in_colour(brighter))
    return cv2.subtract(marked, in_colour(darker), dst=marked)


def _hidden(change: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """The grey levels ``[_GRID, _GRID]`` that change the sums so, more of them where none looks."""
    tolerance = _tolerance(grey)
    pushed = change.copy()
    for _ in range(_ROUNDS):
        added = tolerance * _picture(pushed)
        pushed += change - _gathered(_band(added))
    return tolerance * _picture(pushed)


def _tolerance(grey: np.ndarray) -> np.ndarray:
    """The change that a place hides, ``[_GRID, _GRID]`` about 1: fine texture much, a sky little.

    Its logarithm is averaged, so that one sharp edge lends nothing to the plain ground next to it.
    """
    small = cv2.resize(grey, (2 * _GRID, 2 * _GRID), interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32)
    texture = cv2.log(1 + cv2.absdiff(small, cv2.GaussianBlur(small, (0, 0), 1.5)))
    texture = cv2.resize(texture, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    texture = cv2.GaussianBlur(texture, (0, 0), 3)
    tolerance = cv2.exp(texture - cv2.mean(texture)[0])
    # Black gets no darker and white no brighter.
    room = cv2.resize(cv2.min(small, 255 - small), (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    tolerance = tolerance.clip(*_TOLERANCES) * (room / 8).clip(_TOLERANCES[0], 1)
    return tolerance / cv2.mean(tolerance)[0]


def _picture(sums: np.ndarray) -> np.ndarray:
    """The smallest picture ``[_GRID, _GRID]``, in grey levels, that has these carriers' sums."""
    rows, columns, signs = _carriers()
    spectrum = np.zeros((_HIGHEST, _HIGHEST), np.float32)
    spectrum[rows, columns] = signs * (sums * (_GRID / math.sqrt(signs.shape[1])))[:, None]
    return _cosines(_GRID).T @ spectrum @ _cosines(_GRID)


def read(images: Sequence[np.ndarray]) -> Reading | None:
    """The watermark of a picture, or of several frames of one video, which are read together.

    Tried are the pictures as they are, flipped and turned by quarters, and with contrast changed.

    Args:
        images: ``[H, W, 3]`` uint8 RGB each.

    Returns:
        What was found, or None: there is none, or too little is left of it.
    """
    if not images:
        return None
    bands = [_band(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)) for image in images]
    for turn, flip in _turns():
        sums = np.stack([_gathered(turn(band) * flip) for band in bands])
        for contrast in _CONTRASTS:
            evidence = _evidence(sums / contrast).mean(axis=0)
            message = error_correction.decode(evidence)
            tag = read_tag(message)
            if tag is not None:
                expected = error_correction.encode(message)
                return Reading(tag, float(np.mean((evidence < 0) == expected)))
    return None


def read_bits(images: Sequence[np.ndarray]) -> np.ndarray:
    """The likeliest 64 bits of pictures as they are, whether they hold a watermark or not."""
    bands = [_band(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)) for image in images]
    sums = np.stack([_gathered(band) for band in bands])
    return error_correction.decode(_evidence(sums).mean(axis=0))


def _evidence(sums: np.ndarray) -> np.ndarray:
    """Near 1 on the comb of 0, near -1 on the comb of 1."""
    return np.cos(2 * np.pi * (sums - _offsets()) / _PITCH)


def _turns() -> list[tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]]:
    """Turns a picture's transform as the eight ways to lay a picture down do."""
    even = np.ones(_HIGHEST)
    odd = np.where(np.arange(_HIGHEST) % 2, -even, even)
    flips = [rows[:, None] * columns for rows in (even, odd) for columns in (even, odd)]
    return [(turn, flip) for turn in (np.asarray, np.transpose) for flip in flips]


def _band(grey: np.ndarray) -> np.ndarray:
    """The lowest coefficients ``[_HIGHEST, _HIGHEST]`` of ``[H, W]`` brightness, in grey levels."""
    height, width = grey.shape
    spectrum = _cosines(height) @ (grey.astype(np.float32) @ _cosines(width).T)
    return spectrum / math.sqrt(height * width)


def _gathered(band: np.ndarray) -> np.ndarray:
    """Each carrier's sum ``[coded bits]``."""
    rows, columns, signs = _carriers()
    return (band[rows, columns] * signs).sum(axis=1) / np.sqrt(signs.shape[1])


@functools.lru_cache(maxsize=4)
def _cosines(size: int) -> np.ndarray:
    """The first rows of the orthonormal cosine transform of ``size`` samples."""
    places = (np.arange(size) + 0.5) / size
    rows = np.sqrt(2 / size) * np.cos(np.pi * np.arange(_HIGHEST)[:, None] * places)
    rows[0] /= np.sqrt(2)
    return rows.astype(np.float32)


@functools.cache
def _carriers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    vertical, horizontal = np.meshgrid(np.arange(_HIGHEST), np.arange(_HIGHEST), indexing="ij")
    radius = np.hypot(vertical, horizontal)
    rows, columns = np.nonzero((radius >= _LOWEST) & (radius < _HIGHEST))
    each = len(rows) // _CODED
    order = np.argsort(_secret("places", len(rows)))[: each * _CODED].reshape(_CODED, each)
    signs = np.where(_secret("signs", order.size) % 2, 1.0, -1.0).reshape(order.shape)
    return rows[order], columns[order], signs.astype(np.float32)


@functools.lru_cache(maxsize=4)
def _wanted(message: bytes) -> np.ndarray:
    """A tooth of each carrier's comb, ``[coded bits]``, for a message of one byte a bit."""
    return _offsets() + _PITCH / 2 * error_correction.encode(np.frombuffer(message, np.uint8))


@functools.cache
def _offsets() -> np.ndarray:
    return (_secret("offsets", _CODED) / 2.0**64 * _PITCH).astype(np.float32)


def _secret(name: str, count: int) -> np.ndarray:
    """``[count]`` uint64 that look random and are the same for ever, whatever the library."""
    data = hashlib.shake_256(f"facedancer watermark 1 {name}".encode()).digest(8 * count)
    return np.frombuffer(data, "<u8")
