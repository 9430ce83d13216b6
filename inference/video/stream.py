"""Reading videos: what FFmpeg decodes, with the times and sizes put right or refused."""

import contextlib
import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av

from facedancer.utils.errors import UserError

from .clock import Clock, find_jumps, may_jump
from .colour import to_rgb
from .container import DAMAGE, open_container, reason_of, video_stream
from .describing import describe
from .info import MAX_PIXELS, VideoFrame, VideoInfo
from .transparency import alpha_decoder

# Times are counted in units of at most this: a frame that must move has somewhere to go.
_COARSEST = Fraction(1, 1000)


class StreamSource:
    """A video file.

    Raises:
        UserError: it is no video, holds no video stream, or none that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with open_container(path) as container:
            stream = video_stream(container)
            if stream is None:
                held = ", ".join(sorted({each.type for each in container.streams}))
                raise UserError(
                    f"{path} holds no video stream (only {held or 'nothing'}): give a file with "
                    "pictures"
                )
            if stream.codec_context is None:
                raise UserError(
                    f"{path} uses a video codec that FFmpeg cannot decode here: convert it to "
                    "H.264 first"
                )
            self._check_size(stream.codec_context.width, stream.codec_context.height)
            clock = Clock(jumps=_jumps(path, container))
            frame = next(_decoded(container, stream, _Damage(), clock), None)
            if frame is None:
                raise UserError(f"no frame of {path} can be decoded: it is damaged; copy it again")
            self._check_size(frame.width, frame.height)
            self._size = (frame.width, frame.height)
            self._refined = math.ceil(stream.time_base / _COARSEST)
            self.info = describe(container, stream, frame, clock)
            self.info = replace(self.info, time_base=stream.time_base / self._refined)

    def frames(
        self, first: int, notes: list[str], wanted: Callable[[int], bool]
    ) -> Iterator[VideoFrame]:
        """See `reader.VideoReader.frames`."""
        damage = _Damage()
        last: VideoFrame | None = None
        with open_container(self.path) as container:
            stream = video_stream(container)
            stream.thread_type = "AUTO"
            # Of an AVI, these would count the empty ones between.
            claimed = 0 if container.format.name == "avi" else stream.frames
            decoded = _decoded(container, stream, damage, self.info.clock)
            for frame in self._timed(decoded, first, damage, wanted):
                if last is not None:
                    yield replace(last, duration=frame.pts - last.pts)
                last = frame
        if damage.frames == 0:
            raise UserError(f"no frame of {self.path} can be decoded: it is damaged; copy it again")
        if last is not None:
            yield last
        notes.extend(damage.notes(claimed, self.info))

    def _timed(
        self,
        frames: Iterator[av.VideoFrame],
        first: int,
        damage: "_Damage",
        wanted: Callable[[int], bool],
    ) -> Iterator[VideoFrame]:
        """The frames from ``first`` on, numbered, with times that grow."""
        step = self.info.usual_duration
        pts = before = None
        for number, frame in enumerate(frames):
            if (frame.width, frame.height) != self._size:
                raise UserError(
                    f"the frames of {self.path} change their size midway: frame {number} has "
                    f"{frame.width}x{frame.height} pixels, those before {self._size[0]}x"
                    f"{self._size[1]}; cut the video there, or scale it to one size"
                )
            given = None if frame.pts is None else frame.pts * self._refined
            # No time, or one that does not grow: the file is repaired, not refused.
            if given is not None and (pts is None or given > pts):
                pts = given
            elif given is not None and (given == before or pts - given < step):
                # The time of another frame. Those behind keep theirs, in step with the sound.
                pts += 1
                damage.repeated += 1
            else:
                pts = 0 if pts is None else pts + step
            before = given
            duration = (frame.duration or 0) * self._refined or step
            damage.frames, damage.end = number + 1, pts + duration
            if number >= first:
                image = None
                if wanted(number):
                    image, is_transparent = to_rgb(frame, self.info.colour)
                    damage.transparent += is_transparent
                    image = self.info.orientation.displayed(image)
                yield VideoFrame(image, number, pts, duration)

    def _check_size(self, width: int, height: int) -> None:
        if width * height > MAX_PIXELS:
            raise UserError(
                f"{self.path} has frames of {width}x{height} pixels, more than the allowed "
                f"{MAX_PIXELS // 10**6} million: scale it down"
            )


@dataclass
class _Damage:
    """The end of decoding, and what there is to tell of the way there."""

    frames: int = 0
    end: int = 0
    packets: int = 0
    unshown: int = 0
    repeated: int = 0
    transparent: int = 0
    broken_off: str = ""

    def notes(self, claimed: int, info: VideoInfo) -> list[str]:
        """Lines that a user should know; ``claimed``: the frames the file says it has."""
        notes = []
        if self.packets:
            notes.append(f"{self.packets} damaged packets were passed over")
        if self.broken_off:
            notes.append(f"reading broke off after frame {self.frames - 1} ({self.broken_off})")
        if self.transparent:
            notes.append("its transparency was laid over white")
        if self.repeated:
            notes.append(
                f"{self.repeated} frames had the time of another one: they follow it at once, the "
                "others are where they were"
            )
        end = float(self.end * info.time_base)
        if self.frames + self.packets + self.unshown < claimed:
            notes.append(f"the file is cut short: {self.frames} of {claimed} frames could be read")
        elif not claimed and info.duration_s and end < 0.9 * info.duration_s - 1:
            notes.append(
                f"the file is cut short: {end:.1f} of {info.duration_s:.1f} seconds could be read"
            )
        return notes


def _decoded(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    damage: _Damage,
    clock: Clock,
) -> Iterator[av.VideoFrame]:
    """Every frame that can be decoded, in the order of display."""
    # AVI knows when a frame is decoded, not when it is shown: the frames in the order of display
    # get these times in their order.
    times = deque[int]() if container.format.name == "avi" else None
    decoder = alpha_decoder(stream) or stream
    for number, packet in enumerate(_packets(container, stream, damage)):
        if packet is not None:
            clock.set_right(packet, number)
        if packet is not None and times is not None and packet.dts is not None:
            times.append(packet.dts)
        try:
            for frame in decoder.decode(packet):
                if times is not None:
                    frame.pts = times.popleft() if times else None
                yield frame
        except av.EOFError:
            return
        except DAMAGE:
            damage.packets += 1
            if times:
                times.pop()
        damage.unshown += packet is not None and packet.is_discard


def _packets(
    container: av.container.InputContainer, stream: av.VideoStream, damage: _Damage
) -> Iterator[av.Packet | None]:
    """The stream's packets; behind the last, None, which makes the decoder give what it holds."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except DAMAGE as error:
        damage.broken_off = reason_of(error)
    yield None


def _jumps(path: Path, container: av.container.InputContainer) -> dict:
    """See `Clock.jumps`; the file is read once more for it, where its format asks for that."""
    if not may_jump(container):
        return {}
    with open_container(path) as again:
        return find_jumps(_readable(again))


def _readable(container: av.container.InputContainer) -> Iterator[av.Packet]:
    with contextlib.suppress(*DAMAGE):
        yield from container.demux()
