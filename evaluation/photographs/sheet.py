"""All swaps of a few photographs on one page: a row for each target, a column for each source."""

from pathlib import Path

import numpy as np

from facedancer.utils.contact_sheet import contact_sheet

from ..judges import ALL
from .faces import SHOWN_SIDE, SeenFaces, shown
from .judging import JudgedRow


def draw_sheet(faces: SeenFaces, judged: JudgedRow) -> np.ndarray:
    """Draws the page: the sources above, each target to the left of its swaps.

    Under a swap stand its cosines to the source and to the target by each judge, and "nearer" where
    all of them find the source nearer.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    empty = np.full((SHOWN_SIDE, SHOWN_SIDE, 3), 24, np.uint8)
    judges = {name: of for name, of in judged.by_judge.items() if name != ALL}
    # Two lines more than a face's name has, in the first cell, keep all rows equally high.
    lines = "\n" * len(judges)
    pictures = [shown(picture) for picture in faces.pictures]
    names = [Path(name).name for name in faces.names]
    place = {(t, s): n for n, (t, s) in enumerate(zip(judged.targets, judged.sources, strict=True))}

    def caption(row: int) -> str:
        nearer = all(of["nearer"][row] for of in judges.values())
        words = [
            f"{of['id_cosine'][row]:.2f} {of['id_cosine_target'][row]:.2f}"
            for of in judges.values()
        ]
        return "\n".join([*words, "nearer" if nearer else "-"])

    images, captions = [empty, *pictures], [f"target, source{lines}", *names]
    for target in range(faces.count):
        images.append(pictures[target])
        captions.append(names[target])
        for source in range(faces.count):
            row = place.get((target, source))
            images.append(empty if row is None else judged.pictures[row])
            captions.append("" if row is None else caption(row))
    return contact_sheet(images, captions, columns=faces.count + 1, side=SHOWN_SIDE)
