"""Builds the network that a Keras 3 description tells of, within the bounds of networks of faces.

A description is a stranger's: it may name any class that Keras can find, and any size. So each
class must be on a list, and a network may have no more weights than the file that came with it has
numbers, and no layer whose result is larger than any of ours.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

# Layers of Keras that compute numbers from numbers: none of them reads a file or runs code.
PLAIN_LAYERS = frozenset(
    {
        *("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "Dense"),
        *("BatchNormalization", "LayerNormalization", "UnitNormalization"),
        *("Rescaling", "Normalization", "Resizing"),
        *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
        *("AveragePooling2D", "MaxPooling2D", "ZeroPadding2D", "Cropping2D"),
        *("GlobalAveragePooling2D", "GlobalMaxPooling2D", "UpSampling2D"),
        *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"),
        *("Concatenate", "Flatten", "Reshape", "Permute"),
        *("Dropout", "SpatialDropout2D", "GaussianNoise"),
    }
)
# A functional model's configuration -> that of the one to be built.
Adapt = Callable[[dict[str, Any]], dict[str, Any]]

_MODELS = frozenset({"Functional", "Sequential"})
_CLASSES = {
    "keras": _MODELS | {"DTypePolicy"},
    "keras.src.models.functional": _MODELS,
    "keras.src.models.sequential": _MODELS,
    "keras.layers": PLAIN_LAYERS | {"InputLayer", "GroupNormalization"},
    # Arithmetic between layers: `image[..., ::-1]`, `a + b`.
    "keras.src.ops.numpy": frozenset({"GetItem", "Add", "Subtract", "Multiply", "Maximum", "Mean"}),
    "keras.src.ops.nn": frozenset({"Sigmoid", "Relu", "LeakyRelu", "Softmax"}),
    None: frozenset({"__keras_tensor__", "__slice__", "__ellipsis__"}),
}
# How training begins and is held back.
_OF_TRAINING = {
    "keras.initializers": (keras.initializers, keras.Initializer),
    "keras.regularizers": (keras.regularizers, keras.Regularizer),
    "keras.constraints": (keras.constraints, keras.constraints.Constraint),
}

_MOST_LAYERS = 1_000
_MOST_CLASSES = 20_000
# Configuration C has at 512 pixels 34 million numbers after its largest layer and 405 million after
# all, and needs 106 billion products for a picture.
_MOST_RESULT, _MOST_RESULTS, _MOST_PRODUCTS = 2**26, 2**30, 2**40
_SHOWN = 80
# How many numbers a file may lack and still be told which.
SPARE_NUMBERS = 2**24

# Keras's method is everybody's: one network at a time.
_lock = threading.Lock()


def build_described(
    description: object, most_numbers: int, adapt: Adapt | None = None
) -> keras.Model:
    """The model that a description tells of; its weights are zeros, to be loaded.

    Args:
        description: what `keras.saving.serialize_keras_object` gave, read by `parse_json`.
        most_numbers: that its weights may have, all together.
        adapt: changes the model's configuration before it is built; None: nothing does.

    Raises:
        ValueError: it names a class that no network of ours has, or is malformed or too large;
            nothing large has been allocated then.
    """
    _check_classes(description)
    description["compile_config"] = None
    with limited_weights(most_numbers):
        try:
            if adapt is not None:
                description = {**description, "config": adapt(description["config"])}
            model = keras.saving.deserialize_keras_object(description)
        # The file alone decides what Keras stumbles over: there is no list of what that raises.
        except Exception as error:
            raise ValueError(f"Keras cannot build it: {error}") from error
    if not isinstance(model, keras.Model):
        raise ValueError(f"it describes a {type(model).__name__}, not a model")
    check_results(model)
    return model


def _check_classes(description: object) -> None:
    """Refuses a class that is not known, before Keras looks for it."""
    if not isinstance(description, dict):
        raise ValueError("its description is no JSON object")
    classes = layers = 0
    pending: list[object] = [description]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        if not isinstance(value, dict):
            continue
        pending += value.values()
        if len(calls := value.get("inbound_nodes") or ()) > 1:
            raise ValueError(f"its layer {_shown(value.get('name'))} is called {len(calls)} times")
        if "class_name" in value:
            classes += 1
            layers += _check_class(value)
        if classes > _MOST_CLASSES or layers > _MOST_LAYERS:
            raise ValueError(f"it has more than {_MOST_LAYERS} layers")


def _check_class(entry: dict) -> bool:
    """Tells whether an entry is a layer, of those that are known."""
    name, module = entry["class_name"], entry.get("module")
    registered = entry.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str | None):
        is_known = False
    elif isinstance(registered, str) and ">" in registered:
        # A class of ours, or of a program that imports us and has layers of its own.
        is_known = _is_class(keras.saving.get_registered_object(registered), keras.Layer)
    elif module in _OF_TRAINING:
        is_known = _is_class(getattr(_OF_TRAINING[module][0], name, None), _OF_TRAINING[module][1])
    else:
        is_known = name in _CLASSES.get(module, ()) and registered in (None, name)
    if not is_known:
        raise ValueError(f"it has a {_shown(name)} of {_shown(module)}, which no network here has")
    return module not in (None, *_OF_TRAINING) and name != "DTypePolicy"


def _is_class(found: object, kind: type) -> bool:
    return isinstance(found, type) and issubclass(found, kind)


@contextmanager
def limited_weights(most_numbers: int) -> Iterator[None]:
    """Within, layers get weights of so many zeros together, and a ValueError beyond.

    For a network whose weights come from a file: it is given how many numbers that holds.
    """
    original = keras.Layer.add_weight
    left = most_numbers

    def add_weight(
        layer: keras.Layer,
        shape: tuple[int, ...] | int | None = None,
        initializer: object = None,
        dtype: str | None = None,
        **kwargs: object,
    ) -> keras.Variable:
        nonlocal left
        left -= math.prod(shape) if isinstance(shape, tuple | list) else shape or 1
        if left < 0:
            raise ValueError(f"more weights than the {most_numbers:,} numbers of its file")
        # Drawing numbers would take as long as reading those that take their place.
        return original(layer, shape, "zeros", dtype, **kwargs)

    with _lock:
        keras.Layer.add_weight = add_weight
        try:
            yield
        finally:
            keras.Layer.add_weight = original


def check_results(model: keras.Model) -> None:
    """Refuses a model that would need too much memory or time where it is called on a picture."""
    total = products = 0
    for operation in _operations(model):
        shapes = [tensor.shape for tensor in keras.tree.flatten(_output(operation))]
        for shape in shapes:
            # Free sides, such as those of a detector's picture, are whoever's who calls it.
            count = math.prod(side or 1 for side in shape)
            total += count
            if isinstance(operation, keras.Layer) and not isinstance(operation, keras.Model):
                positions = math.prod(side or 1 for side in shape[1:-1])
                products += positions * sum(math.prod(w.shape) for w in operation.weights)
            if count > _MOST_RESULT or total > _MOST_RESULTS or products > _MOST_PRODUCTS:
                raise ValueError(
                    f"its {_shown(operation.name)} gives {tuple(shape)} for each picture: that is "
                    "no network of faces"
                )


def _output(operation: keras.Operation) -> object:
    try:
        return operation.output
    except AttributeError as error:
        raise ValueError(f"its {_shown(operation.name)} is fed by nothing") from error


def _operations(model: keras.Model) -> Iterator[keras.Operation]:
    for operation in model.layers if isinstance(model, keras.Sequential) else model.operations:
        yield operation
        if isinstance(operation, keras.Model):
            yield from _operations(operation)


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
