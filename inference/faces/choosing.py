"""Which faces are swapped, and whose identity each gets."""

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np

from facedancer.retinaface.detector import Face

from ..jobs.frames import Observation, PlannedFace
from . import reasons
from .cuts import CutDetector
from .tracking import Track, TrackedFace, Tracker

ALL, LARGEST, NTH = "all", "largest", "nth"
WHICH = (ALL, LARGEST, NTH)
# A track that was recognised stays so until its likeness is so far below the threshold.
_SLACK = 0.1
# A track that was large and sure enough stays so down to such a part of the limits: a face about
# them would flicker.
_PART = 0.8


@dataclasses.dataclass(frozen=True, eq=False)
class Role:
    """An identity, and who gets it.

    Attributes:
        identity: ``[512]``, what a face gets.
        reference: ``[512]``, the identity of whoever is to get it; None: anybody.
        name: for reports.
    """

    identity: np.ndarray
    reference: np.ndarray | None = None
    name: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """Which faces are swapped.

    Attributes:
        roles: one without a reference; or several with one each.
        which: of the faces of a picture, without references: all, the largest, or the nth.
        nth: from the left, from 0; for ``which="nth"``.
        threshold: the least cosine between a face and a reference for them to be one person.
        min_score: of the detector; a face below it is left alone.
        min_size: of the box's shorter side in pixels; a face below it is left alone.
    """

    roles: Sequence[Role]
    which: str = ALL
    nth: int = 0
    threshold: float = 0.3
    min_score: float = 0.0
    min_size: float = 0.0

    def __post_init__(self) -> None:
        if self.which not in WHICH:
            raise ValueError(f"which={self.which!r}: one of {', '.join(WHICH)}")
        with_reference = [role for role in self.roles if role.reference is not None]
        if not self.roles or (with_reference and len(with_reference) != len(self.roles)):
            raise ValueError("every role has a reference, or there is one role without")
        if not with_reference and len(self.roles) > 1:
            raise ValueError("several roles need references to tell who gets which")

    @property
    def needs_embeddings(self) -> bool:
        """Whether faces' own identities are asked for."""
        return self.roles[0].reference is not None

    def fingerprint(self) -> str:
        """Equal for equal choices."""
        total = hashlib.sha256()
        for role in self.roles:
            for vector in (role.identity, role.reference):
                total.update(b"none" if vector is None else np.float32(vector).tobytes())
        rest = (self.which, self.nth, self.threshold, self.min_score, self.min_size)
        total.update(repr(rest).encode())
        return total.hexdigest()

    def picture_planner(self) -> "PicturePlanner":
        """For pictures that have nothing to do with each other."""
        return PicturePlanner(self)

    def video_planner(self) -> "VideoPlanner":
        """For the frames of a video."""
        return VideoPlanner(self)

    def refused(self, face: Face, part: float = 1.0) -> str:
        """Why a face comes into no question by such a part of the limits; empty where it does."""
        if face.score < part * self.min_score:
            return reasons.LOW_SCORE
        if min(face.box[2] - face.box[0], face.box[3] - face.box[1]) < part * self.min_size:
            return reasons.TOO_SMALL
        return ""

    def pick(self, faces: Sequence[Face]) -> set[int]:
        """Places of the faces that are swapped, where there are no references."""
        if self.which == ALL:
            return set(range(len(faces)))
        order = sorted(range(len(faces)), key=lambda place: _order(faces[place], self.which))
        place = 0 if self.which == LARGEST else self.nth
        return set(order[place : place + 1])

    def recognise(self, likeness: np.ndarray) -> list[int | None]:
        """Of faces, the role that each looks like; a role goes to one face alone.

        Args:
            likeness: ``[N, R]`` cosines; below `threshold` it is nobody.
        """
        roles: list[int | None] = [None] * len(likeness)
        taken: set[int] = set()
        for flat in np.argsort(-likeness, axis=None, kind="stable"):
            place, role = divmod(int(flat), likeness.shape[1])
            if likeness[place, role] < self.threshold:
                break
            if roles[place] is None and role not in taken:
                roles[place] = role
                taken.add(role)
        return roles

    def likeness(self, directions: Sequence[np.ndarray]) -> np.ndarray:
        """``[N, R]`` cosines between unit identities and the references."""
        references = np.stack([_unit(role.reference) for role in self.roles])
        return np.reshape(directions, (len(directions), -1)) @ references.T


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
        if choice.needs_embeddings and allowed:
            units = [_unit(observation.embeddings[place]) for place in allowed]
            likeness = choice.likeness(units)
            roles = choice.recognise(likeness)
        else:
            picked = choice.pick([faces[place] for place in allowed])
            likeness = None
            roles = [0 if number in picked else None for number in range(len(allowed))]
        for number, place in enumerate(allowed):
            row = None if likeness is None else likeness[number]
            plans[place] = _planned(choice, faces[place], roles[number], row)
        return [tuple(plans)]

    def finish(self) -> list[tuple[PlannedFace, ...]]:
        """None are left."""
        return []


