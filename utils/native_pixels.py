"""Pixels as a file stores them, grey, palettes, 16 bits, inks, transparent -> RGB of 8 bits."""

import numpy as np
from PIL import Image, ImageChops

from .colour_profiles import conversion, converted

BITS_PER_SAMPLE = 258  # TIFF's tag
_GREY_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")


class UndecodableError(ValueError):
    """The bytes hold no picture that can be decoded; the message says why."""


def native_pixels(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None, bytes | None]:
    """Takes an opened picture's pixels out of it.

    Args:
        image: of any of Pillow's modes, loaded.

    Returns:
        ``[H, W, 3]`` uint8, alpha ``[H, W]`` uint8 or None, and the profile that is still to
        follow: grey and inks come as sRGB already.

    Raises:
        UndecodableError: of numbers that have no white.
    """
    profile = image.info.get("icc_profile")
    if image.mode in _GREY_16_BIT:
        bits = image.tag_v2[BITS_PER_SAMPLE][0] if image.format == "TIFF" else 16
        grey = np.round(np.array(image) * (255 / (2**bits - 1))).astype(np.uint8)
        return *_as_srgb(Image.fromarray(grey), profile), None
    if image.mode == "CMYK":
        # Pillow takes every CMYK JPEG for one of Adobe's, which hold 255 - ink.
        if image.format == "JPEG" and "adobe" not in image.info:
            image = ImageChops.invert(image)
        return *_as_srgb(image, profile), None
    if image.has_transparency_data:
        is_grey = image.mode in ("L", "LA", "La", "1", "I;16")
        image = image.convert("RGBA")
        pixels = np.array(image)
        alpha = np.ascontiguousarray(pixels[..., 3])
        if is_grey:
            rgb, _ = _as_srgb(image.getchannel(0), profile)
            return rgb, alpha, None
        return np.ascontiguousarray(pixels[..., :3]), alpha, profile
    if image.mode in ("1", "L"):
        return *_as_srgb(image.convert("L"), profile), None
    if image.mode in ("P", "RGB", "YCbCr", "LAB"):
        return np.array(image.convert("RGB")), None, profile
    raise UndecodableError(f"pixels of kind {image.mode}: convert it to 8 or 16 bits, grey or RGB")


def _as_srgb(image: Image.Image, profile: bytes | None) -> tuple[np.ndarray, None]:
    """Grey or inks as ``[H, W, 3]`` uint8 sRGB; by a plain formula where no profile fits."""
    found = conversion(profile) if profile else None
    if found is not None and found.mode == image.mode:
        return converted(image, found.into_srgb), None
    return np.array(image.convert("RGB")), None
