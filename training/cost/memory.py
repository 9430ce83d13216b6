"""How much memory a training step needs, and what to lower where there is too little.

docs/training.md compares the estimate with measured runs.
"""

import math
from collections.abc import Iterable

import keras
import tensorflow as tf

from facedancer.networks.blocks import IMAGE_SIZES

from ..config import TrainConfig
from ..networks import Game, build_game
from .peak import peak_bytes
from .step_graph import StepGraph, trace_step

GIBIBYTE = 2**30

# What tensors take beyond their own size: holes between them, and a convolution's work space. The
# eleven runs of docs/training.md took 1.1 to 1.7 times what their tensors are.
_ALLOWANCE = 4 / 3


def step_bytes(game: Game, step: StepGraph) -> int:
    """Bytes that a replica needs at the height of a training step, estimated.

    Weights of all networks, Adam's two slots, gradient sums and running average where there are
    any, and what the forward and backward passes keep at one time, with an allowance. Not counted:
    the program itself (on a CPU some 1.1 GiB of the same memory), what several replicas exchange,
    and the data pipeline.

    Args:
        game: networks and rules.
        step: a step with the penalty.
    """
    tensors = peak_bytes(step.function, step.same_pairs)
    return standing_bytes(game) + round(_ALLOWANCE * tensors)


def standing_bytes(game: Game) -> int:
    """Bytes of all variables that stay on a replica from step to step."""
    variables = [*_saved_variables(game), *game.encoder.variables]
    if game.extractor:
        variables += game.extractor.variables
    for player in game.players.values():
        variables += player.sums
    return _bytes_of(variables)


def checkpoint_bytes(game: Game) -> int:
    """Bytes of one checkpoint on disk: the whole state, and the finished generator once more."""
    return _bytes_of([*_saved_variables(game), *game.output_generator.variables])


def explain_out_of_memory(config: TrainConfig, replicas: int) -> str:
    """What was too much, and what to lower, in one line.

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
    """The estimate, from networks made anew on the CPU; None where even they do not fit."""
    try:
        with tf.device("CPU:0"):
            game = build_game(config, tf.distribute.get_strategy())
        return step_bytes(game, trace_step(config, game, batch))
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
    return [*remedies, "--mapping_size"]


def _saved_variables(game: Game) -> list[keras.Variable]:
    variables = list(game.average.variables) if game.average else []
    for player in game.players.values():
        variables += [*player.network.variables, *player.optimizer.variables]
    return variables


def _bytes_of(variables: Iterable[keras.Variable | tf.Variable]) -> int:
    return sum(tf.as_dtype(v.dtype).size * math.prod(v.shape) for v in variables)
