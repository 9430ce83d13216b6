"""A frozen network without the normalisations that its convolutions can take in."""

import collections

import keras
import numpy as np
from keras import layers

_FOLDABLE = (layers.Conv2D, layers.Dense)


def fold_normalisations(network: keras.Model) -> keras.Model:
    """Copies a frozen network; batch normalisations become part of the convolutions before them.

    At inference a batch normalisation is one factor and one summand for each channel. As a layer it
    takes a pass over the map each way; here the convolution's kernel and bias hold it. Results are
    the same within rounding, under the same names. It is there to be called and differentiated by
    its inputs: what is saved or described is the network itself.

    Args:
        network: a functional model. A normalisation after anything but a convolution or dense layer
            of its own stays.

    Returns:
        A frozen model of the same inputs and outputs, which shares no weight.
    """
    pairs = _pairs(network)
    followed = {convolution.name: norm for norm, convolution in pairs}
    folded_away = {norm.name for norm, _ in pairs}

    def copy(layer: layers.Layer) -> layers.Layer:
        config = layer.get_config()
        if layer.name in followed:
            config["use_bias"] = True
        return type(layer).from_config(config)

    def call(
        layer: layers.Layer, *inputs: keras.KerasTensor, **options: object
    ) -> keras.KerasTensor:
        return inputs[0] if layer.name in folded_away else layer(*inputs, **options)

    folded = keras.models.clone_model(network, clone_function=copy, call_function=call)
    for layer in folded.layers:
        if not layer.weights:
            continue
        original = network.get_layer(layer.name)
        if layer.name in followed:
            layer.set_weights(_folded_weights(original, followed[layer.name]))
        else:
            layer.set_weights(original.get_weights())
    folded.trainable = False
    return folded


def _pairs(network: keras.Model) -> list[tuple[layers.BatchNormalization, layers.Layer]]:
    """Each normalisation that can be folded, and the layer that it follows."""
    made_by = {}
    readers = collections.Counter(id(tensor) for tensor in network.outputs)
    for operation in network.operations:
        # What is called more than once has not one input and one output.
        if not isinstance(operation, layers.InputLayer):
            readers.update(id(tensor) for tensor in keras.tree.flatten(operation.input))
        if len(operation._inbound_nodes) == 1:
            made_by[id(operation.output)] = operation
    return [
        (norm, before)
        for norm in made_by.values()
        if type(norm) is layers.BatchNormalization
        and norm.axis in (-1, len(norm.input.shape) - 1)
        and type(before := made_by.get(id(norm.input))) in _FOLDABLE
        and before.activation is keras.activations.linear
        and readers[id(norm.input)] == 1
    ]


def _folded_weights(
    convolution: layers.Layer, norm: layers.BatchNormalization
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias that give what both layers give one after the other."""

    def values(weight: keras.Variable | None, default: float) -> np.ndarray | float:
        return default if weight is None else weight.numpy().astype(np.float64)

    # gamma * (x * kernel + bias - mean) / sqrt(variance + epsilon) + beta
    deviation = np.sqrt(values(norm.moving_variance, 1.0) + norm.epsilon)
    factor = values(norm.gamma, 1.0) / deviation
    bias = values(convolution.bias, 0.0) - values(norm.moving_mean, 0.0)
    return values(convolution.kernel, 0.0) * factor, bias * factor + values(norm.beta, 0.0)
