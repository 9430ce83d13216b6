"""Reads photographs ahead of their use, a bounded number of pixels at a time."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

from .photograph_list import Photograph

# Photographs that are searched together: at most so many, and no more once they have so many pixels
# (of 3 bytes). Fixed, so that results follow from the photographs and not from the machine.
_GROUP_SIZE = 32
_GROUP_PIXELS = 64_000_000


def read_groups(
    folder: Path, photographs: Sequence[Photograph], pool: Executor
) -> Iterator[tuple[list[Photograph], list[np.ndarray | str]]]:
    """Photographs in groups, in order, with their pixels.

    While a group is in use, the pool reads on, two photographs for each core.

    Yields:
        Photographs, and of each its pixels ``[H, W, 3]`` uint8 RGB or why it could not be read.
    """
    group, images, pixels = [], [], 0
    for photograph, image in zip(photographs, _read_ahead(folder, photographs, pool), strict=True):
        group.append(photograph)
        images.append(image)
        pixels += 0 if isinstance(image, str) else image.shape[0] * image.shape[1]
        if len(group) == _GROUP_SIZE or pixels >= _GROUP_PIXELS:
            yield group, images
            group, images, pixels = [], [], 0
    if group:
        yield group, images


def usable_cores() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_ahead(
    folder: Path, photographs: Sequence[Photograph], pool: Executor
) -> Iterator[np.ndarray | str]:
    pending: deque[Future] = deque()
    for photograph in photographs:
        pending.append(pool.submit(_read, folder / photograph.path))
        if len(pending) > 2 * usable_cores():
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _read(path: Path) -> np.ndarray | str:
    try:
        if path.is_dir():
            return "a folder that cannot be listed"
        return read_image(path)
    except (UserError, OSError) as error:
        return str(error).replace(str(path), path.name)
