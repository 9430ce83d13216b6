"""Refuses ONNX files with loops that may not end, or with numbers of other folders' files."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx

# None of ONNX's operations opens a file; these run a graph of their own again and again.
_LOOPS = ("Loop", "Scan")
_MOST_TURNS = 1000


def check_graph(model: onnx.ModelProto, folder: Path) -> int:
    """Looks through a network and all graphs within it.

    Args:
        model: without the numbers that lie in further files.
        folder: of its file.

    Returns:
        The size of those further files in bytes.

    Raises:
        ValueError: a loop has no bound, or such a file lies outside of the folder.
    """
    for graph in (model.graph, *model.functions):
        _check_loops(graph, _constants(graph), is_looping=False)
    places = {place for tensor in _tensors(model) for place in _places(tensor)}
    size = 0
    for place in sorted(places):
        path = (folder / place).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise ValueError(f"it keeps numbers in {place}, which is no file of its folder")
        size += path.stat().st_size
    return size


def _check_loops(
    graph: onnx.GraphProto | onnx.FunctionProto, constants: dict[str, int], is_looping: bool
) -> None:
    for node in graph.node:
        is_loop = node.op_type in _LOOPS
        if is_loop and is_looping:
            raise ValueError("it holds loops within loops")
        if node.op_type == "Loop":
            turns = constants.get(node.input[0]) if node.input else None
            if turns is None or turns > _MOST_TURNS:
                raise ValueError(
                    f"it holds a Loop that may never end: wanted is a constant number of turns, at "
                    f"most {_MOST_TURNS}"
                )
        for inner in _graphs(node):
            # What surrounds a graph is seen from within.
            _check_loops(inner, {**constants, **_constants(inner)}, is_loop or is_looping)


def _constants(graph: onnx.GraphProto | onnx.FunctionProto) -> dict[str, int]:
    """Single whole numbers, by name."""
    tensors = {one.name: one for one in getattr(graph, "initializer", ())}
    for node in graph.node:
        if node.op_type == "Constant":
            values = [one.t for one in node.attribute if one.name == "value"]
            tensors |= dict(zip(node.output, values, strict=False))
    whole = {name: one for name, one in tensors.items() if one.data_type == onnx.TensorProto.INT64}
    small = {name: one for name, one in whole.items() if not any(side > 1 for side in one.dims)}
    return {
        name: int(np.ravel(onnx.numpy_helper.to_array(one))[0])
        for name, one in small.items()
        if one.data_location != onnx.TensorProto.EXTERNAL and 0 not in one.dims
    }


def _graphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """All that a model holds, at any depth."""
    left = [model]
    while left:
        part = left.pop()
        if isinstance(part, onnx.TensorProto):
            yield part
            continue
        for field, value in part.ListFields():
            if field.message_type is not None:
                left.extend([value] if hasattr(value, "ListFields") else value)


def _places(tensor: onnx.TensorProto) -> list[str]:
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        return []
    return [entry.value for entry in tensor.external_data if entry.key == "location"]
