"""A frozen encoder whose feature maps are computed in 16 bits."""

import keras
from keras import layers

_CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


def in_bfloat16(network: keras.Model) -> keras.Model:
    """Copies a frozen encoder; from its first convolution on, its maps are bfloat16.

    Pictures are prepared and embeddings computed in float32. Convolutions keep their weights as
    they multiply them, so nothing is cast at every call. benchmarks/encoder_precision.py tells what
    this does to distances; `encode` gives all results as float32.

    Args:
        network: a functional model, such as `fold_normalisations` gives.

    Returns:
        A frozen model of the same inputs and outputs, which shares no weight.
    """
    rounded = _layers_of_maps(network)

    def copy(layer: layers.Layer) -> layers.Layer:
        config = layer.get_config()
        if layer.name in rounded:
            is_convolution = isinstance(layer, _CONVOLUTIONS)
            # Statistics of a normalisation that was not folded stay float32.
            config["dtype"] = "bfloat16" if is_convolution else "mixed_bfloat16"
        return type(layer).from_config(config)

    copied = keras.models.clone_model(network, clone_function=copy)
    copied.set_weights(network.get_weights())
    copied.trainable = False
    return copied


def _layers_of_maps(network: keras.Model) -> set[str]:
    """Names of the layers that give maps, the first convolution and all that reads it."""
    names, made = set(), set()
    # In the order of their depth: what a layer reads was made by one before it.
    for layer in network.operations:
        if isinstance(layer, layers.InputLayer):
            continue
        # A layer that is called more than once has no single input.
        read = [x for node in layer._inbound_nodes for x in node.input_tensors]
        given = [x for node in layer._inbound_nodes for x in node.outputs]
        is_later = isinstance(layer, _CONVOLUTIONS) or any(id(x) in made for x in read)
        if is_later and all(len(x.shape) == 4 for x in given):
            names.add(layer.name)
            made.update(id(x) for x in given)
    return names
