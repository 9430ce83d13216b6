"""Recognition of the people who are looked for among a video's faces; they stay recognised."""

from collections.abc import Sequence

import numpy as np

from .choosing import Choice, assign
from .identity import SAME, unit
from .tracking import TrackedFace
from .tracks import Track

# Where somebody was plainly seen, one who is a little like them is somebody else: a face that comes
# in has to be so much of the likest so far, and one that was recognised already, so much.
_COMES, _STAYS = 0.45, 0.35
# Short of so much of the likest, a face must also look like that person did in this very video.
_PLAINLY = 0.75
# One that was recognised may also be so far below the threshold, and goes before its equals.
_SLACK = 0.1
# Sights of a chosen person from which it is learnt who that is; not more, lest it drift.
_LEARNT = 50
# Other people who are remembered.
_MOST_OTHERS = 32


class Recognised:
    """Looks for people whose photographs were given."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._best = np.zeros(len(choice.roles))
        # Sums of what they have looked like in this video.
        self._looks: list[np.ndarray | None] = [None] * len(choice.roles)
        # Track -> who it was in the last frame.
        self._held: dict[int, int] = {}

    def find(self, faces: Sequence[TrackedFace]) -> tuple[list[int | None], np.ndarray]:
        """Finds the role of each of a frame's faces, and their likeness to all, ``[N, R]``."""
        threshold = self._choice.threshold
        likeness = self._choice.likeness([one.identity for one in faces])
        least = np.maximum(threshold, _COMES * self._best)[None].repeat(len(faces), 0)
        for role, look in enumerate(self._looks):
            for place, one in enumerate(faces):
                if look is not None and float(unit(look) @ one.identity) < _COMES:
                    least[place, role] = max(least[place, role], _PLAINLY * self._best[role])
        rank = likeness.copy()
        for place, one in enumerate(faces):
            role = self._held.get(one.track.number)
            if role is not None:
                least[place, role] = max(threshold - _SLACK, _STAYS * self._best[role])
                rank[place, role] += _SLACK
        roles = assign(rank, likeness >= least)
        self._held = {}
        for place, role in enumerate(roles):
            if role is not None:
                one = faces[place]
                self._held[one.track.number] = role
                look = self._looks[role]
                self._looks[role] = one.identity if look is None else look + one.identity
                self._best[role] = max(self._best[role], likeness[place, role])
        return roles, likeness


class Chosen:
    """Keeps to whoever was chosen when first seen, and finds them again; nobody else is taken."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._track: Track | None = None
        self._identity: np.ndarray | None = None
        self._sights = 0
        # Track -> who it is, of people who were seen together with the chosen one.
        self._others: dict[int, np.ndarray] = {}

    def find(self, faces: Sequence[TrackedFace]) -> int | None:
        """The chosen one's place among a frame's faces; None where they are not there."""
        if self._track is None:
            # A glimpse, which the detector often has of what is no face, is nobody's choice.
            lasting = [place for place, one in enumerate(faces) if one.lasts]
            picked = self._choice.pick([faces[place].face for place in lasting])
            if not picked:
                return None
            one = faces[lasting[picked.pop()]]
            self._track, self._identity = one.track, one.identity
        if self._identity is None:  # Nobody asked who they are: a track is all that is known.
            return next((p for p, one in enumerate(faces) if one.track is self._track), None)
        return self._recognised(faces)

    def _recognised(self, faces: Sequence[TrackedFace]) -> int | None:
        threshold = self._choice.threshold
        least = max(threshold, _COMES)
        likeness = [float(unit(self._identity) @ one.identity) for one in faces]
        found = {}
        for place, one in enumerate(faces):
            if one.track is self._track:
                if likeness[place] >= max(threshold - _SLACK, _STAYS):
                    found[place] = likeness[place] + _SLACK
            elif likeness[place] >= max(
                [least, *(o @ one.identity for o in self._others.values())]
            ):
                found[place] = likeness[place]
        if not found:
            return None
        chosen = max(found, key=found.__getitem__)
        self._track = faces[chosen].track
        if self._sights < _LEARNT and likeness[chosen] >= SAME:
            self._identity = self._identity + faces[chosen].identity
            self._sights += 1
        for place, one in enumerate(faces):
            if place != chosen and likeness[place] < least:
                self._others.pop(one.track.number, None)
                self._others[one.track.number] = one.identity
        for track in list(self._others)[:-_MOST_OTHERS]:
            del self._others[track]
        return chosen
