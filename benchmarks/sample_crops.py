"""Crops like a data set's: the two photographs that ship, moved, turned, with a camera's noise."""

from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.images import read_image, write_image

from .sample_photographs import PEOPLE, PHOTOS

# Where the faces are: centre and side of a crop around each, in pixels of its photograph.
_FACES = (((223.0, 120.0), 170.0), ((250.0, 215.0), 260.0))
_NOISE = 4.0


def write_crops(folder: Path, count: int, side: int, identities: int, seed: int = 0) -> None:
    """Writes ``count`` JPEG crops of ``side`` px, in equal shares to so many folders of people."""
    rng = np.random.default_rng(seed)
    photographs = [read_image(PHOTOS / person) for person in PEOPLE]
    for number in range(count):
        person = number % identities
        (centre, size), photograph = _FACES[person % 2], photographs[person % 2]
        scale = side / size * rng.uniform(0.85, 1.15)
        matrix = cv2.getRotationMatrix2D(centre, rng.uniform(-15, 15), scale)
        matrix[:, 2] += side / 2 - np.array(centre) + rng.uniform(-0.05, 0.05, 2) * side
        crop = cv2.warpAffine(photograph, matrix, (side, side), borderMode=cv2.BORDER_REFLECT)
        crop = np.clip(crop + rng.normal(0, _NOISE, crop.shape), 0, 255).astype(np.uint8)
        write_image(folder / f"person_{person:02d}" / f"{number:05d}.jpg", crop)
