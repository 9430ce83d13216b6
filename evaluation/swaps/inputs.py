"""The crops of a pair list as files, for systems that this project cannot run."""

from pathlib import Path

import numpy as np

from facedancer.utils.images import write_image
from facedancer.utils.progress import progress_bar

from ..stamps import code_of, may_stay, seal, stamp
from .task import SwapTask


def write_inputs(task: SwapTask, folder: Path, batch_size: int) -> None:
    """Writes ``target/P.png`` and ``source/P.png``, both aligned, for each pair P of the list.

    What a system makes of them, called ``P.png`` in one folder, is what `swappers.load_results`
    reads. Files that an earlier run of the same code has written stay.

    Args:
        task: faces and pairs; nothing is swapped.
        folder: of the two folders.
        batch_size: pairs at a time.
    """
    pairs = task.pairs
    faces = [[f.made_by, f.origin, code_of(f.read)] for f in (task.targets, task.sources)]
    made_by = stamp([faces, pairs.targets.tolist(), pairs.sources.tolist()])
    stays = may_stay(folder, made_by)
    for start in progress_bar(range(0, pairs.count, batch_size), unit="batch", desc="inputs"):
        rows = np.arange(start, min(start + batch_size, pairs.count))
        for role, faces, numbers in (
            ("target", task.targets, pairs.targets),
            ("source", task.sources, pairs.sources),
        ):
            paths = [folder / role / f"{row:06d}.png" for row in rows]
            if stays and all(path.is_file() for path in paths):
                continue
            for path, crop in zip(paths, faces.read(numbers[rows]), strict=True):
                write_image(path, crop)
    seal(folder, made_by)
