"""A labelled picture of a saved identity: what it is made of, and what it does."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from facedancer.inference.swapper import Swapper
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

_SIDE = 144
_NAME = "anna.identity"
_IN_FILE = 4  # Pictures that the file is made of.
_DARK, _INK = 24, (235, 235, 235)
_LETTERS, _LINE = 23, 12


def show_saved_identity(
    swapper: Swapper, target: np.ndarray, pictures: Sequence[np.ndarray]
) -> np.ndarray:
    """Lays out some pictures of a person and the file made of them; below each, the swap by it.

    Args:
        swapper: the loaded models.
        target: ``[H, W, 3]`` uint8 RGB.
        pictures: the same, more than four of one person. Those behind the fourth are not in the
            file; the swaps are compared with them.

    Returns:
        ``[H, W, 3]`` uint8 RGB.

    Raises:
        UserError: no face was found in a picture.
    """
    others = [swapper.identity_of(one) for one in pictures[_IN_FILE:]]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"anna{number}.png" for number in range(1, _IN_FILE + 1)]
        for path, picture in zip(paths, pictures, strict=False):
            write_image(path, picture)
        paths.append(Path(folder) / _NAME)
        swapper.save_identity(paths[:_IN_FILE], paths[-1])
        size, text = paths[-1].stat().st_size, _written(paths[-1].read_text())
        swaps = [swapper.swap(target, swapper.identity_from(path)).faces for path in paths]
    if not all(swaps):
        raise UserError("no face was found in the target")
    nothing = np.full((1, 1, 3), _DARK, np.uint8)
    shown = [target, *pictures[:_IN_FILE], text, nothing, *(faces[0].changed for faces in swaps)]
    names = ["target", *(path.name for path in paths[:_IN_FILE]), f"{_NAME}\n{size:,} bytes", ""]
    for path, (face, *_) in zip(paths, swaps, strict=True):
        cosines = [swapper.likeness_of(face, one).to_source for one in others]
        names.append(f"by {path.name}\n{len(others)} others: {np.mean(cosines):.2f}")
    larger = [cv2.resize(one, (_SIDE,) * 2, interpolation=cv2.INTER_CUBIC) for one in shown]
    return contact_sheet(larger, names, columns=_IN_FILE + 2, side=_SIDE)


def _written(text: str) -> np.ndarray:
    """The beginning of a file, as it would be read."""
    page, font = np.full((_SIDE, _SIDE, 3), _DARK, np.uint8), cv2.FontFace("sans")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    cut = [line[at : at + _LETTERS] for line in lines for at in range(0, len(line), _LETTERS)]
    for number, line in enumerate(cut[: _SIDE // _LINE], 1):
        cv2.putText(page, line, (2, number * _LINE - 3), _INK, font, 10)
    return page
