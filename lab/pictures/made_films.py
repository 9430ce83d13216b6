"""Films that show what the controls of a film's swap do: made of pictures, and swapped."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.swapper import Swapper

RATE, SIDE = 12, 288


def near(picture: np.ndarray, times: float) -> np.ndarray:
    """A square frame ``[SIDE, SIDE, 3]`` of a picture at so many times its size there."""
    large = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 0, times)
    return cv2.warpAffine(
        large, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def write_film(path: Path, draw: Callable[[float], np.ndarray], seconds: float) -> None:
    """Writes a film of `RATE` frames a second.

    Args:
        path: of an MP4.
        draw: gives the frame ``[H, W, 3]`` uint8 RGB of each second.
        seconds: how long it is.
    """
    pictures = [draw(number / RATE) for number in range(round(seconds * RATE))]
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=RATE, options={"crf": "12"})
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            output.mux(video.encode(frame))
        output.mux(video.encode())


def swap_film(
    swapper: Swapper,
    film: Path,
    source: np.ndarray,
    result: Path,
    settings: SwapSettings,
    tracks: tuple[int, ...] = (),
) -> None:
    """Gives the faces of a film a person's.

    Args:
        swapper: the loaded models.
        film: the film.
        source: ``[H, W, 3]`` uint8 RGB, the person.
        result: the file that is written.
        settings: of the swap.
        tracks: whose faces; none: all.
    """
    choice = Choice([Role(swapper.identity_of(source))], tracks=tracks)
    for _ in swap_all(swapper, find_tasks([film], result), choice, settings):
        pass
