"""Photographs on a run's sample grid: what a generator makes of pictures unlike its data."""

from pathlib import Path

import numpy as np
from absl import logging

from facedancer.retinaface.detector import load_detector
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image
from facedancer.utils.suffixes import IMAGE_SUFFIXES

from .fixed_pairs import FixedPairs, choose_sources

MOST_PHOTOGRAPHS = 8


def read_photographs(folder: str | Path, side: int) -> FixedPairs:
    """The largest face of each of the first eight photographs below a folder, by their paths.

    Each is the source of another one, of another person where that can be: a sub-folder is a
    person, and so is a photograph outside of them.

    Args:
        folder: of photographs.
        side: of the crops, in pixels.

    Raises:
        UserError: no such folder, a photograph that cannot be read, or no face in any.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"--sample_photographs={folder}: no such folder")
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    detect = load_detector().detect_batch
    crops, people = [], []
    for path in paths:
        if len(crops) == MOST_PHOTOGRAPHS:
            break
        picture = read_image(path)
        [faces] = detect([picture])
        if not faces:
            logging.warning("%s: no face found, so it is not on the sample grid", path)
            continue
        largest = max(faces, key=lambda face: np.prod(face.box[2:] - face.box[:2]))
        crops.append(align_face(picture, largest.landmarks, side)[0])
        people.append("" if path.parent == folder else str(path.parent))
    if not crops:
        raise UserError(
            f"--sample_photographs={folder}: no photograph with a face; give another folder"
        )
    return FixedPairs(np.stack(crops), choose_sources([name.encode() for name in people]))
