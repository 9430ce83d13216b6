"""Reads any record at once, wherever it lies, and notices a damaged one by its checksum.

It is TensorFlow throughout, and so are `shuffling` and `sampling`: a Python function in a pipeline
without end would now and then hang the process at its exit, when Python is gone but one of the
pipeline's threads still waits for it.
"""

import re
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from .data_sets import DataSet
from .shards.catalogue import FRAME_HEAD

_ERROR = "DamagedRecordError"
_DAMAGED = "is damaged (what lies at its place does not match its checksum)"


class SkippedRecords:
    """The damaged records that a pipeline has met and passed over, each counted once."""

    def __init__(self) -> None:
        with tf.device("CPU:0"):
            self._table = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, -1)

    def add(self, number: tf.Tensor) -> tf.Operation:
        """Notes a record's number, int64; for a pipeline's graph."""
        return self._table.insert(number, number)

    @property
    def count(self) -> int:
        """Counts those so far; a pipeline reads a few batches ahead."""
        return int(self._table.size())


class RecordReader:
    """Direct access to the records of one or several data sets.

    Each record costs two reads at a place of its own, 12 bytes and the rest: fast from an SSD or
    from memory that holds the files (the operating system's page cache), slow from a hard disk,
    which seeks for some 10 ms. In memory it keeps 12 bytes for each record.

    Args:
        data_sets: numbered one after the other, each in stored order.
        skipped: where given, a damaged record is replaced by the next whole one in stored order,
            after the last one by the first, and noted here; without it, it is an error.
    """

    def __init__(self, data_sets: Sequence[DataSet], skipped: SkippedRecords | None = None) -> None:
        paths, shards, offsets, counts = [], [], [], []
        for data_set in data_sets:
            shards.append(data_set.catalogue.shard + len(paths))
            offsets.append(data_set.catalogue.offset - FRAME_HEAD)
            paths += [str(data_set.folder / shard.file) for shard in data_set.index.shards]
            counts += [shard.count for shard in data_set.index.shards]
        with tf.device("CPU:0"):
            self._paths = tf.constant(paths)
            self._shards = tf.constant(np.concatenate(shards), tf.int32)
            self._offsets = tf.constant(np.concatenate(offsets), tf.int64)
            # Of each shard the number of its first record.
            self._firsts = tf.constant(np.cumsum(counts) - counts, tf.int64)
        self._count = sum(counts)
        self._skipped = skipped

    def read(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The record of a number, int64, for a graph: its bytes, and the number of the one read.

        Raises:
            tf.errors.InvalidArgumentError: it is damaged, or with ``skipped`` all are;
                `named_damage` finds the file and the record in it.
        """
        payload = self._payload(number)
        if self._skipped is None:
            whole = _is_whole(payload)
        else:
            payload, number, whole = self._skip_damage(payload, number)
        with tf.control_dependencies([tf.debugging.Assert(whole, [self._complaint(number)])]):
            return tf.identity(payload), number

    def _payload(self, number: tf.Tensor) -> tf.Tensor:
        """The record's bytes; none where it is damaged."""
        shard = tf.gather(self._shards, number)
        variant = tf.raw_ops.TFRecordDatasetV2(
            filenames=tf.gather(self._paths, shard)[None],
            compression_type="",
            # Unbuffered: the bytes beyond the record are another's.
            buffer_size=tf.constant(0, tf.int64),
            byte_offsets=tf.gather(self._offsets, number)[None],
        )
        record = tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string))
        record = record.ignore_errors().concatenate(tf.data.Dataset.from_tensors(b""))
        return record.take(1).get_single_element()

    def _skip_damage(
        self, payload: tf.Tensor, number: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The first whole record from ``number`` on, its number, and whether there is one."""

        def try_next(
            payload: tf.Tensor, number: tf.Tensor, tried: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            with tf.control_dependencies([self._skipped.add(number)]):
                number = (number + 1) % self._count
            return self._payload(number), number, tried + 1

        payload, number, _ = tf.while_loop(
            lambda payload, _, tried: ~_is_whole(payload) & (tried < self._count),
            try_next,
            (payload, number, tf.constant(0, tf.int64)),
            parallel_iterations=1,
        )
        return payload, number, _is_whole(payload)

    def _complaint(self, number: tf.Tensor) -> tf.Tensor:
        shard = tf.gather(self._shards, number)
        in_shard = number - tf.gather(self._firsts, shard)
        path, record = tf.gather(self._paths, shard), tf.strings.as_string(in_shard)
        rest = "--skip_corrupt goes on without it" if self._skipped is None else "so are all others"
        return tf.strings.join(
            [f"{_ERROR}: ", path, ", record ", record, f" {_DAMAGED}, and {rest}"]
        )


def named_damage(message: str) -> str | None:
    """Reads what a TensorFlow error says of a damaged record, if `RecordReader` raised it."""
    # In brackets from a graph, in quotes where it ran eagerly.
    told = re.search(rf"{_ERROR}: (.+)[\]']$", message, re.MULTILINE)
    return told[1] if told else None


def _is_whole(payload: tf.Tensor) -> tf.Tensor:
    return tf.strings.length(payload) > 0
