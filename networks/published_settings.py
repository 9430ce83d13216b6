"""The settings that a published generator's layers need, so that their results equal ours."""

from facedancer.utils.weights.legacy_graph import GraphError, Node

from .layers import LEAKY_SLOPE

# By class and argument: the values that are ours.
_CONV = {
    "strides": [[1, 1]],
    "padding": ["same"],
    "dilation_rate": [[1, 1]],
    "groups": [1],
    "use_bias": [True],
    "data_format": ["channels_last"],
}
_SETTINGS = {
    "Conv2D": _CONV,
    "Dense": {"activation": ["linear"], "use_bias": [True]},
    "LeakyReLU": {"alpha": [LEAKY_SLOPE]},
    "InstanceNormalization": {
        "epsilon": [1e-3],
        "center": [True],
        "scale": [True],
        "axis": [-1, 3, [-1], [3]],
    },
    "AveragePooling2D": {"pool_size": [[2, 2]], "strides": [[2, 2]], "padding": ["valid"]},
    "UpSampling2D": {"size": [[2, 2]], "interpolation": ["bilinear"]},
    "Concatenate": {"axis": [-1, 3]},
}
# Keras 2 says all of these, save one that came late and is 1 where it is not said.
_LATE = {"groups": 1}


def check_settings(node: Node, **settings: object) -> None:
    """Refuses a layer whose arguments make it another function than ours.

    Args:
        node: the layer.
        settings: what else must hold of it, on top of what holds of its class.

    Raises:
        GraphError: an argument differs; the message names it.
    """
    allowed = {**_SETTINGS.get(node.kind, {}), **{key: [v] for key, v in settings.items()}}
    for key, values in allowed.items():
        value = node.config.get(key, _LATE.get(key))
        if not any(_same(value, other) for other in values):
            raise GraphError(f"{node} has {key} {value}, where ours has {values[0]}")


def _same(value: object, other: object) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        # Keras writes some as float32: 0.20000000298023224.
        return abs(value - other) <= 1e-6 * abs(other)
    return value == other


def whole_number(node: Node, name: str, default: int | None = None) -> int:
    """A layer's whole number of that name."""
    value = node.config.get(name, default)
    if not isinstance(value, int):
        raise GraphError(f"{node} has no number of {name}, but {value!r}")
    return value
