"""An excerpt of a video: from one moment to another, at another frame rate, at another size."""

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.errors import UserError

from .info import MAX_PIXELS, Source, VideoFrame, VideoInfo

_MOMENT = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)|(\d+)f")
MOST_FPS = 1000.0
LEAST_SCALE, MOST_SCALE = 0.02, 8.0
# Times are counted in units of at most this: Matroska's.
_COARSEST = Fraction(1, 1000)
# How far a rate such as 29.97 may lie from the broadcasters' 30000/1001.
_NEARLY = 0.005


@dataclass(frozen=True)
class Excerpt:
    """A part of a video, and how it is sampled; the whole as it is by default.

    Attributes:
        start: the moment of its first frame: seconds (``90.5``), minutes and hours (``1:30.5``,
            ``1:02:03``), or a frame's number from 0 (``2250f``); empty: the beginning.
        end: the moment after its last frame, likewise; empty: the end.
        fps: frames a second, evenly spaced; None: every frame at its own time.
        scale: by how much the pictures are larger; sides are rounded to even numbers.

    Raises:
        UserError: a moment is none, the end does not come after the start, or a number is out of
            its range.
    """

    start: str = ""
    end: str = ""
    fps: float | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        start, end = self.first, self.last
        if end is not None and type(start) is type(end) and end <= start:
            raise UserError(f"--end={self.end} must come after --start={self.start or 0}")
        if self.fps is not None and not 0 < self.fps <= MOST_FPS:
            raise UserError(f"fps must be above 0 and at most {MOST_FPS:g}, not {self.fps}")
        if not LEAST_SCALE <= self.scale <= MOST_SCALE:
            raise UserError(f"scale must be {LEAST_SCALE:g} to {MOST_SCALE:g}, not {self.scale}")

    @property
    def first(self) -> Fraction | int:
        """The start: seconds, or a frame's number."""
        return _moment(self.start, "start") if self.start else Fraction(0)

    @property
    def last(self) -> Fraction | int | None:
        """The end: seconds, or the number of the frame after the last; None: the video's own."""
        return _moment(self.end, "end") if self.end else None

    @property
    def is_whole(self) -> bool:
        """Tells whether it is the video as it is."""
        return self == Excerpt()

    @property
    def rate(self) -> Fraction | None:
        """``fps`` exactly; 29.97 and its like mean 30000/1001."""
        if self.fps is None:
            return None
        nearest = Fraction(round(self.fps * 1.001) * 1000, 1001)
        is_broadcast = self.fps % 1 and abs(float(nearest) - self.fps) < _NEARLY
        return nearest if is_broadcast else Fraction(self.fps).limit_denominator(1001)


def _moment(text: str, name: str) -> Fraction | int:
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise UserError(
            f"--{name}={text} is not a time: give seconds (90.5), 1:30.5, or a frame (2250f)"
        )
    hours, minutes, seconds, frame = found.groups()
    if frame is not None:
        return int(frame)
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + Fraction(seconds)


