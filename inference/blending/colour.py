"""Makes the new face's colours the old one's."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from .even_skin import limit_skin

_SURE = 0.5


def match_colours(changed: np.ndarray, crop: np.ndarray, mask: np.ndarray, how: str) -> np.ndarray:
    """The changed crop in the colours of the original, as they are within the mask.

    Args:
        changed: ``[S, S, 3]`` uint8 RGB.
        crop: the same, before the swap.
        mask: ``[S, S]`` float; colours are compared where it is above a half.
        how: one of `COLOURS`.

    Returns:
        ``[S, S, 3]`` uint8 RGB.
    """
    where = mask > _SURE
    transfer, finish = COLOURS[how].transfer, COLOURS[how].finish
    if transfer is None or not where.any():
        return changed
    new = _to_lab(changed)
    inside, wanted = new[where], _to_lab(crop[where][None])[0]
    for channel in range(3):
        new[..., channel] = transfer(new[..., channel], inside[:, channel], wanted[:, channel])
    return _from_lab(finish(new, _to_lab(crop)) if finish else new)


def _mean_and_deviation(values: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    # Reinhard et al., "Color Transfer between Images", 2001.
    return (values - new.mean()) * (old.std() / max(new.std(), 1e-3)) + old.mean()


def _histogram(values: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    shares = np.linspace(0, 100, 65)
    # Equal percentiles would leave no way between them.
    rising = np.percentile(new, shares) + 1e-4 * np.arange(len(shares))
    return np.interp(values, rising, np.percentile(old, shares))


def _to_lab(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def _from_lab(lab: np.ndarray) -> np.ndarray:
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_Lab2RGB)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


@dataclasses.dataclass(frozen=True)
class ColourMatch:
    """A way of matching colours that can be chosen.

    Attributes:
        words: what it does, for ``--help``.
        transfer: a channel of CIE Lab ``[S, S]``, its values within the mask, ``[N]``, and the old
            face's there -> the channel to take. None: colours stay.
        finish: what is done then, with all channels: the new face and the old one, in CIE Lab
            ``[S, S, 3]`` -> what is taken. None: nothing.
    """

    words: str
    transfer: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] | None = None
    finish: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


# The first is the default.
COLOURS: dict[str, ColourMatch] = {
    "lab": ColourMatch("mean and deviation of each CIE Lab channel", _mean_and_deviation),
    "off": ColourMatch("unchanged"),
    "histogram": ColourMatch("full distribution of each CIE Lab channel", _histogram),
    "even": ColourMatch("lab, without patches on the skin", _mean_and_deviation, limit_skin),
}
DEFAULT_COLOUR = next(iter(COLOURS))
