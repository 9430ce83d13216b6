"""Hard cuts: after one, nobody is where they were."""

from collections import deque

import cv2
import numpy as np

_SIDE = 8
# Of grey levels, mean over the thumbnail; below it nothing is a cut.
_LEAST = 20.0
# Above so many times what neighbouring frames have differed by lately.
_TIMES = 4.0
_REMEMBERED = 12


def cut_signature(image: np.ndarray) -> np.ndarray:
    """A thumbnail: ``[192]`` float32, 0..255, of a ``[H, W, 3]`` uint8 picture."""
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).ravel()


class CutDetector:
    """Tells cuts from motion: a jump that is large, and large for this video."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._jumps: deque[float] = deque(maxlen=_REMEMBERED)

    def is_cut(self, signature: np.ndarray) -> bool:
        """Whether a cut lies between the frame before and this one."""
        last, self._last = self._last, signature
        if last is None or last.shape != signature.shape:
            return False
        jump = float(np.abs(signature - last).mean())
        usual = float(np.median(self._jumps)) if self._jumps else 0.0
        if jump > _LEAST and jump > _TIMES * usual:
            self._jumps.clear()
            return True
        self._jumps.append(jump)
        return False
