"""A child of `bounded_child`: loads a SavedModel and tries it, for `trial`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2

# TensorFlow has no public way to put functions' bodies in the place of their calls.
from tensorflow.python.framework.convert_to_constants import _run_inline_graph_optimization

from facedancer.utils.weights.child_side import limit_memory, serve

# For each picture of a call, in bytes: of one array, and of all that are made on the way; of the
# paper's generators 34 MB and 1.2 GB.
_MOST_ARRAY, _MOST_ARRAYS = 2**27, 6 * 2**30
_MOST_SIDE = 2048


def main(arguments: Sequence[str], reply: Callable[[dict[str, object]], None]) -> None:
    """Answers ``{"end": true}`` where all is well.

    Args:
        arguments: the SavedModel's folder; the prefix of its variables' files; then, where the
            graph is to be run too, the signature, and the batches that it will be called with.
        reply: see `serve`.
    """
    folder, prefix, *call = arguments
    data = sum(path.stat().st_size for path in Path(prefix).parent.glob("*.data-*"))
    limit_memory(data)
    try:
        _check_numbers(prefix, data)
        if call:
            _check_graph(folder, call[0], [int(batch) for batch in call[1:]])
    # What TensorFlow raises for damaged variables, and for a damaged graph.
    except (OSError, TypeError, LookupError, RuntimeError, tf.errors.OpError) as error:
        raise ValueError(f"the SavedModel is damaged: {error}") from error
    reply({"end": True})


def _check_numbers(prefix: str, data: int) -> None:
    reader = tf.train.load_checkpoint(prefix)
    shapes, kinds = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    numbers = {name: kind for name, kind in kinds.items() if kind.is_numpy_compatible and kind.size}
    declared = sum(
        int(np.prod(shapes[name], dtype=np.float64)) * kind.size
        for name, kind in numbers.items()
        if kind != tf.string
    )
    if declared > data:
        raise ValueError(f"its variables would take {declared} bytes, its files hold {data}")
    for name, kind in numbers.items():
        if kind.is_floating and not np.isfinite(reader.get_tensor(name)).all():
            raise ValueError(f"{name.partition('/.ATTRIBUTES')[0]} holds NaN or infinity")


def _check_graph(folder: str, name: str, batches: Sequence[int]) -> None:
    loaded = tf.saved_model.load(folder)
    signature = loaded.signatures[name]
    specs = signature.structured_input_signature[1]
    for key, spec in specs.items():
        free, *sides = spec.shape
        if free is not None or not all(1 <= (side or 0) <= _MOST_SIDE for side in sides):
            raise ValueError(f"its input {key} has the shape {spec.shape}")
    for batch in batches:
        _check_arrays(signature, specs, batch)
    draw = np.random.default_rng(0)
    given = {
        key: tf.constant(draw.uniform(-1, 1, (1, *spec.shape[1:])), spec.dtype)
        for key, spec in specs.items()
    }
    for key, value in signature(**given).items():
        if not np.isfinite(value).all():
            raise ValueError(f"its output {key} holds NaN or infinity")


def _check_arrays(signature: Callable, specs: dict[str, tf.TensorSpec], batch: int) -> None:
    """Works out the shape of every array of a call, without making one.

    Raises:
        ValueError: one depends on what is in a picture, or is too large.
    """
    fixed = {
        key: tf.TensorSpec([batch, *spec.shape[1:]], spec.dtype, key) for key, spec in specs.items()
    }
    call = tf.function(lambda **inputs: signature(**inputs)).get_concrete_function(**fixed)
    flat = _with_shapes(_run_inline_graph_optimization(call, False, False), call)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(flat, name="")
    total = 0
    for operation in graph.get_operations():
        for tensor in operation.outputs:
            if tensor.dtype in (tf.resource, tf.variant):
                continue
            if not tensor.shape.is_fully_defined():
                raise ValueError(f"no bound is known for what {operation.type} gives")
            size = tensor.shape.num_elements() * tensor.dtype.size
            total += 0 if operation.type == "Placeholder" else size
            if size > batch * _MOST_ARRAY or total > batch * _MOST_ARRAYS:
                raise ValueError(
                    f"{operation.type} gives {tensor.dtype.name} of the shape "
                    f"{tensor.shape.as_list()}, which is too large"
                )


def _with_shapes(graph: graph_pb2.GraphDef, call: tf.types.experimental.ConcreteFunction):
    """A graph with a place of known shape for each variable that it reads."""
    shapes = {
        inner.op.name: outer.shape if inner.dtype != tf.resource else _shape_of(outer, call)
        for outer, inner in call.graph.captures
    }
    nodes = {node.name: node for node in graph.node}
    for node in graph.node:
        if node.op == "ReadVariableOp":
            source = node
            while source.name not in shapes:
                source = nodes[source.input[0].partition(":")[0]]
            node.op = "Placeholder"
            del node.input[:]
            node.attr["shape"].shape.CopyFrom(shapes[source.name].as_proto())
    return graph


def _shape_of(handle: tf.Tensor, call: tf.types.experimental.ConcreteFunction) -> tf.TensorShape:
    return next(one.shape for one in call.graph.variables if one.handle is handle)


if __name__ == "__main__":
    serve(main)
