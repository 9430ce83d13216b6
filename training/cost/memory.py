"""The memory that a training step needs, estimated.

docs/training.md compares the estimate with measured runs.
"""

import math
from collections.abc import Iterable

import keras
import tensorflow as tf

from ..networks.trained import TrainedNetworks
from .peak import peak_bytes
from .step_graph import StepGraph

GIBIBYTE = 2**30

# What tensors take beyond their own size: holes between them, and a convolution's work space. The
# eleven runs of docs/training.md took 1.1 to 1.7 times what their tensors are.
_ALLOWANCE = 4 / 3


def step_bytes(networks: TrainedNetworks, step: StepGraph) -> int:
    """Bytes that a replica needs at the height of a training step, estimated.

    Weights of all networks, Adam's two slots, gradient sums and running average where there are
    any, and what the forward and backward passes keep at one time, with an allowance. Not counted:
    the program itself (on a CPU some 1.1 GiB of the same memory), what several replicas exchange,
    and the data pipeline.

    Args:
        networks: with their rules.
        step: a step with the penalty.
    """
    tensors = peak_bytes(step.function, step.same_pairs)
    return standing_bytes(networks) + round(_ALLOWANCE * tensors)


def standing_bytes(networks: TrainedNetworks) -> int:
    """Bytes of all variables that stay on a replica from step to step."""
    variables = [*_saved_variables(networks), *networks.encoder.variables]
    if networks.extractor:
        variables += networks.extractor.variables
    for network in networks.regressors.values():
        variables += network.variables
    if networks.second_encoder:
        variables += networks.second_encoder.variables
    for player in networks.players.values():
        variables += player.sums
    return _bytes_of(variables)


def checkpoint_bytes(networks: TrainedNetworks) -> int:
    """Bytes of one checkpoint on disk: the whole state, and the finished generator once more."""
    return _bytes_of([*_saved_variables(networks), *networks.output_generator.variables])


def _saved_variables(networks: TrainedNetworks) -> list[keras.Variable]:
    variables = list(networks.average.variables) if networks.average else []
    for player in networks.players.values():
        variables += [*player.network.variables, *player.optimizer.variables]
    return variables


def _bytes_of(variables: Iterable[keras.Variable | tf.Variable]) -> int:
    return sum(tf.as_dtype(v.dtype).size * math.prod(v.shape) for v in variables)
