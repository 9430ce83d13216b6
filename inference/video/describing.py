"""The facts of a video: what its head says, and its first frame."""

import itertools
import re
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np

from .clock import Clock
from .colour import colour_of
from .info import VideoInfo
from .orientation import Orientation

# A file without a frame rate.
_USUAL_RATE = Fraction(25)


def describe(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    frame: av.VideoFrame,
    clock: Clock,
) -> VideoInfo:
    """Describes a file's stream of pictures by its head and its first frame."""
    orientation = _orientation(frame)
    clock = _begun(clock, container, stream, frame)
    width, height = frame.width, frame.height
    if orientation.transposed:
        width, height = height, width
    return VideoInfo(
        width=width,
        height=height,
        average_rate=stream.average_rate or stream.guessed_rate or _USUAL_RATE,
        time_base=stream.time_base,
        # Over a jump, what the file claims is the distance between two clocks.
        duration_s=None if clock.jumps else _duration(container, stream, float(clock.start)),
        frames=stream.frames or None,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=frame.format.name,
        colour=colour_of(frame),
        orientation=orientation,
        sample_aspect_ratio=stream.sample_aspect_ratio or Fraction(1),
        has_audio=bool(container.streams.audio),
        clock=clock,
    )


def _begun(
    clock: Clock,
    container: av.container.InputContainer,
    stream: av.VideoStream,
    frame: av.VideoFrame,
) -> Clock:
    """The clock with its start: that of the first picture or sound, if it lies after 0."""
    starts = [0 if frame.pts is None else frame.pts * stream.time_base]
    for sound in container.streams.audio:
        if sound.start_time is not None:
            starts.append(sound.start_time * sound.time_base)
    return replace(clock, start=max(Fraction(0), min(starts)))


def _duration(
    container: av.container.InputContainer, stream: av.VideoStream, start: float
) -> float | None:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    # Matroska counts to the end. The container's duration may be that of the sound.
    tag = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if tag:
        hours, minutes, seconds = tag.groups()
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds) - start
    return container.duration / av.time_base - start if container.duration else None


def _orientation(frame: av.VideoFrame) -> Orientation:
    for data in itertools.islice(frame.side_data, 16):
        if data.type == av.sidedata.sidedata.Type.DISPLAYMATRIX:
            return Orientation.from_matrix(np.frombuffer(bytes(data), np.int32).tolist())
    return Orientation()