class VideoPlanner:
    """Decides about tracks: whoever is chosen stays so while the track lasts."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._cuts = CutDetector()
        self._tracker = Tracker()
        self._chosen: Track | None = None
        self._roles: dict[int, int] = {}
        self._admitted: set[int] = set()

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
        if choice.needs_embeddings and allowed:
            likeness = self._sticky(choice.likeness([t.track.direction for t in allowed]), allowed)
            roles = choice.recognise(likeness)
            self._roles = {
                one.track.number: role
                for one, role in zip(allowed, roles, strict=True)
                if role is not None
            }
        else:
            likeness, roles = None, self._picked(allowed)
        plans, number = [], 0
        for one, reason in zip(frame, why, strict=True):
            if reason:
                plan = PlannedFace(one.face, None, reason)
            else:
                row = None if likeness is None else likeness[number]
                plan = _planned(choice, one.face, roles[number], row)
                number += 1
            plans.append(dataclasses.replace(plan, track=one.track.number))
        return tuple(plans)

    def _sticky(self, likeness: np.ndarray, allowed: list[TrackedFace]) -> np.ndarray:
        for row, one in zip(likeness, allowed, strict=True):
            role = self._roles.get(one.track.number)
            if role is not None:
                row[role] += _SLACK
        return likeness

    def _picked(self, allowed: list[TrackedFace]) -> list[int | None]:
        choice = self._choice
        if choice.which == ALL:
            return [0] * len(allowed)
        if self._chosen not in [one.track for one in allowed]:
            picked = choice.pick([one.face for one in allowed])
            self._chosen = allowed[picked.pop()].track if picked else None
        return [0 if one.track is self._chosen else None for one in allowed]


def mean_identity(embeddings: np.ndarray) -> np.ndarray:
    """One identity of several photographs of a person.

    The mean of the unit identities, made as long as they are in the mean.

    Args:
        embeddings: ``[N, 512]``.

    Returns:
        ``[512]`` float32.
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    direction = _unit((embeddings / lengths).mean(0))
    return (direction * lengths.mean()).astype(np.float32)


def _planned(
    choice: Choice, face: Face, role: int | None, likeness: np.ndarray | None
) -> PlannedFace:
    if role is not None:
        return PlannedFace(face, choice.roles[role].identity, person=choice.roles[role].name)
    if likeness is None:
        return PlannedFace(face, None, reasons.NOT_CHOSEN)
    is_known = likeness.max() >= choice.threshold
    return PlannedFace(face, None, reasons.BETTER_MATCH if is_known else reasons.UNKNOWN)


def _order(face: Face, which: str) -> float:
    if which == LARGEST:
        return -float((face.box[2] - face.box[0]) * (face.box[3] - face.box[1]))
    return float(face.box[0] + face.box[2])


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector, np.float64) / max(float(np.linalg.norm(vector)), 1e-9)
