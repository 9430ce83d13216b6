"""Labelled pictures of what becomes of a film's frames: how many stay, and how large they are."""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.swapper import Swapper
from facedancer.inference.video.excerpt import Excerpt
from facedancer.inference.video.frame_at import frame_at
from facedancer.inference.video.reader import open_video
from facedancer.utils.contact_sheet import contact_sheet

from . import made_films
from .made_films import RATE, SIDE

_RATES = (8, 4)
_SCALES = (1.0, 0.5, 0.25)
_SHOWN = 96
_DARK = 24  # As a contact sheet is.
_INK = (255, 220, 0)


def show_fps(swapper: Swapper, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Lays out a film of one second, whose frames have numbers, and those that ``--fps`` leaves.

    Args:
        swapper: the loaded models.
        target, source: pictures ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[H, W, 3]`` uint8 RGB: the film above; a row for each rate, where each frame stands below
        the film's of its moment.
    """
    nothing = np.full((1, 1, 3), _DARK, np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        film, result = Path(folder) / "film.mp4", Path(folder) / "result.mp4"
        made_films.write_film(film, lambda at: _numbered(target, at), 1.0)
        shown = [image for _, image in _frames(film)]
        names = [f"film, {number / RATE:.2f} s" for number in range(RATE)]
        for rate in _RATES:
            settings = SwapSettings(excerpt=Excerpt(fps=float(rate)))
            made_films.swap_film(swapper, film, source, result, settings)
            row, told = [nothing] * RATE, [""] * RATE
            for at, image in _frames(result):
                column = int(at * RATE + 1e-6)
                row[column], told[column] = image, f"fps={rate}: {at:g} s"
            shown += row
            names += told
    return contact_sheet(shown, names, columns=RATE, side=_SHOWN)


def show_scale(swapper: Swapper, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Lays out one frame of a film's swap at several ``--scale``, as large as they are.

    Args:
        swapper: the loaded models.
        target, source: pictures ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    shown, names = [], []
    with tempfile.TemporaryDirectory() as folder:
        film, result = Path(folder) / "film.mp4", Path(folder) / "result.mp4"
        made_films.write_film(film, lambda at: made_films.near(target, 1.2), 2 / RATE)
        for scale in _SCALES:
            settings = SwapSettings(excerpt=Excerpt(scale=scale))
            made_films.swap_film(swapper, film, source, result, settings)
            frame = frame_at(result, 0.0)
            height, width = frame.shape[:2]
            room = np.full((SIDE, SIDE, 3), _DARK, np.uint8)
            room[SIDE - height :, :width] = frame
            shown.append(room)
            names.append(f"scale={scale:g}: {width} x {height} pixels")
    return contact_sheet(shown, names, columns=len(_SCALES), side=SIDE)


def _numbered(target: np.ndarray, at: float) -> np.ndarray:
    """A frame of a person who comes nearer, with its number, from 0, in the corner."""
    frame = made_films.near(target, 1 + 0.4 * at)
    cv2.putText(frame, str(round(at * RATE)), (8, 60), _INK, cv2.FontFace("sans"), 60)
    return frame


def _frames(film: Path) -> list[tuple[float, np.ndarray]]:
    with open_video(film) as video:
        base = video.info.time_base
        return [(float(frame.pts * base), frame.image) for frame in video.frames()]
