"""What a network is, read from itself: for a model card."""

import re

import keras

from facedancer.networks.generator import up_types_of


def describe_network(model: keras.Model) -> dict[str, object]:
    """Its side and number of parameters; of a generator of ours, what `get_generator` built it by.

    Returns:
        ``image_size``, None where any will do, and ``parameters``. Of a generator also
        ``up_types``, the lowest resolution first (see `networks.generator.up_types_of`),
        ``widths``, the highest first, ``base_width``, ``mapping_depth``, ``mapping_size`` (None
        without layers), ``separable``.
    """
    facts = {"image_size": model.inputs[0].shape[1], "parameters": model.count_params()}
    layers = {layer.name: layer for layer in model.layers}
    if "stem" not in layers or "up_final_shortcut" not in layers:
        return facts
    downs = [layers[f"down_{side}_shortcut"] for side in reversed(_sides("down", layers))]
    widths = [layer.filters for layer in (layers["stem"], *downs)]
    mapping = [layer for name, layer in layers.items() if re.fullmatch(r"mapping_\d+", name)]
    return {
        **facts,
        "up_types": up_types_of(model),
        "widths": widths,
        "base_width": widths[0],
        "mapping_depth": len(mapping),
        "mapping_size": mapping[0].units if mapping else None,
        "separable": any(isinstance(one, keras.layers.DepthwiseConv2D) for one in model.layers),
    }


def _sides(kind: str, layers: dict[str, keras.layers.Layer]) -> list[int]:
    """Of the blocks of one kind, the lowest first."""
    found = (re.fullmatch(rf"{kind}_(\d+)_shortcut", name) for name in layers)
    return sorted(int(match.group(1)) for match in found if match)
