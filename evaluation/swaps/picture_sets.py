"""Sets of pictures for others: crops for systems to swap, and swaps for detectors of fakes."""

import json
from pathlib import Path

import numpy as np

from facedancer.utils.files import write_text
from facedancer.utils.images import write_image
from facedancer.utils.progress import progress_bar

from ..stamps import code_of, may_stay, seal, stamp
from .pasting import put_back, weight_of
from .task import SwapTask

_FOLDERS = ("real", "fake", "mask")


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


def write_fakes(task: SwapTask, folder: Path, batch_size: int) -> Path:
    """Writes a set for detectors of manipulated pictures: each swap next to its original.

    ``real/P.png`` and ``fake/P.png`` of pair P are of one size and differ only in the face;
    ``mask/P.png`` says how much of each pixel is the swap's (255: all of it). ``manifest.jsonl``
    has a line a pair. What an earlier run of the same code and networks has written stays.

    Of photographs and videos whole pictures are written, of shards the crops. Either way the swap
    is pasted back as `inference.swapper` does it by default.

    Args:
        task: faces, pairs and the swapper.
        folder: of the set.
        batch_size: pairs at a time.

    Returns:
        The manifest: for each pair its files, the target's and the source's name, the five
        landmarks in the written picture, the seed and the swapper.
    """
    pairs = task.pairs
    faces = [[f.made_by, f.origin, code_of(f.read)] for f in (task.targets, task.sources)]
    swapper = [task.swapper.origin, code_of(task.swapper.swap, put_back)]
    made_by = stamp([faces, swapper, pairs.targets.tolist(), pairs.sources.tolist()])
    stays = may_stay(folder, made_by)
    lines = []
    for start in progress_bar(range(0, pairs.count, batch_size), unit="batch", desc="fakes"):
        rows = np.arange(start, min(start + batch_size, pairs.count))
        files = [{kind: f"{kind}/{row:06d}.png" for kind in _FOLDERS} for row in rows]
        missing = [
            row
            for row, of_row in zip(rows, files, strict=True)
            if not (stays and _complete(folder, of_row))
        ]
        if missing:
            _write(task, np.array(missing), folder)
        for row, of_row in zip(rows.tolist(), files, strict=True):
            target, source = int(pairs.targets[row]), int(pairs.sources[row])
            lines.append(
                {
                    "pair": row,
                    **of_row,
                    "target": task.targets.names[target],
                    "source": task.sources.names[source],
                    "landmarks": task.targets.place(target).landmarks.tolist(),
                    "seed": pairs.seed,
                    "swapper": task.swapper.origin,
                }
            )
    seal(folder, made_by)
    path = folder / "manifest.jsonl"
    write_text(path, "".join(json.dumps(line) + "\n" for line in lines))
    return path


def _complete(folder: Path, files: dict[str, str]) -> bool:
    return all((folder / file).is_file() for file in files.values())


def _write(task: SwapTask, rows: np.ndarray, folder: Path) -> None:
    targets = task.targets.read(task.pairs.targets[rows])
    changed = task.swapper.swap(targets, task.sources.read(task.pairs.sources[rows]), rows)
    for row, crop, swapped in zip(rows.tolist(), targets, changed, strict=True):
        place = task.targets.place(int(task.pairs.targets[row]))
        where = (place.matrix, place.landmarks)
        fake = put_back(place.picture, crop, swapped, *where)
        mask = weight_of(place.picture.shape, crop, *where)
        for kind, picture in zip(_FOLDERS, (place.picture, fake, mask), strict=True):
            write_image(folder / kind / f"{row:06d}.png", picture)
