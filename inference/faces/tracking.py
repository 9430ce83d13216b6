"""Faces followed from frame to frame: who is who, where the detector missed them, and steadily."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from facedancer.retinaface.face import Face

from .identity import SAME, changes, unit
from .tracks import Track, distance, overlap

# A face that overlaps a track's last box so much, or whose landmarks lie so near to its last ones
# (in parts of the box's side), may be the same one.
_LEAST_OVERLAP = 0.3
_MOST_DISTANCE = 0.5
# Sides of its box by which a face that looks the same may have moved on in a second, and at most.
_SPEED = 2.0
_FARTHEST = 2.0
# One that looks otherwise may be a bad sight of the same person if it is where that person must be
# by now; after a longer step, in seconds, nobody knows where that is.
_MOST_JUMP = 0.2
_LONGEST_STEP_S = 0.15
# Seconds that a face may be missed and is still where it was, in between.
LONGEST_GAP_S = 0.4
# Frames that are waited for, to see whether a face comes back, and whether it stays the same.
LOOK_AHEAD = 10
# Sights in a row of another face in the place of one: fewer are bad sights.
_LASTING = 5


@dataclasses.dataclass(frozen=True, eq=False)
class TrackedFace:
    """A track in one frame.

    Attributes:
        track: which.
        face: smoothed; between two sights, where it must have been.
        is_bridged: whether the detector missed it.
        identity: ``[512]`` of length 1, who it is about this frame; None where nobody asks.
        lasts: whether it is more than a glimpse.
    """

    track: Track
    face: Face
    is_bridged: bool
    identity: np.ndarray | None
    lasts: bool


@dataclasses.dataclass(frozen=True, eq=False)
class _Waiting:
    """A frame that is not given out yet, its faces and the directions of their identities."""

    number: int
    time_s: float
    faces: Sequence[Face]
    directions: Sequence[np.ndarray | None]


class Tracker:
    """Follows faces; what becomes of a frame is known `LOOK_AHEAD` frames later.

    Where identities are known a track is one person's: a face that looks otherwise begins another
    one if it also stands elsewhere, and a track in which another face stays is split there.
    """

    def __init__(self) -> None:
        self._active: list[Track] = []
        self._count = 0
        # Frames that are not given out yet.
        self._waiting: list[_Waiting] = []
        # Tracks that some waiting frame may show.
        self._tracks: list[Track] = []

    def push(
        self,
        number: int,
        time_s: float,
        faces: Sequence[Face],
        embeddings: np.ndarray | None,
        is_cut: bool,
    ) -> list[list[TrackedFace]]:
        """Takes in a frame; returns the frames that are known now, in order.

        Args:
            number: the frame's, rising by one.
            time_s: the frame's.
            faces: as detected, best first.
            embeddings: ``[N, 512]``, theirs; or None.
            is_cut: whether a cut lies before this frame.
        """
        if is_cut:
            self._active = []
        # However slow the frames come, one follows the other.
        self._active = [
            track
            for track in self._active
            if number - track.last == 1
            or (
                time_s - track.times[track.last] <= LONGEST_GAP_S
                and number - track.last <= LOOK_AHEAD
            )
        ]
        directions = [None] * len(faces) if embeddings is None else [unit(e) for e in embeddings]
        for index, track in self._matched(faces, directions, time_s).items():
            if track is None:
                track = self._new()
                self._active.append(track)
            track.add(number, time_s, faces[index], directions[index])
        self._waiting.append(_Waiting(number, time_s, faces, directions))
        return [self._give_out()] if len(self._waiting) > LOOK_AHEAD else []

    def finish(self) -> list[list[TrackedFace]]:
        """The frames that are left."""
        return [self._give_out() for _ in range(len(self._waiting))]

    def _new(self) -> Track:
        track = Track(self._count)
        self._count += 1
        self._tracks.append(track)
        return track

    def _matched(
        self, faces: Sequence[Face], directions: Sequence[np.ndarray | None], time_s: float
    ) -> dict[int, Track | None]:
        """Each face's track, None for a new one; the likest and nearest first, none taken twice."""
        pairs = []
        for place, track in enumerate(self._active):
            recent = track.recent
            for index, face in enumerate(faces):
                found = _likeness(track, recent, face, directions[index], time_s)
                if found is not None:
                    pairs.append((found, index, place))
        matched: dict[int, Track | None] = dict.fromkeys(range(len(faces)))
        taken: set[int] = set()
        for _, index, place in sorted(pairs, key=lambda row: (-row[0], row[1], row[2])):
            if matched[index] is None and place not in taken:
                matched[index] = self._active[place]
                taken.add(place)
        return matched

    def _give_out(self) -> list[TrackedFace]:
        one = self._waiting.pop(0)
        number, time_s, faces = one.number, one.time_s, one.faces
        self._split(number)
        shown = []
        for track in self._tracks:
            face, is_bridged = track.shown(number, time_s)
            # Who hides a face is not that face.
            if face is None or (is_bridged and any(_in_place(face, one) for one in faces)):
                continue
            landmarks = track.filter(face.landmarks, time_s).astype(np.float32)
            box = face.box + np.tile(landmarks.mean(0) - face.landmarks.mean(0), 2)
            face = Face(box.astype(np.float32), landmarks, face.score)
            identity = track.identity(number)
            lasts = track.last > number or not self._waiting or self._comes_back(identity)
            shown.append(TrackedFace(track, face, is_bridged, identity, lasts))
        for track in self._tracks:
            track.forget(number)
        self._tracks = [
            track for track in self._tracks if track.last > number or track in self._active
        ]
        return shown

    def _comes_back(self, identity: np.ndarray | None) -> bool:
        """Tells whether somebody is seen again, be it in another track."""
        return identity is not None and any(
            float(identity @ direction) >= SAME
            for one in self._waiting
            for direction in one.directions
            if direction is not None
        )

    def _split(self, number: int) -> None:
        """Ends the tracks in which another face takes the place from this frame on."""
        for place, track in enumerate(self._tracks):
            ahead = sorted(frame for frame in track.directions if frame >= number)
            if changes(track.habit, [track.directions[frame] for frame in ahead], _LASTING):
                new = self._tracks[place] = track.split(ahead[0], self._count)
                self._count += 1
                self._active = [new if one is track else one for one in self._active]
                track = new
            if number in track.directions and track.habit.agrees(track.directions[number]):
                track.habit.add(track.directions[number])


