"""ICC profiles: what a file's numbers mean, into sRGB and back. The networks know sRGB alone."""

import dataclasses
import functools
import io

import numpy as np
from PIL import Image, ImageCms

# Of RGB by ICC, PIL and numpy alike; grey and inks have no way back that anybody needs.
_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


@dataclasses.dataclass(frozen=True)
class Conversion:
    """The ways between a profile and sRGB.

    Attributes:
        mode: Pillow's name for pixels that the profile is about: ``RGB``, ``L`` or ``CMYK``.
        into_srgb: None where the profile is sRGB itself.
        out_of_srgb: the way back; None of sRGB itself, of grey and of inks.
    """

    mode: str
    into_srgb: ImageCms.ImageCmsTransform | None
    out_of_srgb: ImageCms.ImageCmsTransform | None


@functools.lru_cache(maxsize=16)
def conversion(profile: bytes) -> Conversion | None:
    """Reads an ICC profile; None if it is damaged, or for no such pixels."""
    try:
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _SPACES.get(read.profile.xcolor_space)
        if mode is None:
            return None
        if mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(read):
            return Conversion(mode, None, None)
        into = _transform(read, _srgb(), mode, "RGB")
        return Conversion(
            mode, into, _transform(_srgb(), read, "RGB", "RGB") if mode == "RGB" else None
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def converted(
    pixels: np.ndarray | Image.Image, transform: ImageCms.ImageCmsTransform
) -> np.ndarray:
    """``[H, W, 3]`` uint8, or grey or inks as Pillow has them, through a transform.

    Returns:
        ``[H, W, 3]`` uint8.
    """
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    return np.array(ImageCms.applyTransform(image, transform))


def _transform(
    one: ImageCms.ImageCmsProfile, other: ImageCms.ImageCmsProfile, mode: str, other_mode: str
) -> ImageCms.ImageCmsTransform:
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.buildTransform(one, other, mode, other_mode, intent, flags)


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
