"""A long video is written in chunks: files that are whole, or are not there.

A run that is killed goes on after its last whole chunk. Every chunk is encoded on its own, so that
the result is the same as without the interruption, bit for bit, if the chunks begin at the same
frames.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import av
import numpy as np

from facedancer.utils.errors import not_written
from facedancer.utils.ffmpeg import file_url

from .encoding import VideoSettings, plan
from .info import VideoInfo

# NUT keeps times to the unit, and holds every codec.
_FORMAT = "nut"
_NAME = re.compile(r"(\d{9})-(\d{9})_(-?\d+)_(-?\d+)\.nut")
# A chunk's first frame is stored at this many frames after time 0, which leaves room for decoding
# times before it. The muxer would otherwise move some chunks and not others.
_MARGIN = 64
_OPTIONS = {"avoid_negative_ts": "disabled"}
_UNFINISHED = "unfinished.nut"


@dataclass(frozen=True)
class Chunk:
    """A whole chunk file. Its name says all that is known about it.

    Attributes:
        first, last: numbers of its first and its last frame.
        start: when its first frame is shown, in the video's time base.
        end: when its last frame ends.
    """

    path: Path
    first: int
    last: int
    start: int
    end: int


class ChunkWriter:
    """Writes frames ``first``, ``first + 1``, ... into one chunk of a folder.

    As a context manager: the chunk appears when the block ends well; an exception, Ctrl-C included,
    leaves nothing.

    Args:
        folder: made if missing; one writer at a time.
        first: number of the first frame.
        info: the input's facts; the size is that of the pictures.
        suffix: of the file that the chunks are for, such as ``.mp4``.
        settings: codec and quality.

    Raises:
        UserError: the codec cannot encode this, or the container cannot hold it.
    """

    def __init__(
        self, folder: Path, first: int, info: VideoInfo, suffix: str, settings: VideoSettings
    ) -> None:
        self.folder = folder
        self.first = first
        self.count = 0
        self.chunk: Chunk | None = None
        self._encoding = plan(info, suffix, settings)
        self._info = info
        self._start = self._end = 0
        self._unfinished = folder / _UNFINISHED
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._container = av.open(
                file_url(self._unfinished), "w", format=_FORMAT, container_options=_OPTIONS
            )
        except OSError as error:
            raise not_written(folder, error) from error
        try:
            self._stream = self._encoding.add_stream(self._container)
        except BaseException:
            self.discard()
            raise

    def write(self, image: np.ndarray, pts: int, duration: int) -> None:
        """The next frame: ``[H, W, 3]`` uint8 RGB as displayed, its time in the info's time base.

        Raises:
            ValueError: the picture is not of the video's size and kind.
            UserError: the disk is full, or the like.
        """
        if not self.count:
            self._start = pts
        stored = pts - self._start + _margin(self._info)
        self._mux(self._encoding.frame(image, stored, duration))
        self.count += 1
        self._end = pts + duration

    def close(self) -> Chunk:
        """Ends the chunk; it gets its name.

        Raises:
            ValueError: no frame was written.
            UserError: the disk is full, or the like.
        """
        if self.chunk is not None:
            return self.chunk
        if not self.count:
            self.discard()
            raise ValueError("a chunk needs a frame")
        self._mux(None)
        last = self.first + self.count - 1
        name = f"{self.first:09d}-{last:09d}_{self._start}_{self._end}.nut"
        try:
            self._container.close()
            self.chunk = Chunk(self._unfinished.replace(self.folder / name), *_facts(name))
        except OSError as error:
            self.discard()
            raise not_written(self.folder, error) from error
        return self.chunk

    def discard(self) -> None:
        """Throws away what was written."""
        # Closing writes an end, for which the disk may have no room.
        with contextlib.suppress(OSError):
            self._container.close()
        self._unfinished.unlink(missing_ok=True)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        packets = self._stream.encode(frame)
        for packet in packets:
            # Of two frames alone x265 gives none: what stands there is any number.
            if not -_margin(self._info) <= (packet.dts or 0) - packet.pts <= 0:
                packet.dts = packet.pts
        try:
            self._container.mux(packets)
        except OSError as error:
            raise not_written(self.folder, error) from error

    def __enter__(self) -> "ChunkWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        elif self.chunk is None:
            self.discard()


def find_chunks(folder: Path) -> list[Chunk]:
    """The whole chunks of a folder that follow each other from frame 0 on; none without it."""
    found = []
    for path in sorted(folder.glob("*.nut")):
        if _NAME.fullmatch(path.name):
            chunk = Chunk(path, *_facts(path.name))
            if chunk.first == (found[-1].last + 1 if found else 0):
                found.append(chunk)
    return found


def _facts(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NAME.fullmatch(name).groups())


def _margin(info: VideoInfo) -> int:
    return _MARGIN * info.usual_duration


def stored_packets(chunk: Chunk, info: VideoInfo) -> Iterator[tuple[av.Packet, int]]:
    """The encoded frames of a chunk in the order of decoding, each with its time of display."""
    with av.open(file_url(chunk.path), format=_FORMAT) as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield packet, _time(packet, chunk, info)


def stored_frames(chunk: Chunk, info: VideoInfo) -> Iterator[tuple[av.VideoFrame, int]]:
    """The frames of a chunk, decoded, each with its time of display."""
    with av.open(file_url(chunk.path), format=_FORMAT) as container:
        for frame in container.decode(container.streams.video[0]):
            yield frame, _time(frame, chunk, info)


def _time(stored: av.Packet | av.VideoFrame, chunk: Chunk, info: VideoInfo) -> int:
    units = round(stored.pts * stored.time_base / info.time_base)
    return units - _margin(info) + chunk.start
