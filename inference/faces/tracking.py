"""Faces followed from frame to frame: who is who, where the detector missed them, and steadily."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from facedancer.retinaface.detector import Face

from .smoothing import OneEuroFilter

# A face that overlaps a track's last box so much, or whose landmarks lie so near to its last ones
# (in parts of the box's side), is the same one.
_LEAST_OVERLAP = 0.3
_MOST_DISTANCE = 0.5
# Seconds that a face may be missed and is still where it was, in between.
LONGEST_GAP_S = 0.4
# Frames that are waited for, to see whether a face comes back.
LOOK_AHEAD = 10


@dataclasses.dataclass(eq=False)
class Track:
    """One person's face over time.

    Attributes:
        number: from 0, in the order of first sight.
        seen: frame -> the face that was detected there; those that are still needed.
        times: frame -> seconds, of the same.
        embedding: ``[512]``, sum of unit identities so far; zeros where nobody asks.
        last: the last frame of ``seen``.
    """

    number: int
    seen: dict[int, Face]
    times: dict[int, float]
    embedding: np.ndarray
    last: int
    filter: OneEuroFilter = dataclasses.field(default_factory=OneEuroFilter)


@dataclasses.dataclass(frozen=True, eq=False)
class TrackedFace:
    """A track in one frame.

    Attributes:
        track: which.
        face: smoothed; between two sights, where it must have been.
        is_bridged: whether the detector missed it.
    """

    track: Track
    face: Face
    is_bridged: bool


class Tracker:
    """Follows faces; what becomes of a frame is known `LOOK_AHEAD` frames later."""

    def __init__(self) -> None:
        self._active: list[Track] = []
        self._count = 0
        # Frames that are not given out yet: number, time.
        self._waiting: list[tuple[int, float]] = []
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
        self._active = [
            track
            for track in self._active
            if time_s - track.times[track.last] <= LONGEST_GAP_S
            and number - track.last <= LOOK_AHEAD
        ]
        for index, track in self._matched(faces).items():
            if track is None:
                track = Track(self._count, {}, {}, np.zeros(1), number)
                self._count += 1
                self._active.append(track)
                self._tracks.append(track)
            track.seen[number], track.times[number] = faces[index], time_s
            track.last = number
            if embeddings is not None:
                one = embeddings[index].astype(np.float64)
                track.embedding = track.embedding + one / max(np.linalg.norm(one), 1e-9)
        self._waiting.append((number, time_s))
        return [self._give_out()] if len(self._waiting) > LOOK_AHEAD else []

    def finish(self) -> list[list[TrackedFace]]:
        """The frames that are left."""
        return [self._give_out() for _ in range(len(self._waiting))]

    def _matched(self, faces: Sequence[Face]) -> dict[int, Track | None]:
        """Each face's track, None for a new one; nearest first, none taken twice."""
        likeness = []
        for index, face in enumerate(faces):
            for place, track in enumerate(self._active):
                last = track.seen[track.last]
                overlap = _overlap(face.box, last.box)
                side = max(float(np.sqrt(_area(last.box))), 1.0)
                distance = np.linalg.norm(face.landmarks - last.landmarks, axis=1).mean() / side
                if overlap >= _LEAST_OVERLAP or distance <= _MOST_DISTANCE:
                    likeness.append((overlap - distance, index, place))
        matched: dict[int, Track | None] = dict.fromkeys(range(len(faces)))
        taken: set[int] = set()
        for _, index, place in sorted(likeness, key=lambda row: (-row[0], row[1], row[2])):
            if matched[index] is None and place not in taken:
                matched[index] = self._active[place]
                taken.add(place)
        return matched

    def _give_out(self) -> list[TrackedFace]:
        number, time_s = self._waiting.pop(0)
        shown = []
        for track in self._tracks:
            face, is_bridged = _face_at(track, number, time_s)
            if face is None:
                continue
            landmarks = track.filter(face.landmarks, time_s).astype(np.float32)
            box = face.box + np.tile(landmarks.mean(0) - face.landmarks.mean(0), 2)
            face = Face(box.astype(np.float32), landmarks, face.score)
            shown.append(TrackedFace(track, face, is_bridged))
        for track in self._tracks:
            _forget(track, number)
        self._tracks = [track for track in self._tracks if track.last > number]
        self._tracks += [
            track for track in self._active if track.last <= number and track not in self._tracks
        ]
        return shown


def _face_at(track: Track, number: int, time_s: float) -> tuple[Face | None, bool]:
    """What a track shows in a frame, raw, and whether it was bridged."""
    if number in track.seen:
        return track.seen[number], False
    before = [frame for frame in track.seen if frame < number]
    after = [frame for frame in track.seen if frame > number]
    if not before or not after:
        return None, False
    first, last = max(before), min(after)
    part = (time_s - track.times[first]) / (track.times[last] - track.times[first])
    a, b = track.seen[first], track.seen[last]

    def between(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ((1 - part) * x + part * y).astype(np.float32)

    return (
        Face(between(a.box, b.box), between(a.landmarks, b.landmarks), min(a.score, b.score)),
        True,
    )


def _forget(track: Track, number: int) -> None:
    """Drops sights that no later frame needs."""
    kept = max((frame for frame in track.seen if frame <= number), default=number)
    for frame in [frame for frame in track.seen if frame < kept]:
        del track.seen[frame], track.times[frame]


def _area(box: np.ndarray) -> float:
    return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    common = float(np.prod(np.maximum(high - low, 0)))
    return common / max(_area(a) + _area(b) - common, 1e-9)
