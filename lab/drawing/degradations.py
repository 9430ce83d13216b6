"""The losses by camera and file: exposure, white balance, blur, noise, JPEG."""

import cv2
import numpy as np

_GREY = 0.27  # the radiance that needs no exposure.
_VIVID = 1.18  # cameras strengthen colours, which the shoulder then pales.


def expose(radiance: np.ndarray, rng: np.random.Generator, level: float) -> np.ndarray:
    """``[S, S, 3]`` linear radiance to display RGB in 0..1, float32.

    Args:
        radiance: of the scene.
        level: the face's mean radiance, which the exposure meter sees.
    """
    # A meter halves the differences between dark and fair, it does not remove them.
    gain = (_GREY / max(level, 1e-3)) ** 0.62 * np.exp(rng.normal(0.0, 0.22))
    balance = np.exp(np.array([1.0, 0.0, -1.0]) * rng.normal(0, 0.07) + rng.normal(0, 0.02, 3))
    lit = radiance * (gain * balance).astype(np.float32)
    grey = lit.mean(axis=2, keepdims=True)
    lit = np.maximum(grey + (lit - grey) * np.float32(_VIVID), 0)
    # A film's shoulder: whites run out softly.
    lit = lit * (1 + lit / 5) / (1 + lit * 0.45)
    lit = np.clip(lit, 0, 1)
    curve = 1.055 * np.maximum(lit, 1e-6) ** (1 / 2.4) - 0.055  # sRGB's
    shown = np.where(lit <= 0.0031308, 12.92 * lit, curve)
    return shown.astype(np.float32)


def degrade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``[S, S, 3]`` display RGB in 0..1 to uint8: out of focus, shaken, noisy, compressed."""
    side = picture.shape[0]
    unit = side / 128
    blur = rng.gamma(1.2, 0.35) * unit
    if blur > 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), min(blur, 1.6 * unit))
    if rng.random() < 0.08:
        length = max(3, int(rng.uniform(2, 5) * unit) | 1)
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turned = cv2.getRotationMatrix2D((length // 2, length // 2), rng.uniform(0, 180), 1)
        kernel = cv2.warpAffine(kernel, turned, (length, length))
        kernel /= max(kernel.sum(), 1e-6)
        picture = cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    if rng.random() < 0.35:
        saturation = rng.uniform(0.75, 1.2)
        grey = picture.mean(axis=2, keepdims=True)
        picture = grey + (picture - grey) * np.float32(saturation)
    noise = rng.gamma(1.3, 0.008)
    coloured = rng.standard_normal(picture.shape, np.float32)
    picture = picture + coloured * np.float32(noise) * (0.6 + 0.8 * picture)
    picture = as_bytes(picture)
    if rng.random() < 0.5:
        quality = int(rng.integers(55, 95))
        _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(picture)


def as_bytes(picture: np.ndarray) -> np.ndarray:
    """``[S, S, 3]`` display RGB in 0..1 to uint8, undamaged."""
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
