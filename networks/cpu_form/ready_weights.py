"""A network whose weights are kept as its layers multiply them."""

from typing import Any

import keras

# Of the networks' layers, those that multiply by their weights; normalisations keep float32, and
# so does AFFA, which has few weights.
_MULTIPLYING = {"Conv2D", "DepthwiseConv2D", "Dense", "PooledConv", "AdaIN"}
_MIXED = "mixed_"


def with_ready_weights(network: keras.Model) -> keras.Model:
    """Copies a network that is not to learn, so that no weight is cast at every call.

    Under a mixed policy a layer keeps float32 weights and rounds them whenever it is called, which
    a small batch waits for: they are half as much again as what it reads of maps. Here they are
    rounded once, to the same numbers.

    Args:
        network: of `get_generator`, or read from a file.

    Returns:
        A model with the same results; the network itself where nothing is cast.
    """
    config = network.get_config()
    if (ready := ready_config(config)) == config:
        return network
    copy = type(network).from_config(ready)
    copy.set_weights(network.get_weights())
    return copy


def ready_config(config: dict[str, Any]) -> dict[str, Any]:
    """Changes a functional model's configuration to that of `with_ready_weights`' copy.

    Args:
        config: as `keras.Model.get_config` gives it and a file holds it.
    """
    return {**config, "layers": [_ready_layer(layer) for layer in config["layers"]]}


def _ready_layer(layer: dict[str, Any]) -> dict[str, Any]:
    policy = layer["config"].get("dtype")
    if layer["class_name"] not in _MULTIPLYING or not isinstance(policy, dict):
        return layer
    name = policy["config"]["name"]
    if not name.startswith(_MIXED):
        return layer
    policy = {**policy, "config": {**policy["config"], "name": name.removeprefix(_MIXED)}}
    return {**layer, "config": {**layer["config"], "dtype": policy}}
