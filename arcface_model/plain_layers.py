"""Rebuilds a Keras 2 model from its description, if all its layers are plain Keras layers.

For a file whose architecture is not ours. Layers are looked up in an allow-list, their arguments
must be numbers and words: a Lambda, a TensorFlow call or a custom class is named and refused. What
is nested in the file is built flat, as ``outer.inner``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import keras
from keras import layers

from facedancer.utils.weights.keras_description import SPARE_NUMBERS, check_results, limited_weights
from facedancer.utils.weights.legacy_graph import (
    MOST_LAYERS,
    GraphError,
    Node,
    plain_class,
    read_graph,
)
from facedancer.utils.weights.legacy_h5 import LegacyFile
from facedancer.utils.weights.mapping import Assignment, assign_all

_ALLOWED = {
    layer.__name__: layer
    for layer in (
        *(layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense),
        *(layers.BatchNormalization, layers.LayerNormalization, layers.UnitNormalization),
        *(layers.Rescaling, layers.Normalization, layers.Resizing),
        *(layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.Softmax),
        *(layers.AveragePooling2D, layers.MaxPooling2D, layers.ZeroPadding2D, layers.Cropping2D),
        *(layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D, layers.UpSampling2D),
        *(layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum),
        *(layers.Concatenate, layers.Flatten, layers.Reshape, layers.Permute),
        *(layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise),
    )
}
_MODELS = ("Functional", "Model", "Sequential")
# How training begins and is held back: nothing that a trained network computes.
_OF_TRAINING = ("_initializer", "_regularizer", "_constraint")
_NOT_PASSED = {"name", "trainable", "dtype", "batch_input_shape"}
_ACTIVATIONS = {
    *("linear", "relu", "relu6", "swish", "silu", "sigmoid", "hard_sigmoid", "tanh", "softmax"),
    *("elu", "selu", "gelu", "softplus", "softsign", "leaky_relu"),
}
# A wider layer than any network of faces has would only fill the memory.
_MOST_UNITS = 8192
_RENAMED_LEAVES = {"DepthwiseConv2D": {"depthwise_kernel": "kernel"}}


@dataclass(frozen=True, eq=False)
class _Built:
    """A layer of the new model: the group of the file that holds its weights, and its old name."""

    layer: keras.Layer
    group: str
    name: str


def build_plain_model(file: LegacyFile) -> tuple[keras.Model, tuple[Assignment, ...]]:
    """The model that a file describes, with its weights, and where each went.

    Raises:
        ValueError: a layer is none of plain Keras's, or weights and layers do not match one to one.
    """
    if file.model_config is None:
        raise GraphError("it holds weights without the graph that tells what they are of")
    builder = _Builder()
    try:
        numbers = sum(values.size for values in file.weights.values())
        with limited_weights(numbers + SPARE_NUMBERS):
            model = builder.model(file.model_config)
    except (TypeError, RecursionError, AttributeError, IndexError, OverflowError) as error:
        raise GraphError(f"its graph is malformed ({error})") from error
    check_results(model)
    pairs = []
    for group, weights in file.layers.items():
        targets = _targets(built for built in builder.built if built.group == group)
        pairs += [
            (f"{group}/{name}", targets[key]) for name in weights if (key := _key(name)) in targets
        ]
    assignments = assign_all(model.weights, file.weights, pairs)
    for built in builder.built:
        if isinstance(built.layer, layers.Normalization):
            built.layer.finalize_state()
    return model, assignments


class _Builder:
    def __init__(self) -> None:
        self.built: list[_Built] = []

    def model(self, description: dict) -> keras.Model:
        name, inputs, outputs = self._apply(description, None, "", "")
        return keras.Model(inputs, outputs[0] if len(outputs) == 1 else outputs, name=name)

    def _apply(
        self, description: dict, tensors: list | None, prefix: str, group: str
    ) -> tuple[str, list, list]:
        """Calls a described model on tensors, or on new inputs: its name, inputs and outputs."""
        graph = read_graph(_as_functional(description))
        described = {_name(layer): layer for layer in description["config"]["layers"]}
        results: dict[str, list] = {}
        inputs = []
        for node in graph.nodes.values():
            if node.kind == "InputLayer":
                tensor = tensors[graph.inputs.index(node.name)] if tensors else _new_input(node)
                inputs.append(tensor)
                results[node.name] = [tensor]
                continue
            taken = [
                results[name][index] for name, index in zip(node.inputs, node.takes, strict=True)
            ]
            own_group = group or node.name
            if node.kind in _MODELS:
                inner = f"{prefix}{node.name}."
                results[node.name] = self._apply(described[node.name], taken, inner, own_group)[2]
                continue
            if node.options:
                raise GraphError(f"{node} is called with arguments, as no plain layer is")
            layer = _make_layer(node.kind, f"{prefix}{node.name}", node.config)
            self.built.append(_Built(layer, own_group, node.name))
            if len(self.built) > MOST_LAYERS:
                raise GraphError(f"it has more than {MOST_LAYERS} layers")
            results[node.name] = [layer(taken[0] if len(taken) == 1 else taken)]
        outputs = [
            results[name][index]
            for name, index in zip(graph.outputs, graph.output_takes, strict=True)
        ]
        return graph.name, inputs, outputs


def _as_functional(description: dict) -> dict:
    """A sequential model's description, with the chain written out as a graph."""
    if plain_class(description) != "Sequential":
        return description
    chain = list(description["config"]["layers"])
    if plain_class(chain[0]) != "InputLayer":
        shape = chain[0]["config"].get("batch_input_shape")
        entry = {"class_name": "InputLayer", "name": "sequential_input", "inbound_nodes": []}
        chain.insert(0, {**entry, "config": {"batch_input_shape": shape}})
    names = [_name(layer) for layer in chain]
    calls = [[], *([[[name, 0, 0, {}]]] for name in names[:-1])]
    linked = [
        {**layer, "name": name, "inbound_nodes": call}
        for layer, name, call in zip(chain, names, calls, strict=True)
    ]
    config = {
        "name": description["config"].get("name", "sequential"),
        "layers": linked,
        "input_layers": [[names[0], 0, 0]],
        "output_layers": [[names[-1], 0, 0]],
    }
    return {"class_name": "Functional", "config": config}


