"""Reading GIF, animated WebP and animated PNG, through Pillow."""

import itertools
import struct
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from facedancer.utils.errors import UserError

from .info import MAX_PIXELS, VideoFrame, VideoInfo

MILLISECOND = Fraction(1, 1000)
# Browsers show frames that claim 10 ms or less for this long.
_SHORTEST, _INSTEAD = 10, 100
# What Pillow raises over damaged files. Bombs are frames that claim to be larger than the first.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    struct.error,
    Image.DecompressionBombError,
)


class AnimationSource:
    """A GIF, WebP or PNG file. Transparency is laid over white, and a note says so.

    Raises:
        UserError: its first frame cannot be decoded, or is too large.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        first = next(self._shown(), None)
        if first is None:
            raise UserError(f"no frame of {path} can be decoded: it is damaged; copy it again")
        image, duration = first
        with _opened(path) as opened:
            self.info = VideoInfo(
                width=image.shape[1],
                height=image.shape[0],
                average_rate=Fraction(1000, duration),
                time_base=MILLISECOND,
                duration_s=None,
                frames=None,
                codec=opened.format.lower(),
                pixel_format="rgb24",
                is_animation=True,
                # A GIF that does not say it is played once; the others always say it.
                loops=opened.info.get("loop"),
            )

    def frames(
        self, first: int, notes: list[str], wanted: Callable[[int], bool]
    ) -> Iterator[VideoFrame]:
        """See `reader.VideoReader.frames`; every picture is made of the one before, so all come."""
        pts = 0
        for number, (image, duration) in enumerate(self._shown(notes)):
            if number >= first:
                yield VideoFrame(image, number, pts, duration)
            pts += duration

    def _shown(self, notes: list[str] | None = None) -> Iterator[tuple[np.ndarray, int]]:
        """Each frame as displayed, disposal done, and its milliseconds."""
        number, is_clear = 0, False
        try:
            with _opened(self.path) as opened:
                # A PNG may begin with a picture for those who cannot show the animation.
                first = int(getattr(opened, "default_image", False))
                for number in itertools.count():
                    try:
                        opened.seek(first + number)
                    except EOFError:  # Pillow knows the number of frames only after the last.
                        return
                    opened.load()
                    duration = int(opened.info.get("duration", 0))
                    image, is_seen_through = _over_white(opened)
                    if is_seen_through and not is_clear and notes is not None:
                        notes.append("its transparency was laid over white")
                    is_clear = is_clear or is_seen_through
                    yield image, duration if duration > _SHORTEST else _INSTEAD
        except _DAMAGE as error:
            if number == 0:
                raise UserError(
                    f"no frame of {self.path} can be decoded ({error}): copy it again"
                ) from error
            if notes is not None:
                notes.append(f"the file is damaged after frame {number - 1} ({error})")


def is_animated(path: Path) -> bool:
    """Tells whether a GIF, WebP or PNG has a second frame. A file that cannot be read has none."""
    try:
        with _opened(path) as image:
            return getattr(image, "is_animated", False)
    except (*_DAMAGE, UserError):
        return False


def _opened(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        # Larger than that is refused with a line of ours.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=("GIF", "WEBP", "PNG"))
        except Image.DecompressionBombError as error:
            raise _too_large(path, "very many") from error
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise _too_large(path, f"{image.width}x{image.height}")
    return image


def _too_large(path: Path, size: str) -> UserError:
    return UserError(
        f"{path} has frames of {size} pixels, more than the allowed {MAX_PIXELS // 10**6} "
        "million: scale it down"
    )


def _over_white(image: Image.Image) -> tuple[np.ndarray, bool]:
    """``[H, W, 3]`` uint8 RGB, and whether any of it can be seen through."""
    is_seen_through = False
    if image.has_transparency_data:
        image = image.convert("RGBA")
        is_seen_through = image.getextrema()[3][0] < 255
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB")), is_seen_through
