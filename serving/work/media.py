"""Files of strangers: what each is by its content, and whether it keeps the limits."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from PIL import Image

from facedancer.inference.video.reader import kind_of, open_video
from facedancer.utils.decoding import FORMATS
from facedancer.utils.errors import UserError
from facedancer.utils.foreign_formats import START_BYTES, foreign_format
from facedancer.utils.suffixes import VIDEO_SUFFIXES, WRITTEN_AS

from .errors import TooLargeError, for_strangers
from .limits import Limits

Kind = Literal["picture", "animation", "video"]

_SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tiff",
    "GIF": ".gif",
    "AVIF": ".avif",
}
_MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".tiff": "image/tiff",
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".avi": "video/x-msvideo",
}
# Looking for more takes time.
_MOST_PAGES = 1000
# What Pillow raises over damaged files.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, RuntimeError)


def check_picture(path: Path, name: str, limits: Limits) -> str:
    """Looks at a still picture's head.

    Args:
        path: the file, whatever it is called.
        name: what it is to whoever sent it, ``"target"``.
        limits: see `Limits`.

    Returns:
        The suffix of its format.

    Raises:
        TooLargeError: it has too many pixels.
        UserError: it is no picture.
    """
    with _telling(path, name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of large pictures and odd tags.
        with Image.open(path, formats=FORMATS) as image:
            most = limits.most_pixels // (image.width * image.height)
            _check_pixels(image.width, image.height, _count_pages(image, most), name, limits)
            return _SUFFIXES[image.format]


def check_media(
    path: Path, name: str, limits: Limits, given_name: str = "", scale: float = 1.0
) -> tuple[Kind, str]:
    """Looks at a picture, an animation or a film.

    Args:
        path: the file, whatever it is called.
        name: what it is to whoever sent it, ``"target"``.
        limits: see `Limits`.
        given_name: what its sender calls it: a film's container is taken from there.
        scale: by how much its frames are to be larger.

    Returns:
        Its kind, and a suffix for it.

    Raises:
        TooLargeError: it has too many pixels, or is too long.
        UserError: it is none of these.
    """
    with path.open("rb") as file:
        start = file.read(START_BYTES)
    if told := foreign_format(start):
        raise UserError(f"the {name} is {told}")
    if not start:
        raise UserError(f"the {name} is empty")
    with _renaming(path, name):
        kind = kind_of(path)
    if kind != "video":
        suffix = check_picture(path, name, limits)
        # A GIF of one picture has no other way through the swap than an animation's.
        return ("animation" if suffix == ".gif" else kind), suffix
    with _renaming(path, name), open_video(path) as video:
        info = video.info
    larger = max(1.0, scale)
    _check_pixels(round(info.width * larger), round(info.height * larger), 1, name, limits)
    _check_length(info.duration_s or 0.0, name, limits)
    suffix = Path(given_name).suffix.lower()
    return kind, suffix if suffix in (*VIDEO_SUFFIXES, *WRITTEN_AS) else ".mp4"


def media_type(suffix: str) -> str:
    """The media type of a result, ``"image/jpeg"``."""
    return _MEDIA_TYPES.get(suffix, "application/octet-stream")


def _count_pages(image: Image.Image, most: int) -> int:
    """The pages of a TIFF; one more than ``most`` where there are more."""
    if image.format != "TIFF":
        return 1
    for count in range(1, min(most, _MOST_PAGES) + 1):
        try:
            image.seek(count)
        except _DAMAGE:
            return count
    return most + 1


@contextlib.contextmanager
def _renaming(path: Path, name: str) -> Iterator[None]:
    """Lets refusals name what its sender calls the file."""
    try:
        yield
    except UserError as error:
        raise UserError(for_strangers(str(error), {path: f"the {name}"})) from error


@contextlib.contextmanager
def _telling(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except Image.UnidentifiedImageError as error:
        with path.open("rb") as file:
            told = foreign_format(file.read(START_BYTES))
        told = told or "damaged, or not a picture of a known format"
        raise UserError(f"the {name} is {told}") from error
    except Image.DecompressionBombError as error:
        raise TooLargeError(f"the {name} has too many pixels: scale it down") from error
    except _DAMAGE as error:
        raise UserError(f"the {name} is damaged or cut short") from error


def _check_pixels(width: int, height: int, pages: int, name: str, limits: Limits) -> None:
    if width * height * pages > limits.most_pixels:
        counted = f"{width}x{height} pixels" + (f" on {pages} pages" if pages > 1 else "")
        raise TooLargeError(
            f"the {name} has {counted}: at most {limits.most_pixels / 1e6:g} million are taken "
            "here; scale it down"
        )


def _check_length(seconds: float, name: str, limits: Limits) -> None:
    if seconds > limits.most_seconds:
        most = limits.most_seconds
        raise TooLargeError(
            f"the {name} lasts {seconds:.0f} s: at most {most:g} s are taken here; cut it"
        )
