"""A network's convolutions and matrix products without all else, to be timed."""

from collections.abc import Callable

import tensorflow as tf

ConcreteFunction = tf.types.experimental.ConcreteFunction

# What is computed, and which attributes it is computed by.
_ATTRIBUTES = {
    "Conv2D": ("strides", "padding", "explicit_paddings", "dilations"),
    "DepthwiseConv2dNative": ("strides", "padding", "explicit_paddings", "dilations"),
    "MatMul": ("transpose_a", "transpose_b"),
}


def heavy_operations(network: ConcreteFunction) -> list[tf.Operation]:
    """A network's convolutions and dense layers, in the order in which they were traced.

    Products of weights alone are the network's own business, and none of them.
    """
    captured = {id(tensor) for tensor in network.graph.internal_captures}
    seen = {tensor.op for tensor in network.graph.inputs if id(tensor) not in captured}
    for operation in network.graph.get_operations():
        if any(tensor.op in seen for tensor in operation.inputs):
            seen.add(operation)
    return [
        operation
        for operation in network.graph.get_operations()
        if operation in seen and operation.type in _ATTRIBUTES
    ]


def alone(operations: list[tf.Operation]) -> Callable[[], tf.Tensor]:
    """Gives a function that does some operations of a network, one after the other, and no more.

    Each is computed on random numbers of the shapes and the dtypes that it has in the network, its
    weights ready in that dtype.

    Args:
        operations: from `heavy_operations`, of a network traced on inputs without open sizes.
    """
    pool: dict[tuple, tf.Tensor] = {}
    operands = [[_random(tensor, pool) for tensor in op.inputs] for op in operations]

    @tf.function(autograph=False)
    def run(operands: list[list[tf.Tensor]]) -> tf.Tensor:
        ends: list[tf.Tensor] = []
        for operation, (x, weights) in zip(operations, operands, strict=True):
            # In a row, as a network's mostly are; its end makes sure that it is computed.
            with tf.control_dependencies(ends[-1:]):
                y = _again(operation, tf.identity(x), weights)
                ends.append(tf.cast(tf.reshape(y, [-1])[0], tf.float32))
        return tf.add_n(ends)

    return lambda: run(operands)


def _random(tensor: tf.Tensor, pool: dict[tuple, tf.Tensor]) -> tf.Tensor:
    key = (*tensor.shape, tensor.dtype)
    if key not in pool:
        pool[key] = tf.cast(tf.random.normal(tensor.shape), tensor.dtype)
    return pool[key]


def _again(operation: tf.Operation, x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    attributes = {name: operation.get_attr(name) for name in _ATTRIBUTES[operation.type]}
    if "padding" in attributes:
        attributes["padding"] = attributes["padding"].decode()
    names = ("a", "b") if operation.type == "MatMul" else ("input", "filter")
    call = getattr(tf.raw_ops, operation.type)
    return call(**dict(zip(names, (x, weights), strict=True)), **attributes)
