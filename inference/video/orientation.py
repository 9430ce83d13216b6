"""The display matrix: how a player turns the stored picture before it shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ONE = 1 << 16  # the matrix holds 16.16 fixed-point numbers,
_ONE_W = 1 << 30  # and its last column 2.30


@dataclass(frozen=True)
class Orientation:
    """A turn by quarters, with or without a mirror: first transposed, then mirrored, flipped.

    Attributes:
        transposed: rows become columns.
        mirrored: left and right change places.
        flipped: top and bottom change places.
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    @classmethod
    def from_matrix(cls, matrix: Sequence[int]) -> "Orientation":
        """From FFmpeg's nine numbers; of other angles than quarters, the nearest quarter."""
        # A point (x, y) goes to (a x + c y, b x + d y): what its sides become, in signs.
        a, b, c, d = (matrix[index] for index in (0, 1, 3, 4))
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, mirrored=c < 0, flipped=b < 0)
        return cls(False, mirrored=a < 0, flipped=d < 0)

    def to_matrix(self) -> list[int]:
        """The nine numbers."""
        x, y = (-_ONE if self.mirrored else _ONE), (-_ONE if self.flipped else _ONE)
        if self.transposed:
            return [0, y, 0, x, 0, 0, 0, 0, _ONE_W]
        return [x, 0, 0, 0, y, 0, 0, 0, _ONE_W]

    @property
    def is_identity(self) -> bool:
        """Tells whether the stored picture is the displayed one."""
        return self == Orientation()

    @property
    def rotation(self) -> int:
        """Degrees clockwise: 0, 90, 180 or 270. A mirror is not told."""
        if self.transposed:
            return 90 if self.mirrored else 270
        return 180 if self.flipped else 0

    def displayed(self, stored: np.ndarray) -> np.ndarray:
        """``[H, W, 3]`` as displayed, contiguous."""
        image = stored.transpose(1, 0, 2) if self.transposed else stored
        image = image[:, ::-1] if self.mirrored else image
        image = image[::-1] if self.flipped else image
        return np.ascontiguousarray(image)

    def stored(self, displayed: np.ndarray) -> np.ndarray:
        """The inverse of `displayed`."""
        image = displayed[::-1] if self.flipped else displayed
        image = image[:, ::-1] if self.mirrored else image
        image = image.transpose(1, 0, 2) if self.transposed else image
        return np.ascontiguousarray(image)
