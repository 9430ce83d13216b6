"""Resizing for measurement, by the rule of clean-fid.

Parmar, Zhang and Zhu, "On Aliased Resizing and Surprising Subtleties in GAN Evaluation", CVPR 2022:
what libraries call bilinear or bicubic skips pixels when it shrinks, and the aliasing moves FID by
more than methods differ. Pillow's filters widen with the scale, and on float channels nothing is
rounded in between.
"""

import numpy as np
from PIL import Image


def resize(images: np.ndarray, side: int) -> np.ndarray:
    """``[B, S, S, 3]`` uint8 -> ``[B, side, side, 3]`` uint8, bicubic and antialiased."""
    if images.shape[1:3] == (side, side):
        return images
    return np.clip(np.rint(resize_exactly(images, side)), 0, 255).astype(np.uint8)


def resize_exactly(images: np.ndarray, side: int) -> np.ndarray:
    """``[B, S, S, 3]`` uint8 -> ``[B, side, side, 3]`` float32 in about 0..255, not rounded.

    Bicubic by Pillow on each channel as float32, which is clean-fid's rule; it overshoots a little.
    """
    if images.shape[1:3] == (side, side):
        return images.astype(np.float32)
    out = np.empty((len(images), side, side, images.shape[3]), np.float32)
    for number, image in enumerate(images):
        for channel in range(images.shape[3]):
            plane = Image.fromarray(image[..., channel].astype(np.float32))
            out[number, ..., channel] = plane.resize((side, side), Image.Resampling.BICUBIC)
    return out
