"""Labelled pictures of what the controls of a film's swap do."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from facedancer.inference.core.flow import Motion
from facedancer.inference.core.frames import Frame, Observation, PlannedFace, SwappedFrame
from facedancer.inference.core.steadying import steadied
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.swapper import Swapper
from facedancer.inference.video.excerpt import Excerpt
from facedancer.inference.video.frame_at import frame_at
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError

from . import made_films
from .made_films import RATE, SIDE

_SHOWN, _SCENE_SHOWN = 144, 220
_NOTHING = np.full((1, 1, 3), 24, np.uint8)  # As dark as a contact sheet.
_MOMENTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
_START, _END = 1.0, 2.0
_CUT = 1.0  # When the second scene of a film begins; it is as long as the first.
_SCENES_AT = (0.25, 0.75, 1.25, 1.75)
_FIRST_FRAME, _FRAMES = 8, 6  # The first of those that are shown: the filter has begun by then.
# Changes are shown so many times as large.
_GAIN = 20


def show_trim(swapper: Swapper, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Lays out a film of a person who comes nearer, and what ``--start`` and ``--end`` leave of it.

    Args:
        swapper: the loaded models.
        target, source: pictures ``[H, W, 3]`` uint8 RGB.

    Returns:
        ``[H, W, 3]`` uint8 RGB: the film above, below each of its moments the result's.
    """
    part = SwapSettings(excerpt=Excerpt(f"{_START:g}", f"{_END:g}"))
    with tempfile.TemporaryDirectory() as folder:
        film, result = Path(folder) / "film.mp4", Path(folder) / "result.mp4"
        made_films.write_film(film, lambda at: made_films.near(target, 1 + 0.25 * at), 3.0)
        made_films.swap_film(swapper, film, source, result, part)
        shown = [frame_at(film, at) for at in _MOMENTS]
        names = [f"film, {at:g} s" for at in _MOMENTS]
        for at in _MOMENTS:
            is_kept = _START <= at < _END
            shown.append(frame_at(result, at - _START) if is_kept else _NOTHING)
            names.append(f"start={_START:g} end={_END:g}: {at - _START:g} s" if is_kept else "")
    return contact_sheet(shown, names, columns=len(_MOMENTS), side=_SHOWN)


def show_tracks(swapper: Swapper, people: Sequence[np.ndarray], source: np.ndarray) -> np.ndarray:
    """Lays out a film's tracks, some of its moments, and the swap of the second person alone.

    Args:
        swapper: the loaded models.
        people: two pictures ``[H, W, 3]`` uint8 RGB, who are seen together; after a cut the second
            one is alone.
        source: whose face that person gets.

    Returns:
        ``[H, W, 3]`` uint8 RGB.

    Raises:
        UserError: the two were not found in both scenes.
    """
    with tempfile.TemporaryDirectory() as folder:
        film, result = Path(folder) / "film.mp4", Path(folder) / "result.mp4"
        made_films.write_film(film, lambda at: _scene(people, at), 2 * _CUT)
        tracks = swapper.list_tracks(film)
        last = tracks[-1] if tracks else None
        if len(tracks) != 3 or last.like == last.number:
            raise UserError(
                "the people of the film were not found or not told apart: give another "
                "--first_identity"
            )
        chosen = (last.like, last.number)
        made_films.swap_film(swapper, film, source, result, SwapSettings(), chosen)
        shown = [one.thumbnail for one in tracks]
        names = [
            f"track {one.number}: {one.first_s:.1f} to {one.last_s:.1f} s"
            + (f", like {one.like}" if one.like != one.number else "")
            for one in tracks
        ]
        shown.append(_NOTHING)
        names.append("")
        for words, path in (("film", film), (f"track={chosen[0]},{chosen[1]}", result)):
            shown += [frame_at(path, at) for at in _SCENES_AT]
            names += [f"{words}: {at:g} s" for at in _SCENES_AT]
    return contact_sheet(shown, names, columns=len(_SCENES_AT), side=_SCENE_SHOWN)


def show_steady(swapper: Swapper, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Lays out neighbouring frames of a swap, and how what it adds changes from each to the next.

    Args:
        swapper: the loaded models.
        target: ``[H, W, 3]`` uint8 RGB, a person, who is moved and turned a little.
        source: the same, whose face that person gets.

    Returns:
        ``[H, W, 3]`` uint8 RGB: the swaps; below them the changes, without the filter and with it.

    Raises:
        UserError: no face was found in a frame.
    """
    identity = swapper.identity_of(source)
    swaps = [
        _swapped(swapper, _moved(target, number), number, identity)
        for number in range(_FIRST_FRAME + _FRAMES)
    ]
    shown, names = [], []
    for one in swaps[_FIRST_FRAME:]:
        shown.append(one.faces[0].changed)
        names.append(f"swap, frame {one.frame.number}")
    for words, frames in (("as it comes", swaps), ("steady", list(steadied(swaps)))):
        for before, now in zip(frames[_FIRST_FRAME - 1 :], frames[_FIRST_FRAME:], strict=False):
            change = _change(before, now)
            shown.append(np.rint(np.minimum(_GAIN * change, 255)).astype(np.uint8))
            names.append(f"{words}: {change.mean():.2f}")
    larger = [cv2.resize(one, (_SHOWN,) * 2, interpolation=cv2.INTER_CUBIC) for one in shown]
    return contact_sheet(larger, names, columns=_FRAMES, side=_SHOWN)


def _change(before: SwappedFrame, now: SwappedFrame) -> np.ndarray:
    """By how much what the swap adds differs from what it added where the face was before.

    ``[S, S, 3]`` float32 in grey levels, the same in each channel.
    """
    old, new = before.faces[0], now.faces[0]
    added = [one.changed.astype(np.float32) - one.crop for one in (old, new)]
    change = np.abs(added[1] - Motion(new.crop, old.crop).carry(added[0]))
    return change.mean(axis=2, keepdims=True).repeat(3, axis=2)


def _swapped(
    swapper: Swapper, image: np.ndarray, number: int, identity: np.ndarray
) -> SwappedFrame:
    faces = swapper.swap(image, identity).faces
    if not faces:
        raise UserError("no face was found in a frame")
    frame = Frame(image, number, number / RATE)
    plan = PlannedFace(faces[0].face, identity, track=0, source=identity)
    return SwappedFrame(
        frame, Observation.of(frame, [faces[0].face]), (plan,), tuple(faces[:1]), image
    )


def _moved(picture: np.ndarray, number: int) -> np.ndarray:
    """A frame of a film in which a picture turns and moves, so that no two frames are alike."""
    middle = (SIDE / 2, SIDE / 2)
    turn = cv2.getRotationMatrix2D(middle, 4 * np.sin(number / 3), 1 + 0.03 * np.sin(number / 4))
    turn[:, 2] += [6 * np.sin(number / 2.5), 3 * np.cos(number / 3)]
    large = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return cv2.warpAffine(
        large, turn, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _scene(people: Sequence[np.ndarray], at: float) -> np.ndarray:
    """A frame of two people side by side, or from the cut on of one alone, ``[288, 384, 3]``."""
    moved = 1.0 + 0.05 * np.sin(4 * at)
    if at < _CUT:
        return np.hstack([made_films.near(one, moved)[:, SIDE // 6 : -SIDE // 6] for one in people])
    alone = cv2.resize(made_films.near(people[1][:, ::-1], moved), (4 * SIDE // 3,) * 2)
    return alone[SIDE // 6 : SIDE // 6 + SIDE]
