"""Facts of a moving picture, which reading finds and writing keeps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from .clock import Clock
from .colour import Colour
from .orientation import Orientation

# 8K and a little more: a frame is held as RGB several times over.
MAX_PIXELS = 8192 * 8192


@dataclass(frozen=True)
class VideoInfo:
    """A video's or an animation's facts.

    Attributes:
        width, height: in pixels, as displayed.
        average_rate: frames a second; of an animation, as its first frame's duration says.
        time_base: seconds that one unit of `VideoFrame.pts` and ``duration`` lasts.
        duration_s: as the file claims; None where it does not say.
        frames: as the file claims; None where it does not say.
        codec, pixel_format: FFmpeg's names; of animations ``gif``, ``webp``, ``png``; ``rgb24``.
        colour: how its numbers mean colours.
        orientation: what lies between the stored and the displayed picture.
        sample_aspect_ratio: width / height of a stored pixel; the pictures are not resampled.
        has_audio: whether there is sound.
        is_animation: a GIF, an animated WebP or an animated PNG.
        clock: what was taken from the file's times: the pictures' begin near 0.
        loops: how often an animation is repeated, as its file says; 0: for ever; None: played once.
    """

    width: int
    height: int
    average_rate: Fraction
    time_base: Fraction
    duration_s: float | None
    frames: int | None
    codec: str
    pixel_format: str
    colour: Colour = Colour()
    orientation: Orientation = Orientation()
    sample_aspect_ratio: Fraction = Fraction(1)
    has_audio: bool = False
    is_animation: bool = False
    clock: Clock = Clock()
    loops: int | None = 0

    @property
    def rotation(self) -> int:
        """Degrees clockwise by which a player turns the stored picture: 0, 90, 180 or 270."""
        return self.orientation.rotation

    @property
    def usual_duration(self) -> int:
        """The duration of a frame by the average rate, in ``time_base``; at least 1."""
        return max(1, round(1 / (self.average_rate * self.time_base)))


@dataclass(frozen=True)
class VideoFrame:
    """One picture of a video.

    Attributes:
        image: ``[H, W, 3]`` uint8 RGB, as displayed; None where nobody wanted it.
        number: 0 for the first frame of the file.
        pts: when it is shown, in `VideoInfo.time_base`; grows from frame to frame.
        duration: how long, in `VideoInfo.time_base`: until the next frame's pts.
    """

    image: np.ndarray | None
    number: int
    pts: int
    duration: int


class Source(Protocol):
    """An opened file of any kind, as the reader uses it."""

    info: VideoInfo

    def frames(
        self, first: int, notes: list[str], wanted: Callable[[int], bool]
    ) -> Iterator[VideoFrame]:
        """Every frame from number ``first`` on; adds to ``notes`` what was wrong with the file."""
