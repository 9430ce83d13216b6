"""Motion between two pictures of one face, by OpenCV's dense inverse search."""

import cv2
import numpy as np

# Grey levels between a pixel and where it came from, at which it is half believed.
_DOUBT = 8.0
# Crops below this side are looked at in full detail.
_SMALL = 128


class Motion:
    """The way from a picture back to the one before it.

    Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016.

    Args:
        now: ``[S, S, 3]`` uint8 RGB.
        before: the same, of the frame before.

    Attributes:
        trust: ``[S, S]`` float32 in [0, 1], how surely each pixel was seen before.
    """

    def __init__(self, now: np.ndarray, before: np.ndarray) -> None:
        search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        if now.shape[0] < _SMALL:
            search.setFinestScale(0)
        grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (now, before)]
        flow = search.calc(*grey, None)
        rows, columns = np.mgrid[: now.shape[0], : now.shape[1]].astype(np.float32)
        self._columns, self._rows = columns + flow[..., 0], rows + flow[..., 1]
        came = self.carry(before.astype(np.float32))
        left = cv2.GaussianBlur(np.abs(now - came).mean(axis=2), (0, 0), 1.0)
        self.trust = np.exp2(-((left / _DOUBT) ** 2)).astype(np.float32)

    def carry(self, values: np.ndarray) -> np.ndarray:
        """Carries ``[S, S, ...]`` float32 on from the picture before to the places of now."""
        return cv2.remap(
            values,
            self._columns,
            self._rows,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
