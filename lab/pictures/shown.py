"""The head that is shown: a person's, or one with parts of another's."""

from dataclasses import dataclass
from enum import Flag
from functools import lru_cache

import numpy as np

from ..people.appearance import Appearance, dress
from ..people.person import Person, person
from ..people.sessions import Session, session, session_number


class Part(Flag):
    """The parts of a head that another's may replace."""

    NOTHING = 0
    SHAPE = 1  # bones and flesh: the geometry from the crown to the neck
    LOOKS = 2  # skin and its marks, lips, brows, irises; beard, make-up and tan of the session
    HAIR = 4  # style, colour, length, parting, volume
    GLASSES = 8
    FACE = SHAPE | LOOKS
    HEAD = FACE | HAIR | GLASSES


# Seed; number and session of whose picture it is, and of the source; what is the source's.
Key = tuple[int, tuple[int, int], tuple[int, int], Part]


@dataclass(frozen=True)
class Shown:
    """The head that a picture shows."""

    who: Person  # whose shape it is
    looks: Appearance
    own_looks: Appearance  # without anything of another
    own: Person  # whose picture it is: their scene, clothes and accessories
    own_session: Session

    @property
    def shape(self) -> np.ndarray:
        """``[macros + sliders]``, for `Heads`."""
        return self.who.shape


@lru_cache(maxsize=8)
def shown(
    seed: int, own: tuple[int, int], source: tuple[int, int], parts: Part = Part.NOTHING
) -> Shown:
    """The head in a picture.

    Args:
        seed: of the population.
        own: number and session of the person whose picture it is.
        source: number and session of whoever gives ``parts``.
        parts: what is the source's.
    """
    people = {number: person(seed, number) for number in {own[0], source[0]}}
    sessions = {one: session(seed, people[one[0]], one[1]) for one in {own, source}}

    def giver(part: Part) -> tuple[int, int]:
        return source if part in parts else own

    def looks(face: tuple[int, int], hair: tuple[int, int], glasses: tuple[int, int]) -> Appearance:
        return dress(
            people[face[0]].traits,
            sessions[face].grooming,
            sessions[hair].hairdo,
            sessions[glasses].spectacles,
        )

    return Shown(
        who=people[giver(Part.SHAPE)[0]],
        looks=looks(giver(Part.LOOKS), giver(Part.HAIR), giver(Part.GLASSES)),
        own_looks=looks(own, own, own),
        own=people[own[0]],
        own_session=sessions[own],
    )


def place_of(number: int, index: int) -> tuple[int, int]:
    """Number and session of the person in the picture of that index."""
    return number, session_number(index)
