"""Frames of a video file, chosen evenly over its length."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np

from facedancer.utils.cli import UserError

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")


def even_frames(count: int, wanted: int) -> list[int]:
    """Numbers of ``wanted`` frames of ``count``, each in the middle of an equal part; no two equal.

    All of them, where there are no more.
    """
    if wanted >= count:
        return list(range(count))
    return [int((number + 0.5) * count / wanted) for number in range(wanted)]


def count_frames(path: Path) -> int:
    """How many frames can be decoded: what a header tells is often wrong.

    Raises:
        UserError: it is no video that can be decoded.
    """
    return sum(1 for _ in _decode(path))


def read_frames(path: Path, numbers: Sequence[int] | None = None) -> Iterator[np.ndarray]:
    """``[H, W, 3]`` uint8 RGB frames, in order: those of ``numbers``, by default all.

    Raises:
        UserError: it is no video that can be decoded.
    """
    wanted = None if numbers is None else set(numbers)
    last = None if wanted is None else max(wanted, default=-1)
    for number, frame in enumerate(_decode(path)):
        if wanted is None or number in wanted:
            yield frame.to_ndarray(format="rgb24")
        if number == last:
            return


def _decode(path: Path) -> Iterator[av.VideoFrame]:
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UserError(f"{path} holds no pictures")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield from container.decode(stream)
    except (av.FFmpegError, FileNotFoundError) as error:
        raise UserError(f"{path} is not a readable video ({error})") from error