class ExcerptSource:
    """Stands where a reader has a whole file; its frames are numbered, and timed, from 0.

    Args:
        path: of the file, for messages.
        source: the file.
        excerpt: which part.

    Raises:
        UserError: the video is over before the part begins, or its frames would be too large.
    """

    def __init__(self, path: Path, source: Source, excerpt: Excerpt) -> None:
        self._path = path
        self._source = source
        self._excerpt = excerpt
        # Half of a frame, in the file's units.
        self._least = max(1, source.info.usual_duration // 2)
        self._offset, self._origin = self._find()
        self.info = self._described(source.info)
        self._size = self.info.width, self.info.height

    def frames(
        self, first: int, notes: list[str], wanted: Callable[[int], bool]
    ) -> Iterator[VideoFrame]:
        """See `reader.VideoReader.frames`."""
        if self._excerpt.fps is None:
            frames = self._cut(first, notes, wanted)
        else:
            # Which frame of the file is shown at a time is only known once it is decoded.
            frames = self._resampled(self._cut(0, notes, lambda number: True), first)
        with contextlib.closing(frames):
            for frame in frames:
                yield frame if frame.image is None else replace(frame, image=self._sized(frame))

    def _find(self) -> tuple[int, int]:
        """The number of the first frame, and the time that becomes 0, in the file's units."""
        start, base = self._excerpt.first, self._source.info.time_base
        if not start:
            return 0, 0
        if type(start) is int:
            frames = self._source.frames(start, [], lambda number: False)
        else:
            frames = self._source.frames(0, [], lambda number: False)
        with contextlib.closing(frames):
            for frame in frames:
                if type(start) is int:
                    return frame.number, frame.pts
                # The one that is shown then; what lies before of it is cut off. One of which next
                # to nothing is left would only flash.
                if (frame.pts + frame.duration) * base - start >= self._least * base:
                    return frame.number, max(frame.pts, math.ceil(start / base))
        raise UserError(
            f"{self._path} ends before --start={self._excerpt.start}: give an earlier one"
        )

    def _described(self, info: VideoInfo) -> VideoInfo:
        scale, rate = self._excerpt.scale, self._excerpt.rate
        if scale != 1:
            width, height = (max(2, 2 * round(n * scale / 2)) for n in (info.width, info.height))
            if width * height > MAX_PIXELS:
                raise UserError(
                    f"--scale={scale:g} makes frames of {width}x{height} pixels, more than the "
                    f"allowed {MAX_PIXELS // 10**6} million: lower it"
                )
            info = replace(info, width=width, height=height)
        offset_s, end = self._origin * info.time_base, self._excerpt.last
        frames = None if info.frames is None else max(info.frames - self._offset, 1)
        length = None if info.duration_s is None else max(info.duration_s - float(offset_s), 0.0)
        if type(end) is int and frames is not None:
            frames = min(frames, max(end - self._offset, 1))
        elif end is not None:
            until = float(end - offset_s) if type(end) is not int else None
            length = until if length is None or until is None else min(length, until)
            frames = None if length is None else max(1, math.ceil(length * info.average_rate))
        if rate is not None:
            unit = 1 / (rate * math.ceil(1 / (rate * _COARSEST)))
            frames = None if length is None else max(1, math.ceil(length * rate))
            info = replace(info, average_rate=rate, time_base=unit)
        is_cut = bool(self._excerpt.start or self._excerpt.end)
        clock = replace(
            info.clock, start=info.clock.start + offset_s, is_cut=info.clock.is_cut or is_cut
        )
        return replace(info, frames=frames, duration_s=length, clock=clock)

    def _cut(
        self, first: int, notes: list[str], wanted: Callable[[int], bool]
    ) -> Iterator[VideoFrame]:
        """The part's frames at their own times, in the file's units."""
        end, base = self._excerpt.last, self._source.info.time_base
        until = None if end is None or type(end) is int else math.ceil(end / base)
        frames = self._source.frames(
            self._offset + first, notes, lambda number: wanted(number - self._offset)
        )
        with contextlib.closing(frames):
            for frame in frames:
                is_over = frame.number >= end if type(end) is int else False
                is_first = frame.number == self._offset
                least = 1 if is_first else self._least
                if is_over or (until is not None and until - frame.pts < least):
                    return
                shown = max(frame.pts, self._origin)
                ends = frame.pts + frame.duration
                ends = ends if until is None else min(ends, until)
                yield VideoFrame(
                    frame.image,
                    frame.number - self._offset,
                    shown - self._origin,
                    max(ends - shown, 1),
                )

    def _resampled(self, frames: Iterator[VideoFrame], first: int) -> Iterator[VideoFrame]:
        """At each even moment the frame that is shown then: some twice, or some not at all."""
        rate, unit, base = self._excerpt.rate, self.info.usual_duration, self._source.info.time_base
        moment = number = 0
        with contextlib.closing(frames):
            for frame in frames:
                starts, ends = frame.pts * base, (frame.pts + frame.duration) * base
                moment = max(moment, math.ceil(starts * rate))
                while moment < ends * rate:
                    if number >= first:
                        yield VideoFrame(frame.image, number, moment * unit, unit)
                    number, moment = number + 1, moment + 1

    def _sized(self, frame: VideoFrame) -> np.ndarray:
        if frame.image.shape[1::-1] == self._size:
            return frame.image
        how = cv2.INTER_AREA if self._excerpt.scale < 1 else cv2.INTER_CUBIC
        return cv2.resize(frame.image, self._size, interpolation=how)
