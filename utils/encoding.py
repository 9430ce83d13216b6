"""A picture -> the bytes of an image file, with all of it that the format holds."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from .errors import UserError
from .picture import Picture
from .suffixes import PICTURE_FORMATS

# The longest side, in pixels, that a format (and the library that writes it) has.
LONGEST_SIDES = {"JPEG": 65500, "WEBP": 16383, "AVIF": 65536, "GIF": 65535}
_HAS_ALPHA = ("PNG", "WEBP", "TIFF", "AVIF")
_HAS_METADATA = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")


def check_size(width: int, height: int, suffix: str) -> None:
    """Refuses what a format has no room for.

    Args:
        width: in pixels, as ``height``.
        height: of the picture.
        suffix: names the format, ``".webp"``, ...

    Raises:
        UserError: a side is too long.
    """
    form = "GIF" if suffix.lower() == ".gif" else PICTURE_FORMATS.get(suffix.lower(), "")
    longest = LONGEST_SIDES.get(form)
    if longest is not None and max(width, height) > longest:
        raise UserError(
            f"{width}x{height} pixels, but {form} holds at most {longest} a side: write it as PNG "
            "or TIFF, or scale it down"
        )


def encode_picture(
    pages: Sequence[Picture], suffix: str, quality: int = 95, xmp: bytes | None = None
) -> tuple[bytes, list[str]]:
    """Encodes a picture, or the pages of one TIFF, with alpha, profile and EXIF where it has room.

    Args:
        pages: at least one; only TIFF holds more.
        suffix: names the format, one of `suffixes.IMAGE_SUFFIXES`.
        quality: of JPEG, WebP and AVIF, 0 to 100.
        xmp: a packet, for AVIF.

    Returns:
        The file, and a line about each thing that the format does not hold.

    Raises:
        UserError: the format has no room for so many pixels.
    """
    suffix = suffix.lower()
    form, notes = PICTURE_FORMATS[suffix], []
    first = pages[0]
    for page in pages:
        check_size(page.seen.shape[1], page.seen.shape[0], suffix)
    if form not in _HAS_ALPHA and any(page.alpha is not None for page in pages):
        notes.append(f"its transparency was laid over white: {suffix[1:]} holds none")
    if form not in _HAS_METADATA:
        if first.profile:
            notes.append(f"its colours became sRGB: {suffix[1:]} holds no colour profile")
        if first.exif:
            notes.append(f"left out: camera data (EXIF), which {suffix[1:]} does not hold")
    images = [Image.fromarray(_pixels(page, form)) for page in pages]
    options: dict[str, object] = _options(form, quality)
    if form in _HAS_METADATA:
        options["icc_profile"] = _profile(first, form)
        if first.exif:
            options["exif"] = first.exif
            if form == "TIFF":
                # Pillow's own writer: libtiff does not take an EXIF block from it.
                del options["compression"]
    if form == "AVIF" and xmp:
        options["xmp"] = xmp
    if len(images) > 1:
        options |= {"save_all": True, "append_images": images[1:]}
    file = io.BytesIO()
    images[0].save(file, form, **options)
    return file.getvalue(), notes


def _pixels(page: Picture, form: str) -> np.ndarray:
    if form not in _HAS_METADATA or (page.alpha is not None and form not in _HAS_ALPHA):
        return page.seen
    if page.alpha is None:
        return page.colours
    return np.dstack([page.colours, page.alpha])


def _profile(page: Picture, form: str) -> bytes | None:
    # What was laid over white is sRGB.
    is_flattened = page.alpha is not None and form not in _HAS_ALPHA
    return None if is_flattened else page.profile


def _options(form: str, quality: int) -> dict[str, object]:
    return {
        "JPEG": {"quality": quality},
        # Exact: what lies below full transparency stays too.
        "WEBP": {"quality": quality, "exact": True},
        "AVIF": {"quality": quality},
        "TIFF": {"compression": "tiff_lzw"},
    }.get(form, {})
