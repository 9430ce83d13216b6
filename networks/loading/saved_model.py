"""Generators of SavedModels, which run as the graphs that they are."""

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from facedancer.utils.flags.trust import are_saved_models_trusted
from facedancer.utils.weights.saved_model.trial import read_through, try_saved_model

from ..generator import EMBEDDING_SIZE

# Faces in one call: of these numbers it is known what a graph allocates.
_BATCHES = (4, 1)
_MOST_SIDE = 2048
# What TensorFlow raises for damaged variables, and for a damaged graph.
_DAMAGE = (OSError, ValueError, TypeError, LookupError, tf.errors.OpError)

Swap = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def saved_model_swap(
    folder: Path, name: str, inputs: tuple[str, str], output: str
) -> tuple[int, Swap]:
    """A generator of ``export/savedmodel.py``, or of others with this signature.

    Args:
        folder: of the SavedModel.
        name: of the signature.
        inputs: the names of target and identity.
        output: the name of the picture.

    Returns:
        The side of its crops, and the swap: see `generator.Generator`.

    Raises:
        ValueError: it is damaged, another network, or unsafe and not trusted.
    """
    if not are_saved_models_trusted():
        signature = read_through(folder, name).get(name)
        if signature is not None:
            shapes = {key: shape for key, (_, shape) in signature.inputs.items()}
            _side(shapes, inputs, signature.outputs, output)
            try_saved_model(folder, name, _BATCHES)
    try:
        loaded = tf.saved_model.load(str(folder))
    except _DAMAGE as error:
        raise ValueError(f"the SavedModel is damaged: {error}") from error
    signature = loaded.signatures.get(name)
    specs = signature.structured_input_signature[1] if signature else {}
    shapes = {key: tuple(spec.shape) for key, spec in specs.items()}
    side = _side(shapes, inputs, signature.structured_outputs if signature else {}, output)

    def call(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        # `loaded` owns the variables: named here, it lives as long as the signature.
        given = dict(zip(inputs, (target, identity), strict=True))
        return loaded.signatures[name](**given)[output]

    return side, _in_known_batches(call)


def _side(
    shapes: dict[str, tuple[int | None, ...] | None],
    inputs: tuple[str, str],
    outputs: dict[str, object],
    output: str,
) -> int:
    """The side of a generator's crops.

    Raises:
        ValueError: the inputs and outputs are another network's.
    """
    if set(shapes) != set(inputs) or output not in outputs:
        raise ValueError(f"it is a SavedModel with inputs {sorted(shapes)}")
    target, identity = (shapes[key] for key in inputs)
    side = target[1] if target and len(target) == 4 else None
    if (
        not 1 <= (side or 0) <= _MOST_SIDE
        or target != (None, side, side, 3)
        or identity != (None, EMBEDDING_SIZE)
    ):
        raise ValueError(f"it is a SavedModel with inputs of the shapes {target} and {identity}")
    return side


def _in_known_batches(call: Swap) -> Swap:
    def swap(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        parts, start, count = [], 0, len(target)
        while start < count:
            size = next(size for size in _BATCHES if size <= count - start)
            end = start + size
            part = call(target[start:end], identity[start:end])
            parts.append(tf.ensure_shape(part, target[start:end].shape))
            start = end
        return tf.concat(parts, 0)

    return swap
