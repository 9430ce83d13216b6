"""The bytes of an image file -> a picture. All that files do differently ends here."""

import io
import struct

import cv2
import numpy as np
from PIL import Image

from .colour_profiles import conversion
from .exif import kept_exif, orientation_of
from .foreign_formats import RAW_PICTURE, START_BYTES, foreign_format
from .native_pixels import BITS_PER_SAMPLE, UndecodableError, native_pixels
from .picture import Picture

# Pillow knows more formats; some of those start other programs, or hold no photographs.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
# TIFF's tags, and those of its values that tell a camera's raw file: its first page is a preview.
_REDUCED, _COLOURS, _DNG = 254, 262, 50706
_MOSAICS = (32803, 34892)

# What Pillow raises over damaged files, next to errors of its own, which are OSErrors; of AVIF a
# RuntimeError.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    struct.error,
    RuntimeError,
)
# More pages than any document has: counting them takes time.
_MOST_PAGES = 10_000

_UPRIGHT = {
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: lambda stored: np.rot90(stored),
}


def decode_image(data: bytes) -> np.ndarray:
    """Decodes JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF as ``[H, W, 3]`` uint8 sRGB, as it is seen.

    The content decides what it is, not a file's name. What files do differently:

    * EXIF orientation: the result is upright.
    * Transparency is laid over white, as a browser shows it. What lies below it is whatever an
      editor left there: often black, or garbage along the soft edge of a cut-out.
    * Grey and palettes become RGB; more than 8 bits a channel are scaled to 8 (white stays white).
    * A colour profile is followed: the result is sRGB. Without one, and where it is damaged, RGB is
      taken as sRGB, and of inks red = (1 - cyan) (1 - black), and so on. Adobe's JPEGs hold inks
      inverted, and say so.
    * Of several pages or frames the first is taken.

    Raises:
        UndecodableError: none of these formats (the message names many others), damaged, cut short
            (never half a picture), too large to be a photograph, or of numbers that have no white
            (32 bits a channel).
    """
    return decode_picture(data).seen


def decode_picture(data: bytes, page: int = 0) -> Picture:
    """Decodes what `decode_image` does, and keeps what else its file says.

    Args:
        data: the file.
        page: of several, from 0; there must be so many.

    Raises:
        UndecodableError: see `decode_image`.
    """
    if not data:
        raise UndecodableError("empty")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if _is_raw(image):
                raise UndecodableError(RAW_PICTURE)
            pages = _count_pages(image)
            image.seek(page)
            return _decoded(image, data, pages)
    except UndecodableError:
        raise
    except Image.UnidentifiedImageError as error:
        told = foreign_format(data[:START_BYTES])
        raise UndecodableError(told or "damaged, or not a picture of a known format") from error
    except Image.DecompressionBombError as error:
        most = 2 * Image.MAX_IMAGE_PIXELS // 10**6
        raise UndecodableError(f"claims more than {most} million pixels") from error
    except _DAMAGE as error:
        raise UndecodableError(f"damaged or cut short: {error}") from error


def _is_raw(image: Image.Image) -> bool:
    if image.format != "TIFF":
        return False
    tags = image.tag_v2
    return _DNG in tags or tags.get(_COLOURS) in _MOSAICS or tags.get(_REDUCED, 0) == 1


def _decoded(image: Image.Image, data: bytes, pages: int) -> Picture:
    bits = _bits(image, data)
    if _is_plain_jpeg(image, data):
        pixels = _decode_plain_jpeg(data)
        profile = image.info.get("icc_profile")
        alpha = None
    else:
        image.load()
        pixels, alpha, profile = native_pixels(image)
    orientation = orientation_of(image)
    pixels = _turned(pixels, orientation)
    alpha = None if alpha is None else _turned(alpha, orientation)
    exif, left_out = kept_exif(image)
    notes = [f"left out of its metadata: {', '.join(left_out)}"] if left_out else []
    if bits > 8:
        notes.append(f"its {bits} bits a channel became 8")
    if image.mode == "CMYK":
        notes.append("its inks (CMYK) became sRGB")
    if profile and ((found := conversion(profile)) is None or found.mode != "RGB"):
        notes.append("its colour profile cannot be used: its numbers are taken as sRGB")
        profile = None
    return Picture.of(
        pixels,
        alpha,
        profile,
        exif=exif,
        notes=(*notes, *_further(image, data)),
        pages=pages,
    )


def _count_pages(image: Image.Image) -> int:
    """Counts those that can be looked at; the last may hold something else, such as C2PA."""
    if image.format != "TIFF":
        return 1
    for count in range(1, _MOST_PAGES):
        try:
            image.seek(count)
        except _DAMAGE:
            return count
    return _MOST_PAGES


def _bits(image: Image.Image, data: bytes) -> int:
    """Bits a channel; 8 where the format has no others, or does not say."""
    if image.format == "PNG":
        return data[24]
    if image.format == "TIFF":
        return max(image.tag_v2.get(BITS_PER_SAMPLE, (8,)))
    return 8


def _further(image: Image.Image, data: bytes) -> list[str]:
    """Tells what else lies in a photograph's file and is not taken over."""
    notes = []
    if image.format == "MPO":
        notes.append(
            f"left out: {_counted(image.n_frames - 1, 'further picture')} within the file (a "
            "preview, depth, HDR or another view)"
        )
    if image.format == "AVIF" and image.n_frames > 1:
        notes.append(
            f"left out: {_counted(image.n_frames - 1, 'further frame')} of the animation; convert "
            "it to WebP or a video to swap all"
        )
    is_motion = b"MotionPhoto" in data or b"MicroVideo" in data
    if image.format in ("JPEG", "MPO") and is_motion:
        notes.append("left out: the clip of the motion photo")
    return notes


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is_plain_jpeg(image: Image.Image, data: bytes) -> bool:
    """Tells whether OpenCV may decode it, which takes half of Pillow's time.

    OpenCV paints what is missing of a file that was cut short grey. An end marker as the last thing
    says that nothing is missing: within the data of a picture these two bytes never occur.
    """
    is_complete = data.endswith(b"\xff\xd9")
    is_grey = image.mode == "L" and "icc_profile" not in image.info
    return image.format in ("JPEG", "MPO") and (image.mode == "RGB" or is_grey) and is_complete


def _decode_plain_jpeg(data: bytes) -> np.ndarray:
    # It takes an orientation that is stored as a long number for none; Pillow reads both.
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        rgb = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise UndecodableError(f"damaged: {error.err}") from error
    if rgb is None:
        raise UndecodableError("damaged")
    return rgb


def _turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    upright = _UPRIGHT.get(orientation)
    return pixels if upright is None else np.ascontiguousarray(upright(pixels))
