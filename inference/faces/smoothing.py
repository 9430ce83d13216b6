"""The one-euro filter: steady where a face rests, quick where it moves.

Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems", CHI 2012. Lengths are in distances between the eyes and times in seconds, so
neither the picture's size nor the frame rate changes what it does.
"""

import numpy as np

# Hz, of a face at rest: what is slower passes.
_LEAST_CUTOFF = 1.0
# By how many Hz the cutoff rises with each eye distance a second that a point moves.
_SPEED_WEIGHT = 4.0
# Hz, of the speed itself.
_SPEED_CUTOFF = 1.0


class OneEuroFilter:
    """Smooths one face's landmarks, frame by frame."""

    def __init__(self) -> None:
        self._time: float | None = None
        self._points = np.zeros((0, 2))
        self._velocity = np.zeros((0, 2))

    def __call__(self, points: np.ndarray, time_s: float) -> np.ndarray:
        """The next frame's points, smoothed.

        Args:
            points: ``[K, 2]`` in pixels, the first two the eyes.
            time_s: the frame's; later than the one before.
        """
        points = np.asarray(points, np.float64)
        if self._time is None or time_s <= self._time:
            self._time, self._points = time_s, points
            self._velocity = np.zeros_like(points)
            return points
        step = time_s - self._time
        unit = max(float(np.linalg.norm(points[0] - points[1])), 1.0)
        velocity = (points - self._points) / step
        share = _share(_SPEED_CUTOFF, step)
        self._velocity = share * velocity + (1 - share) * self._velocity
        speed = np.linalg.norm(self._velocity, axis=1, keepdims=True) / unit
        share = _share(_LEAST_CUTOFF + _SPEED_WEIGHT * speed, step)
        self._points = share * points + (1 - share) * self._points
        self._time = time_s
        return self._points


def _share(cutoff: np.ndarray | float, step: float) -> np.ndarray | float:
    """The share of a new value that a first-order low-pass takes."""
    ratio = 2 * np.pi * cutoff * step
    return ratio / (ratio + 1)
