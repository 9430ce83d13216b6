"""Between a video's numbers (luma, chroma, of several matrices and ranges) and 8-bit RGB."""

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import Interpolation

from .transparency import has_alpha, over_white

# FFmpeg's (ITU-T H.273's) numbers.
RGB, BT709, UNKNOWN, BT601 = 0, 1, 2, 6
LIMITED, FULL = 1, 2
# The matrix -> the one that swscale calculates with (its numbers are the same but for these).
_CALCULATED = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
# Above this, a video without tags is taken for high definition, as players do.
_STANDARD_DEFINITION = 576
# Exact sums; chroma for every pixel. Without them flat colours come back up to 4 levels off.
_EXACT = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.BITEXACT
)


@dataclass(frozen=True)
class Colour:
    """A video's colour tags, as FFmpeg numbers them. What is unknown is written as unknown."""

    matrix: int = UNKNOWN
    range: int = 0
    primaries: int = UNKNOWN
    transfer: int = UNKNOWN

    @property
    def is_rgb(self) -> bool:
        """Tells whether the video holds RGB."""
        return self.matrix == RGB

    def calculated_matrix(self, height: int) -> int:
        """swscale's number of the matrix; without a known tag, what players guess by the height."""
        guess = 5 if height <= _STANDARD_DEFINITION else BT709
        return _CALCULATED.get(self.matrix, guess)

    @property
    def calculated_range(self) -> int:
        """`FULL` or `LIMITED`; without a tag, limited."""
        return FULL if self.range == FULL else LIMITED


# What pictures that are RGB already become.
OF_RGB = Colour(BT709, LIMITED, BT709, BT709)


def colour_of(frame: av.VideoFrame) -> Colour:
    """The tags of a decoded frame."""
    if is_rgb_format(frame.format.name):
        return Colour(RGB, FULL, frame.color_primaries, frame.color_trc)
    is_full = frame.format.name.startswith("yuvj") or frame.color_range == FULL
    matrix = UNKNOWN if frame.colorspace == RGB else frame.colorspace
    return Colour(
        matrix,
        FULL if is_full else frame.color_range,
        frame.color_primaries,
        frame.color_trc,
    )


def is_rgb_format(pixel_format: str) -> bool:
    """Tells whether FFmpeg's pixel format holds red, green and blue."""
    return av.VideoFormat(pixel_format).is_rgb or pixel_format.startswith(("gbr", "pal"))


def to_rgb(frame: av.VideoFrame, colour: Colour) -> tuple[np.ndarray, bool]:
    """A decoded frame -> ``[H, W, 3]`` uint8 RGB, as stored. More than 8 bits are rounded.

    What is transparent lies over white; the second value says whether anything was.
    """
    if not colour.is_rgb:
        frame.colorspace = colour.calculated_matrix(frame.height)
        frame.color_range = colour.calculated_range
    is_opaque = not has_alpha(frame.format.name)
    image = frame.reformat(
        format="rgb24" if is_opaque else "rgba",
        dst_color_range=FULL,
        interpolation=_EXACT,
        threads=1,
    ).to_ndarray()
    return (image, False) if is_opaque else over_white(image)


def from_rgb(image: np.ndarray, pixel_format: str, colour: Colour) -> av.VideoFrame:
    """``[H, W, 3]`` uint8 RGB -> a frame of ``pixel_format``, with the numbers of ``colour``."""
    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
    if is_rgb_format(pixel_format):
        return frame.reformat(format=pixel_format, threads=1)
    return frame.reformat(
        format=pixel_format,
        dst_colorspace=colour.calculated_matrix(image.shape[0]),
        dst_color_range=colour.calculated_range,
        interpolation=_EXACT,
        threads=1,
    )
