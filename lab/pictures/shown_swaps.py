"""A labelled picture of swaps of rendered people, chosen before anything is swapped."""

from collections.abc import Sequence

import cv2
import numpy as np

from facedancer.dataset.crops.face_quality import sharpness
from facedancer.inference.swapper import Swapper
from facedancer.utils.alignment import align_face
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError

from .render import render

_SEED = 0  # The lab's.
_SIDE = 160
_PICTURES = 12  # of each person, to choose from.
_LARGEST_YAW, _LARGEST_PITCH = 20.0, 15.0
_SHOWN_SIDE = 144


def choose_picture(identity: int) -> np.ndarray:
    """Renders a few pictures of a person and chooses the sharpest of the plain ones.

    Returns:
        ``[S, S, 3]`` uint8 RGB; the first picture if none is plain.
    """
    pictures = [render(_SEED, identity, index, _SIDE) for index in range(_PICTURES)]
    plain = [one for one in pictures if is_plain(one[1])]
    return max(plain or pictures[:1], key=lambda one: _sharpness(*one))[0]


def choose_pictures(identity: int, count: int) -> list[np.ndarray]:
    """The same few pictures of a person: the sharpest of the plain ones, then of the others.

    Returns:
        ``count`` of ``[S, S, 3]`` uint8 RGB.
    """
    pictures = [render(_SEED, identity, index, _SIDE) for index in range(_PICTURES)]
    pictures.sort(key=lambda one: (is_plain(one[1]), _sharpness(*one)), reverse=True)
    return [picture for picture, _ in pictures[:count]]


def is_plain(labels: dict[str, list[float]]) -> bool:
    """Tells whether a rendered face looks near the camera, with nothing before it or on it."""
    yaw, pitch, _ = labels["pose"]
    is_near = abs(yaw) <= _LARGEST_YAW and abs(pitch) <= _LARGEST_PITCH
    bare = labels["occluder"] == [0.0] and labels["glasses"] == [0.0] and labels["worn"][0] == 0
    return is_near and bare


def _sharpness(picture: np.ndarray, labels: dict[str, list[float]]) -> float:
    landmarks = np.array(labels["landmarks"], np.float32).reshape(5, 2)
    return sharpness(align_face(picture, landmarks, 112)[0])


def show_swaps(swapper: Swapper, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Swaps each target and lays out target, source and swap below each other, as aligned crops.

    Args:
        swapper: any with the lab's kind of networks.
        pairs: pictures ``[H, W, 3]`` uint8 RGB of target and source.

    Returns:
        ``[H, W, 3]`` uint8 RGB: a column for each pair.

    Raises:
        UserError: no face was found in a picture.
    """
    targets, sources, swaps = [], [], []
    for number, (target, source) in enumerate(pairs, 1):
        result = swapper.swap(target, swapper.identity_of(source))
        if not result.faces:
            raise UserError(f"no face was found in the target of pair {number}")
        face = result.faces[0]
        landmarks = swapper.detector.detect(source)[0].landmarks
        targets.append(face.crop)
        sources.append(align_face(source, landmarks, face.crop.shape[0])[0])
        swaps.append(face.changed)
    shown = [
        cv2.resize(crop, (_SHOWN_SIDE, _SHOWN_SIDE), interpolation=cv2.INTER_CUBIC)
        for crop in targets + sources + swaps
    ]
    names = [name for name in ("target", "source", "swap") for _ in pairs]
    return contact_sheet(shown, names, columns=len(pairs), side=_SHOWN_SIDE)
