"""Hands out the training batches to all devices."""

from collections.abc import Iterator

import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.record_reader import SkippedRecords

from ..settings.train_config import TrainConfig
from .strategy import iterate


def distribute(
    strategy: tf.distribute.Strategy,
    config: TrainConfig,
    start_step: int,
    skipped: SkippedRecords | None = None,
) -> Iterator[tf.distribute.DistributedValues]:
    """The training batches from step ``start_step`` on, ``config.accumulate`` of them a step.

    The global batch is the same whatever the number of replicas R; replica r has its rows r * B / R
    to (r + 1) * B / R, and each process reads no other rows than its own replicas'.

    Args:
        strategy: whose replicas they are for.
        config: what to draw, and how.
        start_step: number of steps done.
        skipped: where given, damaged records are passed over and noted here.

    Returns:
        An iterator that can be passed to a ``tf.function``.

    Raises:
        UserError: see `make_dataset`.
    """

    def make_own(context: tf.distribute.InputContext) -> tf.data.Dataset:
        replicas = context.num_replicas_in_sync
        count = replicas // context.num_input_pipelines
        first = context.input_pipeline_id * count
        return make_dataset(
            config.train_folders,
            image_size=config.image_size,
            batch_size=config.batch_size,
            seed=config.seed,
            **config.pair_settings,
            **config.truth_settings,
            **config.code_settings,
            **config.variety_settings,
            start_step=start_step * config.accumulate,
            shares=replicas,
            own_shares=range(first, first + count),
            skipped=skipped,
        )

    return iterate(strategy, make_own)
