"""The most memory that a graph's tensors take, found by replaying it without computing it.

Operations are taken in the order of their tracing, forward passes before backward ones; a
tensor lives from the operation that makes it to the last one that reads it. TensorFlow runs an
operation as soon as its inputs are there, so it may be a little ahead of that order.
"""

import collections

import tensorflow as tf

from .step_graph import ConcreteFunction, count_elements, live_operations

# Operations that hand on their input's buffer under another shape or name.
_VIEWS = {"EnsureShape", "ExpandDims", "Identity", "PreventGradient", "Reshape", "Squeeze"}
_VIEWS |= {"StopGradient"}
# Those whose result is the networks' own, or no more than a few numbers.
_WITHOUT_BUFFER = {"Const", "ReadVariableOp", "Shape", "ShapeN"}


def peak_bytes(function: ConcreteFunction, unknown: int = 1) -> int:
    """The most bytes of tensors that are alive at one time when a function runs.

    Its arguments and results count; variables do not.

    Args:
        function: that is replayed; what it calls in turn is not looked into.
        unknown: what an open dimension counts as.
    """
    operations = live_operations(function)
    reads = collections.Counter(tensor.ref() for tensor in function.graph.outputs)
    for operation in operations:
        reads.update(tensor.ref() for tensor in operation.inputs)
    buffers = {}  # tensor -> the buffer it lies in, named by the tensor it was made for
    readers = collections.Counter()  # buffer -> reads still to come
    sizes = {}  # buffer -> bytes
    alive = peak = 0
    for operation in operations:
        taken = [buffers[tensor.ref()] for tensor in operation.inputs]
        given = []
        for tensor in operation.outputs:
            size = 0 if operation.type in _WITHOUT_BUFFER else _tensor_bytes(tensor, unknown)
            buffer = tensor.ref()
            if operation.type in _VIEWS:
                buffer = taken[0]
            if buffer not in sizes:
                sizes[buffer] = size
                alive += size
            readers[buffer] += reads[tensor.ref()]
            buffers[tensor.ref()] = buffer
            given.append(buffer)
        peak = max(peak, alive)
        readers.subtract(taken)
        for buffer in {*taken, *given}:
            if readers[buffer] == 0:
                alive -= sizes[buffer]
                sizes[buffer] = 0
    return peak


def _tensor_bytes(tensor: tf.Tensor, unknown: int) -> int:
    if tensor.dtype in (tf.resource, tf.variant, tf.string):
        return 0
    return tensor.dtype.size * count_elements(tensor.shape, unknown)
