"""Frames of a video file, chosen evenly over its length."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from facedancer.inference.video.reader import open_video


def even_frames(count: int, wanted: int) -> list[int]:
    """Numbers of ``wanted`` frames of ``count``, each in the middle of an equal part; no two equal.

    All of them, where there are no more.
    """
    if wanted >= count:
        return list(range(count))
    return [int((number + 0.5) * count / wanted) for number in range(wanted)]


def count_frames(path: Path) -> int:
    """Counts the frames that can be decoded: what a header tells is often wrong.

    Raises:
        UserError: it is no video that can be decoded.
    """
    return sum(1 for _ in read_frames(path))


def read_frames(path: Path, numbers: Sequence[int] | None = None) -> Iterator[np.ndarray]:
    """``[H, W, 3]`` uint8 RGB frames as displayed, in order: those of ``numbers``, by default all.

    Raises:
        UserError: it is no video that can be decoded.
    """
    wanted = None if numbers is None else set(numbers)
    if wanted is not None and not wanted:
        return
    with (
        open_video(path) as video,
        contextlib.closing(video.frames(min(wanted) if wanted else 0)) as frames,
    ):
        for frame in frames:
            if wanted is None or frame.number in wanted:
                yield frame.image
            if wanted is not None and frame.number >= max(wanted):
                return
