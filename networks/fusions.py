"""The ways to take the target's features into a decoder stage: a function for each up type."""

import functools
from collections.abc import Callable, Mapping, Sequence

import keras

from facedancer.utils.late_imports import function_at

from .layers import AFFA
from .up_types import UP_TYPES

# An encoder feature z_a, the decoder's h of the same shape, a layer name -> the stage's input.
Fusion = Callable[[keras.KerasTensor, keras.KerasTensor, str], keras.KerasTensor]

# What a configuration lists: the stages of a 256 x 256 generator, inputs of 8 to 256.
_LISTED_STAGES = 6
# What differs between two layers that do the same.
_NAMES = ("name", "dtype", "trainable")
# In a row within one fusion; beyond it the rest of the network would be compared.
_MOST_LAYERS = 8


def no_skip(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Leaves the encoder's feature out."""
    return h


def concat(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Stacks both along the channels."""
    return keras.layers.Concatenate(name=name)([z_a, h])


def add(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Sums both."""
    return keras.layers.Add(name=name)([z_a, h])


def affa(
    z_a: keras.KerasTensor, h: keras.KerasTensor, name: str, separable: bool = False
) -> keras.KerasTensor:
    """Mixes both by an attention mask, see `layers.AFFA`."""
    fused, _ = AFFA(separable=separable, name=name)([z_a, h])
    return fused


# What stands in their place where 3x3 convolutions are to be separable.
_SEPARABLE: dict[str, Fusion] = {"affa": functools.partial(affa, separable=True)}


def stage_fusions(up_types: Sequence[str], stages: int, separable: bool = False) -> list[Fusion]:
    """The fusion of each decoder stage, the lowest resolution first.

    ``up_types`` counts from the top resolution down: with fewer stages than types the first types
    are left out, and a stage below the listed ones repeats ``up_types[0]``.

    Args:
        up_types: names of `UP_TYPES`: six, as the configurations list them, or one for each stage.
        stages: how many stages the decoder has.
        separable: those with 3x3 convolutions have depthwise-separable ones.

    Raises:
        ValueError: an unknown name, or a wrong number of names.
    """
    for name in up_types:
        if name not in UP_TYPES:
            raise ValueError(f"unknown up_type {name!r}: choose from {', '.join(UP_TYPES)}")
    if len(up_types) not in (_LISTED_STAGES, stages):
        counts = " or ".join(str(n) for n in sorted({_LISTED_STAGES, stages}))
        raise ValueError(f"up_types must hold {counts} names for this size, got {len(up_types)}")
    missing = max(0, stages - len(up_types))
    names = ([up_types[0]] * missing + list(up_types))[-stages:]
    return [_fusion(name, separable) for name in names]


def _fusion(name: str, separable: bool = False) -> Fusion:
    if separable and name in _SEPARABLE:
        return _SEPARABLE[name]
    return function_at(UP_TYPES[name], __package__)


def recognise_fusion(
    z_a: keras.KerasTensor,
    h: keras.KerasTensor,
    fused: keras.KerasTensor,
    made_by: Mapping[int, keras.layers.Layer],
) -> str | None:
    """Names the one of `UP_TYPES` from ``z_a`` and ``h`` to ``fused``; None where there is none.

    Each is built and compared layer by layer, weights and names apart: there is no second table
    that could say something else.

    Args:
        z_a: the encoder's feature.
        h: the decoder's.
        fused: the stage's input.
        made_by: of a whole network, the id of each layer's output -> the layer.
    """
    found = _wiring(fused, (z_a, h), made_by)
    for name in UP_TYPES:
        for separable in (False, True) if name in _SEPARABLE else (False,):
            inputs = [keras.Input(tensor.shape[1:]) for tensor in (z_a, h)]
            made = _fusion(name, separable)(*inputs, "stage")
            layers = keras.Model(inputs, made).layers
            ids = {id(x): layer for layer in layers for x in keras.tree.flatten(layer.output)}
            if _wiring(made, inputs, ids) == found:
                return name
    return None


def _wiring(
    tensor: keras.KerasTensor,
    ends: Sequence[keras.KerasTensor],
    made_by: Mapping[int, keras.layers.Layer],
    depth: int = 0,
) -> object:
    """Traces a tensor to ``ends``: layers in layers, down to the ends' numbers."""
    for number, end in enumerate(ends):
        if tensor is end:
            return number
    layer = made_by.get(id(tensor))
    if layer is None or depth > _MOST_LAYERS:
        return "elsewhere"
    config = {key: value for key, value in layer.get_config().items() if key not in _NAMES}
    place = [x is tensor for x in keras.tree.flatten(layer.output)]
    before = keras.tree.flatten(layer.input) if layer.input is not tensor else []
    return type(layer), config, place, [_wiring(x, ends, made_by, depth + 1) for x in before]
