"""The picture that a video shows at a moment, without reading all that comes before it."""

import itertools
from pathlib import Path

import av
import numpy as np

from .colour import to_rgb
from .info import VideoInfo
from .reader import VideoReader, open_video
from .stream import DAMAGE, open_container, video_stream


def frame_at(path: Path, seconds: float) -> np.ndarray:
    """The frame of a video or an animation that is shown at a moment.

    A film is sought, so that its length does not matter. Where that cannot be trusted (animations,
    recordings that were joined, damage), all frames up to the moment are read.

    Args:
        path: the file.
        seconds: from the beginning; before it the first frame, behind the end the last.

    Returns:
        ``[H, W, 3]`` uint8 RGB, as displayed.

    Raises:
        UserError: the file is no video, or none of its frames can be decoded.
    """
    with open_video(path) as video:
        info = video.info
        if not info.is_animation and not info.clock.jumps:
            frame = _sought(path, info, seconds)
            if frame is not None:
                return info.orientation.displayed(to_rgb(frame, info.colour)[0])
        return _read(video, seconds)


def _sought(path: Path, info: VideoInfo, seconds: float) -> av.VideoFrame | None:
    """The last frame not after the moment; None where the file does not let itself be sought."""
    moment = float(info.clock.start) + max(0.0, seconds)
    shown = None
    try:
        with open_container(path) as container:
            stream = video_stream(container)
            stream.thread_type = "AUTO"
            container.seek(int(moment / stream.time_base), stream=stream, backward=True)
            for frame in container.decode(stream):
                if frame.time is None:
                    return None
                if frame.time > moment:
                    # Before the first one there is none: that is shown.
                    return shown or (frame if seconds <= 0 else None)
                shown = frame
    except DAMAGE:
        return None
    return shown


def _read(video: VideoReader, seconds: float) -> np.ndarray:
    """The same, frame by frame from the beginning."""
    frames = video.frames()
    shown = next(frames)
    limit = seconds / video.info.time_base
    for frame in itertools.takewhile(lambda one: one.pts <= limit, frames):
        shown = frame
    return shown.image
