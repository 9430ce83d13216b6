"""One face before and after the generator: blending gets it, and reports tell of it."""

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from facedancer.utils.alignment import soft_mask

if TYPE_CHECKING:
    from facedancer.retinaface.face import Face

# Grey levels. A swap changes a face by tens; a generator that gives its input back, in float32 and
# rounded, by less than one.
LEAST_CHANGE = 1.0


@dataclasses.dataclass(frozen=True)
class Likeness:
    """A swapped face's likeness, cosines between identities, -1 to 1.

    Attributes:
        to_source: to the source, the higher the better.
        to_target: to the face as it was, the lower the better.
    """

    to_source: float
    to_target: float


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SwappedFace:
    """One face of a picture, before and after.

    Attributes:
        face: where it was found, in the picture's pixels.
        matrix: ``[2, 3]``, picture -> crop.
        crop: ``[S, S, 3]`` uint8 RGB, as aligned out of the picture; S is the generator's side, or
            a multiple of it where it is ``fitted``.
        changed: ``[S, S, 3]`` uint8 RGB, as the generator returned it, or as it was then fitted.
        attention: ``[S, S]`` float32 in 0..1, where AFFA's gates let the new face through; None
            where it was not asked for.
        likeness: whom it looks like now; None where it was not asked for.
        fitted: ``[S, S]`` float32 in 0..1, where `changed` has the source's own skin, in the
            target's colours; None where none was fitted in.
    """

    face: "Face"
    matrix: np.ndarray
    crop: np.ndarray
    changed: np.ndarray
    attention: np.ndarray | None = None
    likeness: Likeness | None = None
    fitted: np.ndarray | None = None

    def __repr__(self) -> str:
        box = [round(float(number)) for number in self.face.box]
        return f"<SwappedFace: box {box}, changed by {self.change:.1f} grey levels>"

    @property
    def change(self) -> float:
        """By how many grey levels the face's pixels changed in the mean."""
        difference = np.abs(self.changed.astype(np.int16) - self.crop).mean(axis=2)
        return float((_weights(self.crop.shape[0]) * difference).sum())

    @property
    def is_changed(self) -> bool:
        """Tells whether the swap did anything: False if the result equals the input."""
        return self.change >= LEAST_CHANGE


@functools.cache
def _weights(side: int) -> np.ndarray:
    mask = soft_mask(side)
    return mask / mask.sum()
