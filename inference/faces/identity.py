"""A face's identity, told from several sights of it: directions, and what most of them say."""

from collections.abc import Sequence

import numpy as np

# Of how like a face has been to itself lately: what is less like is another face, or a bad sight.
SAME = 0.5
# A share of what was remembered that stays with each new sight: about the last twenty count.
_MEMORY = 0.95


def unit(vector: np.ndarray) -> np.ndarray:
    """A vector's direction, float64; zeros stay zeros."""
    return np.asarray(vector, np.float64) / max(float(np.linalg.norm(vector)), 1e-9)


def majority(directions: Sequence[np.ndarray]) -> np.ndarray:
    """The direction on which most of several sights agree; the others have no say in it.

    A mean would mix two people where one takes the other's place; this is one of them to the last
    frame.

    Args:
        directions: each ``[D]`` of length 1; at least one.

    Returns:
        ``[D]`` of length 1.
    """
    rows = np.stack(directions)
    likeness = rows @ rows.T
    centre = int(np.argmax(np.median(likeness, axis=1)))
    agree = likeness[centre] >= SAME * np.median(likeness[centre])
    return unit(rows[agree].mean(0))


class Habit:
    """A face's looks of late.

    Attributes:
        steadiness: how like itself it is from sight to sight, up to 1.
    """

    def __init__(self) -> None:
        self._sum: np.ndarray | None = None
        self.steadiness = 1.0

    def agrees(self, direction: np.ndarray) -> bool:
        """Tells whether a sight looks like the ones before; the first one does."""
        if self._sum is None:
            return True
        return float(unit(self._sum) @ direction) >= SAME * self.steadiness

    def add(self, direction: np.ndarray) -> None:
        """Takes in a sight."""
        if self._sum is None:
            self._sum = direction
            return
        likeness = max(float(unit(self._sum) @ direction), 0.0)
        self.steadiness = _MEMORY * self.steadiness + (1 - _MEMORY) * likeness
        self._sum = _MEMORY * self._sum + direction


def changes(habit: Habit, ahead: Sequence[np.ndarray], least: int) -> bool:
    """Tells whether another face has taken a face's place, and not for a moment.

    Args:
        habit: of the sights before.
        ahead: the directions of this sight and of those that are known after it.
        least: so many sights in a row are no moment.

    Returns:
        Whether this sight and those after it disagree with the habit: ``least`` of them, or all
        that are known if these are two or more.
    """
    run = 0
    while run < len(ahead) and run < least and not habit.agrees(ahead[run]):
        run += 1
    if run < least and (run < len(ahead) or run < 2):
        return False
    # Bad sights differ from each other as well; another face is one and the same.
    new = majority(ahead[:run])
    return 2 * sum(float(new @ one) >= SAME for one in ahead[:run]) > run
