"""Twins: pictures once more with another person's face. A right swap gives the picture back."""

from dataclasses import dataclass

import numpy as np

from ..people.families import SIBLINGS
from ..people.sessions import session_number

# End the seeds of a picture's number, which says whether it has a twin, and of a session's face.
_TWIN, _FACE = 4, 5
# Of the faces, siblings': nothing but the shape, brows and marks tells them from the person's own.
_SHARE_OF_SIBLINGS = 0.2


@dataclass(frozen=True)
class Face:
    """A picture whose face is shown in place of another."""

    person: int
    index: int


def twin_face(seed: int, numbers: range, identity: int, index: int, share: float) -> Face | None:
    """Tells whose face a picture's twin shows; None for a picture without a twin.

    The pictures of a session have one person's face, so that a figure is built once for all.

    Args:
        seed: of the population.
        numbers: the people whose faces may be taken, ``identity`` among them.
        identity: whose picture it is.
        index: which of their pictures.
        share: of the pictures that have a twin, 0 to 1.

    Raises:
        ValueError: there is nobody else.
    """
    if len(numbers) < 2:
        raise ValueError("a twin needs somebody else's face")
    if np.random.default_rng((seed, identity, index, _TWIN)).random() >= share:
        return None
    rng = np.random.default_rng((seed, identity, session_number(index), _FACE))
    first = identity - identity % SIBLINGS
    siblings = [n for n in range(first, first + SIBLINGS) if n in numbers and n != identity]
    # Which of the other's sessions gives beard and make-up, of some.
    chance, other_index = rng.random(), int(rng.integers(100))
    if siblings and chance < _SHARE_OF_SIBLINGS:
        return Face(siblings[rng.integers(len(siblings))], other_index)
    place = int(rng.integers(len(numbers) - 1))
    return Face(numbers[place + (place >= numbers.index(identity))], other_index)
