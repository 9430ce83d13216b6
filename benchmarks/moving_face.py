"""A short film of a face that moves from side to side, made of a photograph that ships."""

from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.images import read_image

from .handled_files import write_clip
from .sample_photographs import PEOPLE, PHOTOS

_FRAMES, _WIDTH, _HEIGHT = 75, 320, 240
_CRF = 23  # What x264 takes without being asked.


def write_moving_face(path: Path) -> None:
    """Writes three seconds of H.264, 320 by 240 pixels, 25 frames a second."""
    photograph = cv2.resize(read_image(PHOTOS / PEOPLE[0]), (400, 400))
    lefts = [40 + int(20 * np.sin(number / 10)) for number in range(_FRAMES)]
    frames = [photograph[20 : 20 + _HEIGHT, left : left + _WIDTH] for left in lefts]
    write_clip(path, [np.ascontiguousarray(frame) for frame in frames], _CRF)
