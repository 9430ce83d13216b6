"""Says which record of which shard is damaged, where TensorFlow only says that one is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from facedancer.utils.errors import UserError

from .record_reader import named_damage
from .shards.catalogue import read_catalogue
from .shards.check import check_shards
from .shards.index import read_index

_REMEDY = "make the shards again with dataset/dataset_sharding.py, or copy them again"


@contextmanager
def naming_damage(*folders: str | Path) -> Iterator[None]:
    """Within the block, reading a batch that fails for damage raises a clear error.

    Only a failure that does not name the record itself, as `RecordReader`'s do, costs anything: all
    shards are then read once more.

    Raises:
        UserError: a shard is damaged; names the file and the record. An error for which no damage
            is found is raised as it was.
    """
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError) as e:
        found = named_damage(e.message) or next(filter(None, map(find_damage, folders)), None)
        if found is None:
            raise
        raise UserError(f"{found}; {_REMEDY}") from e


def find_damage(folder: str | Path) -> str | None:
    """The first damage in a folder of shards, in words, or None.

    Raises:
        UserError: index or catalogue are damaged, or a whole shard is missing.
    """
    folder = Path(folder)
    index = read_index(folder)
    faults = check_shards(folder, index, read_catalogue(folder, index))
    return next((fault for shard in faults for fault in shard), None)
