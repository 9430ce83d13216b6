"""People known to be in two sets of faces: by a person's name, or by the very same picture."""

import numpy as np

from .face_set import FaceSet


def joint_people(targets: FaceSet, sources: FaceSet) -> tuple[np.ndarray, np.ndarray]:
    """One numbering of people for two sets: ``[T]`` and ``[S]`` int, equal for one person.

    Two sets know their people by their own numbers. A person of one is taken for a person of the
    other where both have the same name (a folder's, a video's), or where a picture of theirs is the
    same file; who is taken for another by chance is only never paired with them.
    """
    if sources is targets:
        return targets.identity, targets.identity
    groups = _Groups()
    numbers = []
    for which, faces in (("target", targets), ("source", sources)):
        for row in range(faces.count):
            person = groups.find((which, int(faces.identity[row])))
            if faces.people and faces.people[row]:
                groups.join(person, ("name", faces.people[row]))
            if faces.contents and faces.contents[row]:
                groups.join(person, ("content", faces.contents[row]))
            if _is_one_set(targets, sources):
                groups.join(person, ("row", int(faces.identity[row])))
    for which, faces in (("target", targets), ("source", sources)):
        found = [groups.find((which, int(one))) for one in faces.identity]
        numbers.append(np.array([groups.number(one) for one in found]))
    return numbers[0], numbers[1]


def _is_one_set(targets: FaceSet, sources: FaceSet) -> bool:
    """Tells whether both are the same faces, opened twice."""
    return targets.names == sources.names and targets.origin == sources.origin


class _Groups:
    """Sets of things that belong together (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[object, object] = {}
        self._numbers: dict[object, int] = {}

    def find(self, one: object) -> object:
        """Gives what stands for all that ``one`` was joined with."""
        self._parent.setdefault(one, one)
        while self._parent[one] != one:
            self._parent[one] = one = self._parent[self._parent[one]]
        return one

    def join(self, one: object, other: object) -> None:
        """Says that two belong together."""
        self._parent[self.find(one)] = self.find(other)

    def number(self, one: object) -> int:
        """From 0, in the order of asking."""
        return self._numbers.setdefault(one, len(self._numbers))
