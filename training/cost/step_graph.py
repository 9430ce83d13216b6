"""One training step as the graph that TensorFlow makes of it: to be counted, not run."""

import dataclasses
import math

import tensorflow as tf

from facedancer.networks.generator import EMBEDDING_SIZE

from ..gradients import replica_gradients
from ..networks.trained import TrainedNetworks
from ..settings.train_config import TrainConfig

ConcreteFunction = tf.types.experimental.ConcreteFunction


@dataclasses.dataclass(frozen=True)
class StepGraph:
    """The graph of one replica's losses and gradients, both players' backward passes included.

    Attributes:
        function: `replica_gradients`, traced; nothing in it calls another function.
        batch: pairs that the replica takes at a time.
        same_pairs: how many of them the perceptual term looks at, on average and 1 or more. Their
            number differs from step to step, so the graph leaves that dimension open.
    """

    function: ConcreteFunction
    batch: int
    same_pairs: int


def trace_step(
    config: TrainConfig, networks: TrainedNetworks, batch: int, with_penalty: bool = True
) -> StepGraph:
    """Traces a step, which takes seconds and next to no memory: nothing is computed.

    Args:
        config: the run.
        networks: with their rules.
        batch: pairs that a replica takes at a time.
        with_penalty: whether the step takes the gradient penalty, see ``--penalty_every``.
    """
    # Both kinds of step are traced apart: as branches of one graph they could not be told apart.
    networks = dataclasses.replace(networks, penalty_every=1, is_compiled=False)
    if not with_penalty:
        weights = dataclasses.replace(networks.weights, gradient_penalty=0.0)
        networks = dataclasses.replace(networks, weights=weights)
    images = tf.TensorSpec([batch, config.image_size, config.image_size, 3], tf.float32)
    flags = tf.TensorSpec([batch], tf.float32)
    data = {"target": images, "source": images, "same": flags}
    if config.truth_share:
        data |= {"answer": images, "answered": flags}
    if config.code_settings:
        size = networks.generator.network.inputs[1].shape[1] - EMBEDDING_SIZE
        data |= dict.fromkeys(("code", "own_code"), tf.TensorSpec([batch, size], tf.float32))
    function = tf.function(
        lambda data, step: replica_gradients(networks, data, step, step), autograph=False
    ).get_concrete_function(data, tf.TensorSpec([], tf.int64))
    return StepGraph(function, batch, max(1, round(config.same_ratio * batch)))


def live_operations(function: ConcreteFunction) -> list[tf.Operation]:
    """The operations that a function's results need, in the order of their tracing.

    TensorFlow drops the others before it runs the function, such as the gradients of the frozen
    networks' weights.
    """
    graph = function.graph
    pending = [*(tensor.op for tensor in graph.outputs), *graph.control_outputs]
    live = set()
    while pending:
        operation = pending.pop()
        if operation not in live:
            live.add(operation)
            pending += [*(tensor.op for tensor in operation.inputs), *operation.control_inputs]
    return [operation for operation in graph.get_operations() if operation in live]


def count_elements(shape: tf.TensorShape, unknown: int) -> int:
    """Number of elements, an open dimension counted as ``unknown``; 0 for an open rank."""
    if shape.rank is None:
        return 0
    return math.prod(unknown if size is None else size for size in shape)
