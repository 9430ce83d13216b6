"""Hard cuts: after one, nobody is where they were."""

from collections import deque

import cv2
import numpy as np

_SIDE = 8
# Of grey levels, mean over the thumbnail. Above it a jump is a cut if it is no change of light.
_PLAIN = 20.0
# Above it one is a cut if the two thumbnails are not even alike: a cut between two people who
# stand before the same wall. What moves in real clips makes jumps of up to 5, and likenesses above
# 0.9; their cuts make jumps of 38 and more, and likenesses below 0.4.
_QUIET, _LIKE = 7.0, 0.75
# Above so many times what neighbouring frames have mostly differed by lately.
_TIMES, _MOSTLY = 3.0, 80
_REMEMBERED = 12
# Of a change of light, such as a photographer's flash, a gain and an offset leave so little.
_LEFT_OF_LIGHT = 0.25


def cut_signature(image: np.ndarray) -> np.ndarray:
    """A thumbnail: ``[192]`` float32, 0..255, of a ``[H, W, 3]`` uint8 picture."""
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).ravel()


class CutDetector:
    """Tells cuts from motion and from light: a jump that is large, and large for this video."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._jumps: deque[float] = deque(maxlen=_REMEMBERED)

    def is_cut(self, signature: np.ndarray) -> bool:
        """Tells whether a cut lies between the frame before and this one."""
        last, self._last = self._last, signature
        if last is None or last.shape != signature.shape:
            return False
        jump = float(np.abs(signature - last).mean())
        likeness, left = _compare(last, signature)
        is_light = likeness > 0 and left < _LEFT_OF_LIGHT * jump
        if jump > _PLAIN and is_light:
            return False
        usual = float(np.percentile(self._jumps, _MOSTLY)) if self._jumps else 0.0
        is_plain = jump > _PLAIN or (jump > _QUIET and likeness < _LIKE)
        if is_plain and jump > _TIMES * usual:
            self._jumps.clear()
            return True
        self._jumps.append(jump)
        return False


def _compare(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Compares two thumbnails but for light: likeness, -1..1, and the grey levels that are left.

    A thumbnail of one colour is like nothing.
    """
    before, after = before - before.mean(), after - after.mean()
    lengths = np.linalg.norm(before) * np.linalg.norm(after)
    if lengths < 1e-3:
        return 0.0, float(np.abs(after).mean())
    common = float(before @ after)
    gain = common / float(before @ before)
    return common / float(lengths), float(np.abs(after - gain * before).mean())
