"""The look of a picture in 255 bits, and the pairs of many pictures that hardly differ.

The bits are the signs of the lowest frequencies of a 32 x 32 grey picture (a "pHash", with the sign
in place of the median). Compression, scale and light leave nearly all of them alone. Aligned faces
are more alike than pictures in general, so that the usual 64 bits are too few; how far apart the
same and different faces lie is measured in docs/data.md.
"""

from collections.abc import Iterator

import cv2
import numpy as np

# Of the lowest 63 frequencies, so many at most may differ in a pair: what the search guarantees.
MAX_LOW_DISTANCE = 7

_SIDE = 32
_FREQUENCIES = 16
_LOW = 8
# Grey levels times 32, the transform's scale: nothing but rounding is smaller.
_ROUNDING = 0.5
# The 64 bits of the lowest frequencies, cut in four: pairs that differ in seven bits at most differ
# in one at most within one of the four.
_BANDS = 4
_BAND_BITS = 16
# Pairs that are compared at once: 32 MiB in each of a few arrays.
_BLOCK = 1 << 22


def perceptual_hash(crop: np.ndarray) -> np.ndarray:
    """Describes a picture's look in 255 bits; the number that differ is two pictures' distance.

    Args:
        crop: ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[4]`` uint64; the first holds the 63 lowest frequencies. A mirror image is not near.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    bits = cv2.dct(small)[:_FREQUENCIES, :_FREQUENCIES] > _ROUNDING
    bits[0, 0] = False  # The mean: it is brightness alone.
    low = bits[:_LOW, :_LOW]
    rest = [bits[:_LOW, _LOW:], bits[_LOW:, :_LOW], bits[_LOW:, _LOW:]]
    return np.packbits([part.ravel() for part in (low, *rest)]).view(np.uint64)


def near_pairs(
    hashes: np.ndarray, max_distance: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """All pairs within ``max_distance`` (and `MAX_LOW_DISTANCE`), in parts.

    A table for each of four bands of 16 bits names all crops with the same bits there, or with one
    that differs; these alone are compared. Time grows with the number of crops times how many share
    16 bits, memory with the number of crops.

    Args:
        hashes: ``[N, 4]`` uint64, all different.
        max_distance: bits of 255 that may differ.

    Yields:
        Positions of the one and the other, the lesser first, and their distance; ``[P]`` each. A
        pair may come more than once.
    """
    numbers = np.arange(len(hashes))
    low = np.ascontiguousarray(hashes[:, 0])
    for band in range(_BANDS):
        keys = (low >> np.uint64(band * _BAND_BITS)).astype(np.uint16)
        order = np.argsort(keys, kind="stable")
        starts = np.searchsorted(keys[order], np.arange((1 << _BAND_BITS) + 1))
        for flip in (0, *(1 << bit for bit in range(_BAND_BITS))):
            wanted = keys ^ np.uint16(flip)
            begin, count = starts[wanted], starts[wanted.astype(np.int32) + 1] - starts[wanted]
            ends = np.cumsum(count)
            cuts = np.searchsorted(ends, np.arange(0, ends[-1], _BLOCK), side="right")
            for rows in np.split(numbers, cuts[1:]):
                yield _near(hashes, low, order, rows, begin[rows], count[rows], max_distance)


def _near(
    hashes: np.ndarray,
    low: np.ndarray,
    order: np.ndarray,
    rows: np.ndarray,
    begin: np.ndarray,
    count: np.ndarray,
    max_distance: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compares each row with those at ``order[begin : begin + count]``."""
    one = np.repeat(rows, count)
    within = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    other = order[np.repeat(begin, count) + within]
    is_near = (one < other) & (np.bitwise_count(low[one] ^ low[other]) <= MAX_LOW_DISTANCE)
    one, other = one[is_near], other[is_near]
    distance = np.bitwise_count(hashes[one] ^ hashes[other]).sum(1, dtype=np.int64)
    is_near = distance <= max_distance
    return one[is_near], other[is_near], distance[is_near]
