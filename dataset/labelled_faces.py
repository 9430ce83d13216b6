"""Shards -> batches of single faces and what they show: for networks that judge faces."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError

from .data_sets import identity_groups, open_data_sets
from .record_reader import RecordReader
from .records import decode_record
from .sampling import make_sampler
from .shuffling import fold_in

Batch = dict[str, tf.Tensor]


class LabelledFaces:
    """The faces of one or several sets, and who and what they show.

    Args:
        folders: of shards, made by ``dataset_sharding.py``; all with the same labels.

    Raises:
        UserError: no readable shards, or sets that do not fit together.

    Attributes:
        side: the crops' side in pixels.
        label_names: what each number of a face's labels is, see `ShardIndex.label_names`.
        identities: ``[N]`` int64, each record's, numbered from 0 over all sets; a record of unknown
            identity has a number of its own.
        names: of the identities that are known, set after set.
    """

    def __init__(self, folders: Sequence[str | Path]) -> None:
        self._data_sets = open_data_sets(folders)
        first = self._data_sets[0]
        for other in self._data_sets[1:]:
            for what in ("side", "label_names"):
                if getattr(other.index, what) != getattr(first.index, what):
                    raise UserError(
                        f"{first.folder} and {other.folder} differ in {what.replace('_', ' ')}: "
                        "crop both with the same settings, and label both or neither"
                    )
        self.side: int = first.index.side
        self.label_names = first.index.label_names
        self.identities = identity_groups(self._data_sets)
        self.names = tuple(name for each in self._data_sets for name in each.catalogue.identities)
        with tf.device("CPU:0"):
            self._groups = tf.constant(self.identities)
        self._reader = RecordReader(self._data_sets)

    @property
    def count(self) -> int:
        """N, the number of faces."""
        return len(self.identities)

    @property
    def all_identities_known(self) -> bool:
        """Tells whether every face's identity is known."""
        return all((each.catalogue.identity >= 0).all() for each in self._data_sets)

    def columns(self, label: str) -> slice | None:
        """Finds a label's numbers among a face's; None where the faces have no such label."""
        found = [
            number
            for number, name in enumerate(self.label_names)
            if name == label or name.startswith(f"{label}/")
        ]
        return slice(found[0], found[-1] + 1) if found else None

    def batches(
        self,
        batch_size: int,
        *,
        seed: int,
        sampling: str = "image",
        start_step: int = 0,
        shares: int = 1,
    ) -> tf.data.Dataset:
        """Endless shuffled batches, which depend on the seed and the step alone.

        Args:
            batch_size: faces, over all shares.
            seed: of the order.
            sampling: what is drawn equally often, see `make_sampler`.
            start_step: number of batches to leave out at the beginning, for resuming.
            shares: how many elements each batch is cut into, one after the other: replicas' parts.

        Returns:
            ``{"image": [B, S, S, 3] uint8 RGB, "identity": [B] int64, see `identities`,
            "labels": [B, L] float32, "landmarks": [B, 5, 2] float32 in the crop's pixels}``.
        """
        if batch_size % shares:
            raise UserError(f"a batch of {batch_size} cannot be cut into {shares} equal shares")
        with tf.device("CPU:0"):
            sampler = make_sampler(sampling, self._data_sets, (), fold_in(seed, 0))
        # The sampler's many small operations cost next to nothing for many faces together.
        chunk = 64 * batch_size
        first = start_step * batch_size
        plain = tf.autograph.experimental.do_not_convert

        def draw(number: tf.Tensor) -> tf.Tensor:
            return sampler(first + number * chunk + tf.range(chunk, dtype=tf.int64))

        dataset = tf.data.Dataset.counter().map(plain(draw)).unbatch()
        return self._load(dataset, batch_size // shares, drop_remainder=True)

    def read(self, numbers: np.ndarray, batch_size: int) -> Iterator[Batch]:
        """Some records' faces in batches, as `batches` gives them; the last may be smaller."""
        dataset = tf.data.Dataset.from_tensor_slices(numbers.astype(np.int64))
        return iter(self._load(dataset, batch_size, drop_remainder=False))

    def _load(
        self, numbers: tf.data.Dataset, batch_size: int, drop_remainder: bool
    ) -> tf.data.Dataset:
        def load(number: tf.Tensor) -> Batch:
            serialized, number = self._reader.read(number)
            record = decode_record(serialized)
            return {
                "image": tf.ensure_shape(record["image"], [self.side, self.side, 3]),
                "identity": tf.gather(self._groups, number),
                "labels": tf.ensure_shape(record["labels"], [len(self.label_names)]),
                "landmarks": record["landmarks"],
            }

        plain = tf.autograph.experimental.do_not_convert
        dataset = numbers.map(plain(load), num_parallel_calls=tf.data.AUTOTUNE)
        dataset = dataset.batch(batch_size, drop_remainder=drop_remainder)
        options = tf.data.Options()
        options.deterministic = True
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
        return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def evenly(faces: LabelledFaces, most: int) -> np.ndarray:
    """At most ``most`` record numbers, of as many identities as possible, the same every time.

    Round after round, one of each identity; in stored order at last.
    """
    order = np.argsort(faces.identities, kind="stable")
    grouped = faces.identities[order]
    starts = np.flatnonzero(np.r_[True, grouped[1:] != grouped[:-1]])
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return np.sort(order[np.argsort(rank, kind="stable")[:most]])
