"""Near-duplicates in a folder of crops: which ones they are, which one stays, and their removal."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facedancer.utils.images import read_image
from facedancer.utils.progress import progress_bar

from ..crops.table import CropTable
from .perceptual_hash import near_pairs, perceptual_hash
from .removal import Removal, choose_removed_dir, read_crops, remove_crops, write_pairs
from .settings import MAX_DISTANCE

REASON = "near-duplicate"
SHEET_NAME = "duplicates.png"

_READERS = 4
# Crops that wait to be read: not a million at once.
_BLOCK = 4096


@dataclass(frozen=True)
class DuplicateSummary:
    """The outcome of a removal of near-duplicates.

    Attributes:
        crops: how many were looked at.
        removals: what goes.
        mixed: how many of them bear another name than the one that stays.
        removed_dir: where they and the report went.
    """

    crops: int
    removals: Sequence[Removal]
    mixed: int
    removed_dir: Path


def remove_duplicates(
    data_dir: str | Path,
    removed_dir: str | Path | None = None,
    max_distance: int = MAX_DISTANCE,
    dry_run: bool = False,
) -> DuplicateSummary:
    """Moves near-duplicates out of a folder of crops; of each lot the best stays.

    Args:
        data_dir: what `crop_align.py` made.
        removed_dir: see `removal.choose_removed_dir`; also gets the contact sheet `SHEET_NAME`.
        max_distance: bits of 255 that may differ.
        dry_run: only find them and make the sheet.

    Raises:
        UserError: see `removal.read_crops` and `removal.choose_removed_dir`.
    """
    removed = choose_removed_dir(data_dir, removed_dir)
    crops = read_crops(data_dir)
    found = find_duplicates(hash_crops(crops), rank(crops), max_distance)
    removals = [
        Removal(crops.paths[gone], REASON, bits, "bits of 255", crops.paths[kept])
        for gone, (kept, bits) in found.items()
    ]
    pairs = [(one.path, f"{one.value} bits differ", one.other, "") for one in removals]
    write_pairs(removed / SHEET_NAME, data_dir, pairs)
    if not dry_run:
        remove_crops(data_dir, removed, removals)
    names = crops.identity
    mixed = sum(int(names[gone] != names[kept]) for gone, (kept, _) in found.items())
    return DuplicateSummary(len(crops), removals, mixed, removed)


def find_duplicates(
    hashes: np.ndarray, quality: np.ndarray, max_distance: int = MAX_DISTANCE
) -> dict[int, tuple[int, int]]:
    """Chooses the crops to do without, so that no two that are left are near-duplicates.

    The best crop stays, what is near to it goes; then the best of the rest stays, and so on. So
    each that goes is near to one that stays: unlike with groups of neighbours of neighbours, a film
    in which each picture is near to the next does not shrink to one.

    Args:
        hashes: ``[N, 4]`` uint64, from `perceptual_hash`.
        quality: ``[N]``, all different: of a pair, the crop of the greater one stays.
        max_distance: bits that may differ; at most `MAX_LOW_DISTANCE` of them in the first number.

    Returns:
        For each crop that goes, ascending: the one that stays in its place, and their distance.
    """
    # Of equal hashes only the best one is compared: a picture may be there ten thousand times.
    _, kind = np.unique(hashes, axis=0, return_inverse=True)
    ascending = np.argsort(quality)
    best = np.empty(kind.max() + 1, np.int64)
    best[kind[ascending]] = ascending  # The last one to be set is the best.
    gone = _thin_out(hashes[best], quality[best], max_distance)
    # By position among all crops; what equals a crop shares its fate, or goes in its favour.
    fates = {int(best[one]): (int(best[kept]), bits) for one, (kept, bits) in gone.items()}
    for crop in np.flatnonzero(best[kind] != np.arange(len(kind))):
        equal = int(best[kind[crop]])
        fates[int(crop)] = fates.get(equal, (equal, 0))
    return dict(sorted(fates.items()))


def _thin_out(
    hashes: np.ndarray, quality: np.ndarray, max_distance: int
) -> dict[int, tuple[int, int]]:
    """`find_duplicates` for hashes that all differ."""
    one, other, distance = map(np.concatenate, zip(*near_pairs(hashes, max_distance), strict=True))
    is_better = quality[one] > quality[other]
    better, worse = np.where(is_better, one, other), np.where(is_better, other, one)
    gone: dict[int, tuple[int, int]] = {}
    # Once a crop's turn has come, all that could put it away have had theirs.
    for pair in np.lexsort((distance, -quality[better])):
        kept, duplicate = int(better[pair]), int(worse[pair])
        if kept not in gone and duplicate not in gone:
            gone[duplicate] = kept, int(distance[pair])
    return gone


def hash_crops(crops: CropTable) -> np.ndarray:
    """``[N, 4]`` uint64, see `perceptual_hash`."""
    hashes = np.empty((len(crops), 4), np.uint64)

    def hash_one(row: int) -> None:
        hashes[row] = perceptual_hash(read_image(crops.folder / crops.paths[row]))

    with (
        ThreadPoolExecutor(_READERS) as pool,
        progress_bar(total=len(crops), desc="hashing", unit="image") as progress,
    ):
        for start in range(0, len(crops), _BLOCK):
            rows = range(start, min(start + _BLOCK, len(crops)))
            for _ in pool.map(hash_one, rows):
                progress.update()
    return hashes


def rank(crops: CropTable) -> np.ndarray:
    """``[N]`` int64: the better a crop is, the greater its number; all differ.

    What counts first is whether it surely is a face (the score in tenths), then how many pixels the
    photograph had for the crop, in steps of a quarter, then the sharpness, then the path.
    """
    size = np.clip((crops.box[:, 2:] - crops.box[:, :2]).max(1), 1, crops.side)
    steps = np.round(np.log(size) / np.log(1.25))
    # Rows are in the order of their paths; of what is alike the last one to be sorted is the best.
    worst_first = np.lexsort((crops.sharpness, steps, np.round(crops.score, 1)))
    ranks = np.empty(len(crops), np.int64)
    ranks[worst_first] = np.arange(len(crops))
    return ranks
