"""The fixed pairs of faces that a run is judged by, and what its data must be."""

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging

from facedancer.dataset.damage import naming_damage
from facedancer.dataset.records import decode_record
from facedancer.dataset.shard_index import read_index
from facedancer.utils.cli import UserError

from .config import TrainConfig

MOST_PAIRS = 64


@dataclasses.dataclass(frozen=True, eq=False)
class FixedPairs:
    """Targets and, for each, which of the targets is its source.

    Attributes:
        targets: ``[N, S, S, 3]`` uint8 RGB, not augmented.
        source_of: ``[N]`` int, a permutation; of another identity wherever the records allow it.
    """

    targets: np.ndarray
    source_of: np.ndarray


def check_data(config: TrainConfig) -> None:
    """Looks at the index of ``--train_data`` and ``--validation_data``, which costs nothing.

    Raises:
        UserError: no readable shards, or crops that this run cannot take.
    """
    for folder in filter(None, (config.train_data, config.validation_data)):
        index = read_index(folder)
        if index.side != config.image_size:
            raise UserError(
                f"{folder} holds crops of {index.side} px, not of --image_size="
                f"{config.image_size}: change the flag, or make the crops anew with "
                f"dataset/crop_align.py --im_size={config.image_size}"
            )
        if index.shrink_factor != 1:
            raise UserError(
                f"{folder} holds crops of --shrink_factor={index.shrink_factor}, which the "
                "identity encoder would see out of place: make them with --shrink_factor=1"
            )


def read_pairs(folder: str | Path, most: int = MOST_PAIRS) -> FixedPairs:
    """The same at most ``most`` pairs at every call, from all over the shards.

    The first records of evenly chosen shards are taken in turn: many faces of many people, without
    reading the whole set.

    Raises:
        UserError: no readable shards, or a damaged one.
    """
    index = read_index(folder)
    chosen = np.linspace(0, len(index.shards) - 1, min(most, len(index.shards))).round()
    files = [str(Path(folder) / index.shards[int(number)].file) for number in chosen]
    each = math.ceil(most / len(files))
    records = tf.data.Dataset.from_tensor_slices(files).interleave(
        lambda file: tf.data.TFRecordDataset(file).take(each), cycle_length=len(files)
    )
    with naming_damage(folder):
        faces = list(records.take(most).map(decode_record).as_numpy_iterator())
    identities = [face["identity"] for face in faces]
    sources = choose_sources(identities)
    if len(faces) > 1 and len(set(identities)) == 1 and identities[0]:
        logging.warning("%s: every face to validate with is of one person", folder)
    return FixedPairs(np.stack([face["image"] for face in faces]), sources)


def choose_sources(identities: Sequence[bytes]) -> np.ndarray:
    """For each face the number of another one, of another identity where that can be.

    Every face is a source once. Unknown identities (empty) count as different from all others.
    """
    keys = [name or number for number, name in enumerate(identities)]
    counts = Counter(keys)
    # In a circle of people, each as a run of faces, one step of the longest run's length leads
    # everybody out of their own run, if that person has not more than half of all faces.
    order = sorted(range(len(keys)), key=lambda number: keys.index(keys[number]))
    step = max(counts.values()) % len(keys) or 1
    sources = np.empty(len(keys), int)
    sources[order] = np.roll(order, -step)
    return sources
