"""Decides about the faces of pictures, and of a video's frames, by a `choosing.Choice`."""

import dataclasses

import numpy as np

from facedancer.retinaface.face import Face

from ..core.cuts import CutDetector
from ..core.frames import Observation, PlannedFace
from .choosing import BETTER_MATCH, NOT_CHOSEN, UNKNOWN, Choice
from .recognition import Chosen, Recognised
from .strength import steer
from .tracking import TrackedFace, Tracker

# A track that was large and sure enough stays so down to such a part of the limits: a face about
# them would flicker.
_PART = 0.8


class PicturePlanner:
    """Decides about each picture by itself."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice

    def push(self, observation: Observation) -> list[tuple[PlannedFace, ...]]:
        """The plan of this picture."""
        choice, faces = self._choice, observation.faces
        why = [choice.refused(face) for face in faces]
        allowed = [place for place, reason in enumerate(why) if not reason]
        plans = [PlannedFace(face, None, reason) for face, reason in zip(faces, why, strict=True)]
        if choice.has_references and allowed:
            likeness = choice.likeness([observation.embeddings[place] for place in allowed])
            roles = choice.recognise(likeness)
        else:
            picked = choice.pick([faces[place] for place in allowed])
            likeness = None
            roles = [0 if number in picked else None for number in range(len(allowed))]
        for number, place in enumerate(allowed):
            row = None if likeness is None else likeness[number]
            own = None if observation.embeddings is None else observation.embeddings[place]
            plans[place] = _planned(choice, faces[place], roles[number], row, own)
        return [tuple(plans)]

    def finish(self) -> list[tuple[PlannedFace, ...]]:
        """None are left."""
        return []


class VideoPlanner:
    """Decides about people: whoever is chosen stays so, and is found again after an absence."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._cuts = CutDetector()
        self._tracker = Tracker()
        self._chosen = Chosen(choice)
        self._recognised = Recognised(choice)
        self._admitted: set[int] = set()
        # Of roles with identities in reserve: track and role -> the one that it got.
        self._given: dict[tuple[int, int | None], np.ndarray] = {}

    def push(self, observation: Observation) -> list[tuple[PlannedFace, ...]]:
        """Takes in a frame; the plans of the frames that are decided now."""
        frames = self._tracker.push(
            observation.number,
            observation.time_s,
            observation.faces,
            observation.embeddings,
            self._cuts.is_cut(observation.signature),
        )
        return [self._plan(frame) for frame in frames]

    def finish(self) -> list[tuple[PlannedFace, ...]]:
        """The plans of the frames that are left."""
        return [self._plan(frame) for frame in self._tracker.finish()]

    def _plan(self, frame: list[TrackedFace]) -> tuple[PlannedFace, ...]:
        choice = self._choice
        why = [
            choice.refused(one.face, _PART if one.track.number in self._admitted else 1.0)
            for one in frame
        ]
        allowed = [one for one, reason in zip(frame, why, strict=True) if not reason]
        self._admitted = {one.track.number for one in allowed}
        roles, likeness = self._roles(allowed)
        plans, number = [], 0
        for one, reason in zip(frame, why, strict=True):
            if reason:
                plan = PlannedFace(one.face, None, reason)
            else:
                row = None if likeness is None else likeness[number]
                key = one.track.number, roles[number]
                given = self._given.get(key)
                plan = _planned(choice, one.face, roles[number], row, one.identity, given)
                if plan.source is not None and choice.roles[roles[number]].others:
                    # Whoever has one keeps it, however their looks change.
                    self._given[key] = plan.source
                number += 1
            plans.append(dataclasses.replace(plan, track=one.track.number))
        return tuple(plans)

    def _roles(self, allowed: list[TrackedFace]) -> tuple[list[int | None], np.ndarray | None]:
        if not allowed or self._choice.takes_all and not self._choice.has_references:
            return [0] * len(allowed), None
        if self._choice.has_references:
            return self._recognised.find(allowed)
        if self._choice.tracks:
            picked = [one.track.number in self._choice.tracks for one in allowed]
            return [0 if is_picked else None for is_picked in picked], None
        chosen = self._chosen.find(allowed)
        return [0 if place == chosen else None for place in range(len(allowed))], None


def _planned(
    choice: Choice,
    face: Face,
    role: int | None,
    likeness: np.ndarray | None,
    own: np.ndarray | None,
    source: np.ndarray | None = None,
) -> PlannedFace:
    """A face's plan.

    Args:
        choice: by which it is made.
        face: it.
        role: whose; None: nobody's.
        likeness: ``[R]``, its cosines to the references; None: nobody asks.
        own: ``[512]``, its own identity; in a video who it is about this frame, so that a part of
            the strength does not flicker. None: nobody asks.
        source: ``[512]``, what a role with identities in reserve has given this track before.
    """
    if role is not None:
        one = choice.roles[role]
        source = one.given_to(own) if source is None else source
        given = source if own is None else steer(own, source, choice.strength)
        texture = one.texture
        if texture is not None and choice.strength < 1:
            texture = dataclasses.replace(texture, share=choice.strength)
        return PlannedFace(face, given, person=one.name, source=source, texture=texture)
    if likeness is None:
        return PlannedFace(face, None, NOT_CHOSEN)
    is_known = likeness.max() >= choice.threshold
    return PlannedFace(face, None, BETTER_MATCH if is_known else UNKNOWN)
