"""Counts the arithmetic of a graph: one multiply-add is 2 floating-point operations.

Convolutions and matrix products are counted, forward and backward, as they stand in the graph; all
else (normalisation, activations, resizing, losses) is not: it moves more than it computes.
"""

import keras
import tensorflow as tf

from ..networks.trained import TrainedNetworks
from ..settings.train_config import TrainConfig
from .step_graph import (
    ConcreteFunction,
    StepGraph,
    count_elements,
    live_operations,
    trace_step,
)

_DEPTHWISE = "DepthwiseConv2dNative"


def count_flops(function: ConcreteFunction, unknown: int = 1) -> int:
    """Floating-point operations of a function's convolutions and matrix products.

    Args:
        function: that is counted; what it calls in turn is not looked into.
        unknown: what an open dimension counts as.
    """
    return sum(_operation_flops(operation, unknown) for operation in live_operations(function))


def model_flops(model: keras.Model) -> int:
    """Operations of one forward pass on one image, or on one of each of the model's inputs."""
    inputs = [tf.TensorSpec([1, *tensor.shape[1:]], tensor.dtype) for tensor in model.inputs]
    if len(inputs) == 1:
        function = tf.function(model, autograph=False)
    else:
        function = tf.function(lambda *tensors: model(list(tensors)), autograph=False)
    return count_flops(function.get_concrete_function(*inputs))


def step_flops_per_pair(config: TrainConfig, networks: TrainedNetworks, step: StepGraph) -> float:
    """Operations of a training step, both ways, divided by its pairs; mean over the steps.

    Args:
        config: the run; with ``--penalty_every`` the penalty's work counts with its share.
        networks: with their rules.
        step: a step with the penalty.
    """
    total = count_flops(step.function, step.same_pairs)
    if networks.weights.gradient_penalty and networks.penalty_every > 1:
        other = trace_step(config, networks, step.batch, with_penalty=False)
        without = count_flops(other.function, other.same_pairs)
        total = without + (total - without) / networks.penalty_every
    return total / step.batch


def _operation_flops(operation: tf.Operation, unknown: int) -> int:
    kind, tensors = operation.type, list(operation.inputs)
    if kind == "MatMul":
        depth_axis = 0 if operation.get_attr("transpose_a") else 1
        depth = tensors[0].shape[depth_axis]
        return 2 * (depth or unknown) * count_elements(operation.outputs[0].shape, unknown)
    # A convolution, and each of its gradients, does one multiply-add at each element of its result
    # (of the gradient that comes back) for each weight of the kernel that leads there.
    if kind in ("Conv2D", _DEPTHWISE):
        kernel, result = tensors[1], operation.outputs[0]
    elif kind in ("Conv2DBackpropInput", f"{_DEPTHWISE}BackpropInput"):
        kernel, result = tensors[1], tensors[2]
    elif kind in ("Conv2DBackpropFilter", f"{_DEPTHWISE}BackpropFilter"):
        kernel, result = operation.outputs[0], tensors[2]
    else:
        return 0
    height, width, channels_in, _ = kernel.shape
    weights = height * width * (1 if kind.startswith(_DEPTHWISE) else channels_in)
    return 2 * weights * count_elements(result.shape, unknown)
