"""One face over time: where it was seen, how like itself it is, and where it must have been."""

import dataclasses

import numpy as np

from facedancer.retinaface.face import Face

from .identity import Habit, majority
from .smoothing import OneEuroFilter

# Sights before and after a frame that say who is seen in it.
_AROUND = 5


@dataclasses.dataclass(eq=False)
class Track:
    """One person's face over time.

    Attributes:
        number: from 0, in the order of first sight.
        seen: frame -> the face that was detected there; those that are still needed.
        times: frame -> seconds, of the same.
        directions: frame -> ``[512]``, the direction of its identity there; empty where nobody
            asks.
        habit: of the frames that are given out.
    """

    number: int
    seen: dict[int, Face] = dataclasses.field(default_factory=dict)
    times: dict[int, float] = dataclasses.field(default_factory=dict)
    directions: dict[int, np.ndarray] = dataclasses.field(default_factory=dict)
    habit: Habit = dataclasses.field(default_factory=Habit)
    filter: OneEuroFilter = dataclasses.field(default_factory=OneEuroFilter)

    @property
    def last(self) -> int:
        """The last frame in which it was seen."""
        return max(self.seen)

    @property
    def recent(self) -> np.ndarray | None:
        """``[512]``, who it was lately."""
        directions = [self.directions[frame] for frame in sorted(self.directions)]
        return majority(directions[-2 * _AROUND :]) if directions else None

    def add(self, number: int, time_s: float, face: Face, direction: np.ndarray | None) -> None:
        """Takes in a sight."""
        self.seen[number], self.times[number] = face, time_s
        if direction is not None:
            self.directions[number] = direction

    def identity(self, number: int) -> np.ndarray | None:
        """``[512]``, who it is about a frame, by what most sights around it say."""
        frames = sorted(self.directions)
        before = [frame for frame in frames if frame < number][-_AROUND:]
        after = [frame for frame in frames if frame >= number][: _AROUND + 1]
        around = [self.directions[frame] for frame in before + after]
        return majority(around) if around else None

    def expected(self, time_s: float) -> np.ndarray:
        """``[5, 2]``: its landmarks at a time after its last sight if it moves on as before."""
        *_, last = frames = sorted(self.seen)[-2:]
        points = self.seen[last].landmarks
        if len(frames) < 2:
            return points
        before = self.seen[frames[0]].landmarks.mean(0)
        step = self.times[last] - self.times[frames[0]]
        share = (time_s - self.times[last]) / step if step > 0 else 0.0
        return points + share * (points.mean(0) - before)

    def split(self, number: int, new_number: int) -> "Track":
        """Gives all sights from a frame on to a new track."""
        new = Track(new_number)
        for name in ("seen", "times", "directions"):
            ours, theirs = getattr(self, name), getattr(new, name)
            for frame in [frame for frame in ours if frame >= number]:
                theirs[frame] = ours.pop(frame)
        return new

    def shown(self, number: int, time_s: float) -> tuple[Face | None, bool]:
        """Its face in a frame, as detected, and whether it had to be placed between two sights."""
        if number in self.seen:
            return self.seen[number], False
        before = [frame for frame in self.seen if frame < number]
        after = [frame for frame in self.seen if frame > number]
        if not before or not after:
            return None, False
        first, last = max(before), min(after)
        part = (time_s - self.times[first]) / (self.times[last] - self.times[first])
        a, b = self.seen[first], self.seen[last]

        def between(x: np.ndarray, y: np.ndarray) -> np.ndarray:
            return ((1 - part) * x + part * y).astype(np.float32)

        box, landmarks = between(a.box, b.box), between(a.landmarks, b.landmarks)
        return Face(box, landmarks, min(a.score, b.score)), True

    def forget(self, number: int) -> None:
        """Drops sights that no frame after this one needs."""
        kept = sorted(frame for frame in self.seen if frame <= number)[-2:]
        for frame in [frame for frame in self.seen if kept and frame < kept[0]]:
            del self.seen[frame], self.times[frame]
        past = sorted(frame for frame in self.directions if frame <= number)
        for frame in past[:-_AROUND]:
            del self.directions[frame]


def area(box: np.ndarray) -> float:
    """The area of a box, in square pixels."""
    return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """The intersection over union of two boxes."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    common = float(np.prod(np.maximum(high - low, 0)))
    return common / max(area(a) + area(b) - common, 1e-9)


def distance(landmarks: np.ndarray, others: np.ndarray, box: np.ndarray) -> float:
    """Mean distance of landmarks, in parts of a box's side."""
    side = max(float(np.sqrt(area(box))), 1.0)
    return float(np.linalg.norm(landmarks - others, axis=1).mean()) / side
