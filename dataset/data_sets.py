"""The data sets that a pipeline reads: what their indexes and catalogues say, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError

from .shards.catalogue import Catalogue, check_sizes, read_catalogue
from .shards.index import ShardIndex, read_index


@dataclass(frozen=True, eq=False)
class DataSet:
    """One folder of shards."""

    folder: Path
    index: ShardIndex
    catalogue: Catalogue


def open_data_sets(
    folders: str | Path | Sequence[str | Path],
    image_size: int | None = None,
    *,
    allow_damage: bool = False,
) -> list[DataSet]:
    """Reads the index and the catalogue of each folder.

    Args:
        folders: one or several, no two the same.
        image_size: what the crops' side must be, in pixels; None: whatever it is.
        allow_damage: whether shards may be of another size than the one they were written with.

    Raises:
        UserError: no folder, one twice, one without readable shards, or with crops of another size.
    """
    paths = [Path(folders)] if isinstance(folders, str | Path) else [Path(path) for path in folders]
    if not paths:
        raise UserError("no data: give a folder of shards from dataset/dataset_sharding.py")
    for number, path in enumerate(paths):
        if path.resolve() in [other.resolve() for other in paths[:number]]:
            raise UserError(f"{path} is given twice: give it once, and weight it by --data_weights")
    data_sets = []
    for path in paths:
        index = read_index(path)
        if image_size is not None and index.side != image_size:
            raise UserError(
                f"{path} holds crops of {index.side} px, but --image_size is {image_size}: set "
                f"--image_size={index.side}, or make new shards with dataset/crop_align.py "
                f"--image_size={image_size} and dataset/dataset_sharding.py"
            )
        data_sets.append(DataSet(path, index, read_catalogue(path, index)))
        if not allow_damage:
            # A shard that was cut short is known at once, not when its end is drawn.
            check_sizes(path, index, data_sets[-1].catalogue)
    return data_sets


def identity_groups(data_sets: Sequence[DataSet]) -> np.ndarray:
    """For each record of all sets a number from 0: equal where two are known to be of one person.

    A record of unknown identity has a number of its own, and a name means another person in another
    set. Returns ``[N]`` int64.
    """
    groups, first = [], 0
    for data_set in data_sets:
        identity = data_set.catalogue.identity.astype(np.int64)
        unknown = np.flatnonzero(identity < 0)
        names = len(data_set.catalogue.identities)
        identity[unknown] = names + np.arange(len(unknown))
        groups.append(first + identity)
        first += names + len(unknown)
    return np.concatenate(groups)