def _likeness(
    track: Track,
    recent: np.ndarray | None,
    face: Face,
    direction: np.ndarray | None,
    time_s: float,
) -> float | None:
    """Rates how well a face goes on with a track; None if it cannot."""
    last = track.seen[track.last]
    common, apart = overlap(face.box, last.box), distance(face.landmarks, last.landmarks, last.box)
    step = time_s - track.times[track.last]
    is_near = common >= _LEAST_OVERLAP or apart <= _MOST_DISTANCE
    if recent is None or direction is None:
        return common - apart if is_near else None
    likeness = float(recent @ direction)
    if likeness >= SAME * track.habit.steadiness:
        reach = min(_MOST_DISTANCE + _SPEED * step, _FARTHEST)
        # Before every face that looks otherwise.
        return 10 + likeness + common - apart if is_near or apart <= reach else None
    jump = distance(face.landmarks, track.expected(time_s), last.box)
    is_there = is_near and step <= _LONGEST_STEP_S and min(jump, apart) <= _MOST_JUMP
    return likeness + common - apart if is_there else None


def _in_place(face: Face, other: Face) -> bool:
    near = distance(face.landmarks, other.landmarks, face.box) <= _MOST_DISTANCE
    return near or overlap(face.box, other.box) >= _LEAST_OVERLAP
