"""Light: a face in the colours and the coarse light of another one."""

import cv2
import numpy as np

# How much more or less contrast a face may get.
_LEAST_CONTRAST, _MOST_CONTRAST = 0.8, 1.25
# Of the crop's side: what is coarser is light, what is finer is the face.
_COARSE = 0.4


def relight(face: np.ndarray, like: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Lights a face as another one is lit.

    In CIE Lab: mean and lightness' deviation first (Reinhard et al., "Color Transfer between
    Images", 2001), then what is left of a difference that is coarse.

    Args:
        face: ``[S, S, 3]`` uint8 RGB.
        like: the same; its face lies in the same place.
        weight: ``[S, S]`` float32 in 0..1, where both are compared.

    Returns:
        ``[S, S, 3]`` float32 RGB in 0..255.
    """
    total = float(weight.sum())
    if total <= 0:
        return face.astype(np.float32)
    new, old, part = _to_lab(face), _to_lab(like), weight[..., None]
    mean_new, mean_old = ((part * x).sum((0, 1)) / total for x in (new, old))
    spread_new, spread_old = (
        np.sqrt((part * (x - mean) ** 2).sum((0, 1)) / total)
        for x, mean in ((new, mean_new), (old, mean_old))
    )
    contrast = np.clip(spread_old / np.maximum(spread_new, 1e-3), _LEAST_CONTRAST, _MOST_CONTRAST)
    contrast[1:] = 1
    new = (new - mean_new) * contrast + mean_old
    deviation = _COARSE * face.shape[0]
    near = np.maximum(_blurred(weight, deviation), 1e-3)[..., None]
    new += _blurred(part * (old - new), deviation) / near
    rgb = cv2.cvtColor(new.astype(np.float32), cv2.COLOR_Lab2RGB)
    return 255 * np.clip(rgb, 0, 1)


def recolour(
    face: np.ndarray, picture: np.ndarray, like: np.ndarray, where: np.ndarray
) -> np.ndarray:
    """Gives eyes or teeth their own colours again, tinted as the target's are in the mean.

    `relight` tints a whole face by its skin: red skin made pale leaves irises blue and teeth green.

    Args:
        face: ``[S, S, 3]`` float32 RGB in 0..255, as `relight` gave it; of it is the lightness.
        picture: the same before, uint8; of it are the colours.
        like: the target, in the same place; of it is their mean.
        where: ``[S, S]`` float32 in 0..1, the eyes or the teeth.

    Returns:
        ``[S, S, 3]`` float32 RGB in 0..255.
    """
    total = float(where.sum())
    if total <= 0:
        return face
    lit, own, old = (_to_lab(image)[..., 1:] for image in (face, picture, like))
    mean_own, mean_old = ((where[..., None] * x).sum((0, 1)) / total for x in (own, old))
    new = _to_lab(face)
    new[..., 1:] = lit + where[..., None] * (own - mean_own + mean_old - lit)
    rgb = cv2.cvtColor(new.astype(np.float32), cv2.COLOR_Lab2RGB)
    return 255 * np.clip(rgb, 0, 1)


def _to_lab(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def _blurred(values: np.ndarray, deviation: float) -> np.ndarray:
    """Blurs at an eighth of the size or so: of coarse things nobody sees the difference."""
    factor = max(int(deviation // 4), 1)
    height, width = values.shape[:2]
    size = -(-width // factor), -(-height // factor)
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), deviation / factor)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
