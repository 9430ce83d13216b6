"""Says which record of which shard is damaged, where TensorFlow only says that one is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from facedancer.utils.cli import UserError

from .records import decode_record
from .shard_index import read_index

_REMEDY = "make the shards again with dataset/dataset_sharding.py, or copy them anew"


@contextmanager
def naming_damage(data: str | Path) -> Iterator[None]:
    """Within the block, reading a batch of ``data`` that fails for damage raises a clear error.

    Only a failure costs anything: the shards are then read once more, record by record.

    Raises:
        UserError: a shard is damaged; names the file and the record. An error for which no damage
            is found is raised as it was.
    """
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError) as e:
        found = find_damage(data)
        if found is None:
            raise
        raise UserError(f"{found}; {_REMEDY}") from e


def find_damage(data: str | Path) -> str | None:
    """The first damage in a folder of shards, in words, or None.

    Raises:
        UserError: the index or a whole shard is missing.
    """
    for shard in read_index(data).shards:
        path = Path(data) / shard.file
        count = 0
        try:
            for record in tf.data.TFRecordDataset([str(path)]):
                decode_record(record)
                count += 1
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            return f"{path}, record {count} is damaged ({_plain(error.message)})"
        if count != shard.count:
            return f"{path} holds {count} records, not {shard.count} as the index says"
    return None


def _plain(message: str) -> str:
    """An error's message without the names of graph nodes and operations."""
    return " ".join(re.sub(r"\{\{.*?\}\}|\[Op:.*", "", message, flags=re.DOTALL).split())
