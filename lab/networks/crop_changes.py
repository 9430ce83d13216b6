"""Colours and damages of crops, as cameras and files make them."""

import cv2
import numpy as np


def coloured(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changes brightness, white balance, contrast and saturation; ``[S, S, 3]``, 0..255."""
    light = np.clip(crop / 255, 0, 1) ** rng.uniform(0.6, 1.6)
    light *= rng.uniform(0.8, 1.2, 3).astype(np.float32)
    middle = light.mean()
    light = (light - middle) * rng.uniform(0.6, 1.4) + middle
    grey = light.mean(axis=-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.1 else rng.uniform(0.4, 1.5)
    return np.clip(255 * (grey + saturation * (light - grey)), 0, 255).astype(np.float32)


def damaged(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurs, shrinks, compresses or makes noisy; ``[S, S, 3]`` RGB in 0..255."""
    kind, side = rng.integers(4), len(crop)
    if kind == 0:
        return cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.8))
    if kind == 1:
        smaller = int(rng.integers(side // 3, side))
        small = cv2.resize(crop, (smaller, smaller), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    if kind == 2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))]
        whole = np.clip(crop, 0, 255).astype(np.uint8)
        return cv2.imdecode(cv2.imencode(".jpg", whole, quality)[1], 1).astype(np.float32)
    noise = rng.standard_normal(crop.shape, np.float32)
    return np.clip(crop + rng.uniform(2, 12) * noise, 0, 255)
