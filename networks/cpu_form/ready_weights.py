"""A network whose weights are kept as its layers multiply them."""

import keras

from ..layers import AdaIN
from ..pooled_conv import PooledConv

_MULTIPLYING = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.Dense,
    PooledConv,
    AdaIN,
)


def with_ready_weights(network: keras.Model) -> keras.Model:
    """Copies a network that is not to learn, so that no weight is cast at every call.

    Under a mixed policy a layer keeps float32 weights and rounds them whenever it is called, which
    a small batch waits for: they are half as much again as what it reads of maps. Here they are
    rounded once, to the same numbers. Normalisations keep float32, and AFFA, which has few weights.

    Args:
        network: of `get_generator`, or read from a file.

    Returns:
        A model with the same results; the network itself where nothing is cast.
    """
    if all(layer.compute_dtype == layer.variable_dtype for layer in network.layers):
        return network

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, _MULTIPLYING):
            config["dtype"] = layer.compute_dtype
        return type(layer).from_config(config)

    ready = keras.models.clone_model(network, clone_function=copy)
    ready.set_weights(network.get_weights())
    return ready
