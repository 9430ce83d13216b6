"""Swaps that change nothing: each metric's floor or ceiling, and what a wrong swap gets."""

from collections.abc import Callable

import numpy as np

from .resizing import resize

# A blurred target's standard deviation is the side over this: nobody can be known.
_BLUR = 12
# Standard deviation of the noise over a target, in grey levels.
_NOISE = 16.0


def _target(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return targets


def _source(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return resize(sources, targets.shape[1])


def _blur(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    import cv2  # not at the top: `--help` lists these names

    deviation = targets.shape[1] / _BLUR
    return np.stack([cv2.GaussianBlur(target, (0, 0), deviation) for target in targets])


def _noise(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    noise = [
        np.random.default_rng(int(number)).normal(0, _NOISE, target.shape)
        for target, number in zip(targets, numbers, strict=True)
    ]
    return np.clip(np.rint(targets + np.stack(noise)), 0, 255).astype(np.uint8)


def _grey(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.full_like(targets, 128)


# Name -> see `swaps.swappers.PairSwapper.swap`.
TRIVIAL: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "target": _target,
    "source": _source,
    "blur": _blur,
    "noise": _noise,
    "grey": _grey,
}
