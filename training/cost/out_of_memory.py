"""Says in one line what to lower where a run does not fit into memory."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from facedancer.networks.blocks import IMAGE_SIZES
from facedancer.utils.errors import UserError

from ..networks.trained import build_networks
from ..settings.train_config import TrainConfig
from .memory import GIBIBYTE, step_bytes
from .step_graph import trace_step


@contextlib.contextmanager
def explaining_memory(config: TrainConfig, strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Turns memory that runs out within the block into a `UserError` that says what to lower."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise UserError(explain_out_of_memory(config, strategy.num_replicas_in_sync)) from error


def explain_out_of_memory(config: TrainConfig, replicas: int) -> str:
    """Tells what was too much, and what to lower, in one line.

    Args:
        config: the run that did not fit.
        replicas: devices that share its batch.
    """
    batch = config.batch_size // replicas
    need = _need(config, batch)
    estimate = f" needs about {need / GIBIBYTE:.1f} GiB a replica" if need else ""
    remedies = [*_smaller_steps(config, replicas), *_smaller_networks(config)]
    if not need:
        # Not even the networks could be made, so the batch is not to blame.
        remedies.reverse()
    return (
        f"out of memory: --batch_size={config.batch_size} ({batch} pairs on each of {replicas} "
        f"replicas) at --image_size={config.image_size} in {config.precision}{estimate}; "
        f"lower, in this order: {', '.join(remedies)}"
    )


def _need(config: TrainConfig, batch: int) -> int | None:
    """The estimate, from new networks on the CPU; None where even they do not fit."""
    try:
        with tf.device("CPU:0"):
            networks = build_networks(config, tf.distribute.get_strategy())
        return step_bytes(networks, trace_step(config, networks, batch))
    except (tf.errors.ResourceExhaustedError, MemoryError):
        return None


def _smaller_steps(config: TrainConfig, replicas: int) -> list[str]:
    # One pair a batch would always be a same pair.
    least = max(replicas, 2)
    smaller = [
        size
        for size in range(least, config.batch_size)
        if size % replicas == 0 and config.batch_size % size == 0
    ]
    remedies = []
    if smaller:
        batches = config.accumulate * config.batch_size // smaller[-1]
        remedies.append(
            f"--batch_size={smaller[-1]} with --accumulate={batches} (the same step in parts)"
        )
    if config.precision == "float32":
        remedies.append("--precision=mixed_bfloat16 (a quarter less)")
    if config.image_size > IMAGE_SIZES[0]:
        remedies.append(f"--image_size={config.image_size // 2}")
    return remedies


def _smaller_networks(config: TrainConfig) -> list[str]:
    remedies = [f"--base_width={config.base_width // 8 * 4}"] if config.base_width >= 8 else []
    return [*remedies, "--mapping_size"] if config.mapping_size else remedies