def _name(layer: dict) -> str:
    return str(layer["name"] if "name" in layer else layer["config"]["name"])


def _new_input(node: Node) -> keras.KerasTensor:
    shape = node.config.get("batch_input_shape") or node.config.get("batch_shape")
    if not isinstance(shape, list) or not all(s is None or isinstance(s, int) for s in shape):
        raise GraphError(f"{node} has no shape")
    return keras.Input(shape[1:], name=node.name)


def _make_layer(kind: str, name: str, config: Mapping[str, object]) -> keras.Layer:
    if kind not in _ALLOWED:
        raise GraphError(f"the layer {name} is a {kind}, which is no plain Keras layer")
    arguments = {
        key: value
        for key, value in config.items()
        if key not in _NOT_PASSED and not key.endswith(_OF_TRAINING)
    }
    if kind == "LeakyReLU" and "alpha" in arguments:
        arguments["negative_slope"] = arguments.pop("alpha")
    if kind == "BatchNormalization" and isinstance(arguments.get("axis"), list):
        (arguments["axis"],) = arguments["axis"]
    for key, value in arguments.items():
        if not _is_plain(value):
            raise GraphError(f"the layer {name} ({kind}) has a {key} that is no number or word")
        if key.endswith("activation") and value not in _ACTIVATIONS:
            raise GraphError(f"the layer {name} ({kind}) has the unknown activation {value}")
        if key in ("units", "filters") and not 0 < int(value) <= _MOST_UNITS:
            raise GraphError(f"the layer {name} ({kind}) claims {value} {key}")
    return _ALLOWED[kind](name=name, dtype="float32", **arguments)


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_plain(one) for one in value)
    return value is None or isinstance(value, bool | int | float | str)


def _targets(built: Iterable[_Built]) -> dict[tuple[str, str], str]:
    """``{(layer, leaf) as the file names them: path of our variable}`` for a group's layers."""
    targets = {}
    for one in built:
        renamed = {
            new: old for old, new in _RENAMED_LEAVES.get(type(one.layer).__name__, {}).items()
        }
        for variable in one.layer.weights:
            leaf = variable.path.rsplit("/", 1)[-1]
            key = (one.name, renamed.get(leaf, leaf))
            # Keras 2 gave the statistics of a Normalization no layer's name.
            bare = ("", leaf) if isinstance(one.layer, layers.Normalization) else key
            for name in {key, bare}:
                if name in targets:
                    raise GraphError(f"two layers have a weight named {'/'.join(name)}")
                targets[name] = variable.path
    return targets


def _key(name: str) -> tuple[str, str]:
    layer, _, leaf = name.rpartition("/")
    return layer.rsplit("/", 1)[-1], leaf
