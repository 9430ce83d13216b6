"""The fixed pairs of faces that a run is judged by, and what its data must be."""

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging

from facedancer.dataset.answers import open_answers
from facedancer.dataset.damage import naming_damage
from facedancer.dataset.data_sets import DataSet, open_data_sets
from facedancer.dataset.pair_codes import PairCodes
from facedancer.dataset.pairs import PairDraw
from facedancer.dataset.record_reader import RecordReader, SkippedRecords
from facedancer.dataset.records import decode_record
from facedancer.utils.errors import UserError

from ..settings.train_config import TrainConfig

MOST_PAIRS = 64


@dataclasses.dataclass(frozen=True, eq=False)
class FixedPairs:
    """Targets and, for each, which of the targets is its source.

    Attributes:
        targets: ``[N, S, S, 3]`` uint8 RGB, not augmented.
        source_of: ``[N]`` int, a permutation; of another identity wherever the records allow it.
        codes: ``[N, K]`` float32, each pair's labels in one, see `PairCodes`; None of a generator
            that is given none.
        own_codes: the same of each target as its own source.
    """

    targets: np.ndarray
    source_of: np.ndarray
    codes: np.ndarray | None = None
    own_codes: np.ndarray | None = None


def check_answers(config: TrainConfig) -> None:
    """Refuses flags of known answers that miss each other.

    Raises:
        UserError: one of the flags needs another one.
    """
    if bool(config.truth_share) != bool(config.truth_weight):
        raise UserError(
            f"--truth_share={config.truth_share} and --truth_weight={config.truth_weight}: known "
            "answers need both above 0, such as 0.2 and 5"
        )
    if config.triplets and not config.truth_share:
        raise UserError("--triplets needs --truth_share and --truth_weight: give both")


def check_data(config: TrainConfig) -> None:
    """Looks at what ``--data`` and ``--validation_data`` say of themselves, and at triplets.

    No record is read.

    Raises:
        UserError: no readable shards, or crops or pairs that this run cannot have.
    """

    check_answers(config)

    def open_folders(folders: Sequence[str]) -> list[DataSet]:
        return open_data_sets(folders, config.image_size, allow_damage=config.skip_corrupt)

    data_sets = open_folders(config.train_folders)
    PairDraw(data_sets, config.batch_size, seed=config.seed, **config.pair_settings)
    open_answers(data_sets, config.image_size, config.truth_share, config.triplets, config.seed)
    if config.validation_data:
        data_sets += open_folders(config.validation_folders)
    if config.code_settings:
        PairCodes(data_sets, **config.code_settings)
    for data_set in data_sets:
        if data_set.index.shrink_factor != 1:
            raise UserError(
                f"{data_set.folder} holds crops with "
                f"--shrink_factor={data_set.index.shrink_factor}, but the identity encoder needs "
                "1: make them again with --shrink_factor=1"
            )


def read_pairs(
    folders: str | Path | Sequence[str | Path],
    most: int = MOST_PAIRS,
    skip_corrupt: bool = False,
    source_labels: Mapping[str, int] | None = None,
    target_labels: Mapping[str, int] | None = None,
) -> FixedPairs:
    """The same at most ``most`` pairs at every call, from all over the shards.

    The first records of evenly chosen shards are taken in turn: many faces of many people, without
    reading the whole set.

    Args:
        folders: one or several folders of shards.
        most: how many pairs.
        skip_corrupt: take the next record in the place of a damaged one.
        source_labels, target_labels: of what labels codes are made, see `PairCodes`.

    Raises:
        UserError: no readable shards, or a damaged one, or a label that is asked for is missing.
    """
    data_sets = open_data_sets(folders, allow_damage=skip_corrupt)
    codes = None
    if source_labels or target_labels:
        codes = PairCodes(data_sets, source_labels or {}, target_labels or {})
    reader = RecordReader(data_sets, SkippedRecords() if skip_corrupt else None)
    with naming_damage(*(data_set.folder for data_set in data_sets)):
        read = [reader.read(tf.constant(number)) for number in _first_records(data_sets, most)]
        # The next of a damaged one may have been chosen itself.
        records = {int(number): record for record, number in read}
        faces = [decode_record(record) for record in records.values()]
    # A name means another person in another set.
    set_of = np.repeat(range(len(data_sets)), [data_set.index.count for data_set in data_sets])
    names = [face["identity"].numpy() for face in faces]
    identities = [
        name and b"%d/%b" % (set_of[number], name)
        for number, name in zip(records, names, strict=True)
    ]
    sources = choose_sources(identities)
    if len(faces) > 1 and len(set(identities)) == 1 and identities[0]:
        where = ", ".join(str(data_set.folder) for data_set in data_sets)
        logging.warning("%s: every face to validate with is of one person", where)
    targets = np.stack([face["image"].numpy() for face in faces])
    if not codes:
        return FixedPairs(targets, sources)
    labels = np.stack([face["labels"].numpy() for face in faces])
    of_pairs, own = codes.of(labels, labels[sources]), codes.of(labels, labels)
    return FixedPairs(targets, sources, of_pairs.numpy(), own.numpy())


def _first_records(data_sets: Sequence[DataSet], most: int) -> np.ndarray:
    """Numbers of records: the first of evenly chosen shards, then their second ones, and so on."""
    counts = [shard.count for data_set in data_sets for shard in data_set.index.shards]
    firsts = np.cumsum(counts) - counts
    chosen = np.linspace(0, len(counts) - 1, min(most, len(counts))).round().astype(int)
    each = math.ceil(most / len(chosen))
    turns = [firsts[chosen] + turn for turn in range(each)]
    there = [turn < np.array(counts)[chosen] for turn in range(each)]
    return np.concatenate(turns)[np.concatenate(there)][:most]


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
