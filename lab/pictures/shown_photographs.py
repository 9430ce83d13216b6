"""A labelled picture of photographs that are swapped with each other, as `facedancer swap` does."""

import itertools
from collections.abc import Sequence

import numpy as np

from facedancer.inference.marking.marker import Marker, Marking
from facedancer.inference.swapper import Swapper
from facedancer.retinaface.face import Face
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError

_SHOWN_SIDE = 352
# Of the box's height: the square that is shown holds the hair, and most of a hat. Its middle lies
# above the box's by so much.
_SQUARE, _HIGHER = 1.7, 0.08


def show_photographs(swapper: Swapper, photographs: Sequence[np.ndarray]) -> np.ndarray:
    """Gives each photograph each other one's identity, and lays out target, source and swap.

    Args:
        swapper: what swaps.
        photographs: at least two ``[H, W, 3]`` uint8 RGB, of one person each.

    Returns:
        ``[H, W, 3]`` uint8 RGB with the invisible watermark: a row for each ordered pair.

    Raises:
        UserError: there are fewer than two, or no face was found in one.
    """
    if len(photographs) < 2:
        raise UserError("one photograph has nobody to swap with: name at least two")
    shown, people = [], []
    for number, photograph in enumerate(photographs, 1):
        faces = swapper.detector.detect(photograph)
        if not faces:
            raise UserError(f"no face was found in photograph {number}")
        shown.append(_square(photograph, faces[0]))
        people.append(swapper.role_of_picture(photograph))
    pictures = []
    for target, source in itertools.permutations(range(len(photographs)), 2):
        result = swapper.swap(photographs[target], people[source])
        pictures += [shown[target], shown[source], _square(result.image, result.faces[0].face)]
    names = ("target", "source", "swap") * (len(pictures) // 3)
    sheet = contact_sheet(pictures, names, columns=3, side=_SHOWN_SIDE)
    # Real people are shown as they never were. C2PA would sign with a certificate of this machine.
    return Marker(Marking(c2pa=False)).mark_picture(sheet)


def _square(photograph: np.ndarray, face: Face) -> np.ndarray:
    """Cuts out a square about the face, as far as the photograph reaches."""
    left, top, right, bottom = face.box
    height = bottom - top
    half = _SQUARE * height / 2
    x, y = (left + right) / 2, (top + bottom) / 2 - _HIGHER * height
    rows, columns = (slice(max(round(at - half), 0), round(at + half)) for at in (y, x))
    return photograph[rows, columns]
