"""The bytes of an image file -> RGB pixels. All that files do differently ends here."""

import functools
import io

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageOps

# Pillow knows more formats; some of those start other programs, or hold no photographs.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
_GREY_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_BITS_PER_SAMPLE = 258  # the TIFF tag

# What Pillow raises over damaged files, beside errors of its own, which are OSErrors.
_DAMAGE = (OSError, SyntaxError, ValueError)


class UndecodableError(ValueError):
    """The bytes hold no picture that can be decoded; the message says why."""


def decode_image(data: bytes) -> np.ndarray:
    """Decodes JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF as ``[H, W, 3]`` uint8 RGB.

    The content decides what it is, not a file's name. What files do differently:

    * EXIF orientation: the result is upright.
    * Transparency is laid over white, as a browser shows it. What lies below it is whatever an
      editor left there: often black, or garbage along the soft edge of a cut-out.
    * Grey and palettes become RGB; more than 8 bits a channel are scaled to 8 (white stays white).
    * CMYK becomes sRGB by its colour profile. Without one, red = (1 - cyan) (1 - black), and so on.
      Adobe's JPEGs hold it inverted, and say so. RGB is taken as sRGB, profile or not.
    * Of several pages or frames the first is taken.

    Raises:
        UndecodableError: none of these formats, damaged, cut short (never half a picture), too
            large to be a photograph, or of numbers that have no white (32 bits a channel).
    """
    if not data:
        raise UndecodableError("empty")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if _is_plain_jpeg(image, data):
                return _decode_plain_jpeg(data)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return _as_rgb(image)
    except UndecodableError:
        raise
    except Image.UnidentifiedImageError as error:
        raise UndecodableError("damaged, or not a picture of a known format") from error
    except Image.DecompressionBombError as error:
        most = 2 * Image.MAX_IMAGE_PIXELS // 10**6
        raise UndecodableError(f"claims more than {most} million pixels") from error
    except _DAMAGE as error:
        raise UndecodableError(f"damaged or cut short: {error}") from error


def _is_plain_jpeg(image: Image.Image, data: bytes) -> bool:
    """Whether OpenCV may decode it, which takes half of Pillow's time.

    OpenCV paints what is missing of a file that was cut short grey. An end marker as the last thing
    says that nothing is missing: within the data of a picture these two bytes never occur.
    """
    is_complete = data.endswith(b"\xff\xd9")
    return image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB") and is_complete


def _decode_plain_jpeg(data: bytes) -> np.ndarray:
    try:
        rgb = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise UndecodableError(f"damaged: {error.err}") from error
    if rgb is None:
        raise UndecodableError("damaged")
    return rgb


def _as_rgb(image: Image.Image) -> np.ndarray:
    if image.mode in _GREY_16_BIT:
        bits = image.tag_v2[_BITS_PER_SAMPLE][0] if image.format == "TIFF" else 16
        grey = np.round(np.array(image) * (255 / (2**bits - 1))).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode == "CMYK":
        return np.array(_cmyk_as_rgb(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return np.array(Image.alpha_composite(white, image).convert("RGB"))
    if image.mode in ("1", "L", "P", "RGB", "YCbCr"):
        return np.array(image.convert("RGB"))
    raise UndecodableError(f"pixels of kind {image.mode}: convert it to 8 or 16 bits, grey or RGB")


def _cmyk_as_rgb(image: Image.Image) -> Image.Image:
    # Pillow takes every CMYK JPEG for one of Adobe's, which hold 255 - ink.
    if image.format == "JPEG" and "adobe" not in image.info:
        image = ImageChops.invert(image)
    profile = image.info.get("icc_profile")
    if profile:
        try:
            return ImageCms.profileToProfile(image, io.BytesIO(profile), _srgb(), outputMode="RGB")
        except ImageCms.PyCMSError:
            pass  # A damaged profile, or one for other inks: the plain formula is left.
    return image.convert("RGB")


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
