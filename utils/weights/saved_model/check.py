"""Reads a SavedModel's graph as data, before TensorFlow makes a program of it.

A SavedModel is a program: its graph may write files and never end. What is not on the lists of
`operations` is refused by name, and so is what would grow beyond all bounds.
"""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError, Message
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from .calls import UnsafeSavedModelError, check_operations
from .operations import IDENTIFIERS, KERAS_IDENTIFIERS, KINDS

GRAPH = "saved_model.pb"
VARIABLES = Path("variables") / "variables"
# The largest of our exports, a generator's with all signatures, takes 3 MB, however wide it is.
_MOST_BYTES = 16 * 2**20
_MOST_PARTS = 10**6
# Of constants, with all that a short notation stands for: weights are variables.
_MOST_CONSTANT_BYTES = 64 * 2**20
# Next to the graph, what TensorFlow reads of a folder.
_SMALL_FILES = ("fingerprint.pb", "debug/saved_model_debug_info.pb")
_MOST_SMALL_BYTES = 2**20
_OWN_NUMBERS = tf.float32, tf.float16, tf.bfloat16, tf.float64
_INTEGERS = tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64
_CONSTANTS = {*_OWN_NUMBERS, *_INTEGERS, tf.bool, tf.string}


@dataclasses.dataclass(frozen=True)
class Signature:
    """The inputs and outputs of a signature.

    Attributes:
        inputs: name -> data type and shape, None for a side that is free, or for the whole shape.
        outputs: likewise.
    """

    inputs: dict[str, tuple[tf.DType, tuple[int | None, ...] | None]]
    outputs: dict[str, tuple[tf.DType, tuple[int | None, ...] | None]]


def check_saved_model(folder: Path, called: str) -> dict[str, Signature]:
    """Looks through a SavedModel; nothing of it runs.

    Args:
        folder: of the SavedModel.
        called: the signature that is to be called, if it is there.

    Returns:
        Its signatures by name.

    Raises:
        UnsafeSavedModelError: an operation is on no list, or something is too large.
        ValueError: it is damaged, or was written by TensorFlow 1.
    """
    _check_files(folder)
    try:
        saved = saved_model_pb2.SavedModel.FromString((folder / GRAPH).read_bytes())
    except DecodeError as error:
        raise ValueError("the SavedModel is damaged: its graph is no protocol buffer") from error
    if len(saved.meta_graphs) != 1 or not saved.meta_graphs[0].HasField("object_graph_def"):
        raise ValueError("it holds no objects of TensorFlow 2, or several graphs")
    [graph] = saved.meta_graphs
    parts = list(_parts(graph))
    _check_constants(parts)
    check_operations(graph, called)
    _check_objects(graph, folder)
    return {name: _signature(definition) for name, definition in graph.signature_def.items()}


def _check_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise UnsafeSavedModelError(f"holds the link {path.name}; copy it with cp -rL")
    bounds = {GRAPH: _MOST_BYTES, **dict.fromkeys(_SMALL_FILES, _MOST_SMALL_BYTES)}
    for name, most in bounds.items():
        path = folder / name
        if path.exists() and path.stat().st_size > most:
            raise UnsafeSavedModelError(f"has a {name} above {most >> 20} MiB")


def _parts(message: Message) -> Iterator[Message]:
    """A message and all within it, however deep; at most `_MOST_PARTS`."""
    count, left = 1, [message]
    while left:
        part = left.pop()
        yield part
        for field, value in part.ListFields():
            if field.message_type is None:
                continue
            if isinstance(value, Message):
                inner = [value]
            elif field.message_type.GetOptions().map_entry:
                is_plain = field.message_type.fields_by_name["value"].message_type is None
                inner = () if is_plain else value.values()
            else:
                inner = value
            count += len(inner)
            if count > _MOST_PARTS:
                raise UnsafeSavedModelError(f"has a graph of more than {_MOST_PARTS} parts")
            left.extend(inner)


def _check_constants(parts: list[Message]) -> None:
    """Adds up the constants: a few bytes may stand for any number of equal values."""
    total = 0
    for part in parts:
        if not isinstance(part, tensor_pb2.TensorProto):
            continue
        kind = _data_type(part.dtype)
        sides = [side.size for side in part.tensor_shape.dim]
        if kind not in _CONSTANTS or part.tensor_shape.unknown_rank or min(sides, default=1) < 0:
            raise UnsafeSavedModelError(f"holds a constant of {kind} with the shape {sides}")
        total += math.prod(sides) * kind.size
        if total > _MOST_CONSTANT_BYTES:
            raise UnsafeSavedModelError(
                f"holds constants of more than {_MOST_CONSTANT_BYTES >> 20} MiB, one with the "
                f"shape {sides}"
            )


def _data_type(number: int) -> tf.DType:
    try:
        return tf.dtypes.as_dtype(number)
    except TypeError:
        raise ValueError(f"it names the data type {number}, which there is not") from None


def _check_objects(graph: meta_graph_pb2.MetaGraphDef, folder: Path) -> None:
    if graph.asset_file_def:
        names = ", ".join(asset.filename for asset in graph.asset_file_def[:3])
        raise UnsafeSavedModelError(f"reads further files ({names}), which no network of ours does")
    on_disk = sum(path.stat().st_size for path in (folder / VARIABLES.parent).glob("*"))
    for node in graph.object_graph_def.nodes:
        kind = node.WhichOneof("kind")
        if kind not in KINDS or node.registered_name or node.registered_saver:
            raise UnsafeSavedModelError(
                f"holds an object of the kind {node.registered_name or kind}"
            )
        identifier = node.user_object.identifier
        if kind == "user_object" and not (
            identifier in IDENTIFIERS or identifier.startswith(KERAS_IDENTIFIERS)
        ):
            raise UnsafeSavedModelError(f"holds an object of the kind {identifier}")
        if kind == "variable":
            sides = [side.size for side in node.variable.shape.dim]
            size = _data_type(node.variable.dtype).size
            if min(sides, default=1) < 0 or math.prod(sides) * size > on_disk:
                raise ValueError(
                    f"the SavedModel is damaged: its variable {node.variable.name} has the shape "
                    f"{sides}, more than its files hold"
                )


def _signature(definition: meta_graph_pb2.SignatureDef) -> Signature:
    return Signature(_specs(definition.inputs), _specs(definition.outputs))


def _specs(
    tensors: dict[str, meta_graph_pb2.TensorInfo],
) -> dict[str, tuple[tf.DType, tuple[int | None, ...] | None]]:
    found = {}
    for name, tensor in tensors.items():
        if not tensor.dtype:  # an operation's, such as the initialisation's
            continue
        shape = tensor.tensor_shape
        sides = tuple(side.size if side.size >= 0 else None for side in shape.dim)
        found[name] = _data_type(tensor.dtype), None if shape.unknown_rank else sides
    return found
