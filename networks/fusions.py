"""How a decoder stage takes in the target's features: one function for each of ``up_types``."""

from collections.abc import Callable, Sequence

import keras

from .layers import AFFA

# An encoder feature z_a, the decoder's h of the same shape, a layer name -> the stage's input.
Fusion = Callable[[keras.KerasTensor, keras.KerasTensor, str], keras.KerasTensor]

# What a configuration lists: the stages of a 256 x 256 generator, inputs of 8 to 256.
_LISTED_STAGES = 6


def _no_skip(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return h


def _concat(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return keras.layers.Concatenate(name=name)([z_a, h])


def _add(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return keras.layers.Add(name=name)([z_a, h])


def _affa(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    fused, _ = AFFA(name=name)([z_a, h])
    return fused


def _separable_affa(z_a: keras.KerasTensor, h: keras.KerasTensor, name: str) -> keras.KerasTensor:
    fused, _ = AFFA(separable=True, name=name)([z_a, h])
    return fused


FUSIONS: dict[str, Fusion] = {
    "no_skip": _no_skip,
    "concat": _concat,
    "add": _add,
    "affa": _affa,
}
# What stands in their place where 3x3 convolutions are to be separable.
_SEPARABLE: dict[str, Fusion] = {"affa": _separable_affa}


def stage_fusions(up_types: Sequence[str], stages: int, separable: bool = False) -> list[Fusion]:
    """The fusion of each decoder stage, the lowest resolution first.

    ``up_types`` counts from the top resolution down: with fewer stages than types the first types
    are left out, and a stage below the listed ones repeats ``up_types[0]``.

    Args:
        up_types: names from `FUSIONS`: six, as the configurations list them, or one for each stage.
        stages: how many stages the decoder has.
        separable: those with 3x3 convolutions have depthwise-separable ones.

    Raises:
        ValueError: an unknown name, or a wrong number of names.
    """
    for name in up_types:
        if name not in FUSIONS:
            raise ValueError(f"unknown up_type {name!r}: choose from {', '.join(FUSIONS)}")
    if len(up_types) not in (_LISTED_STAGES, stages):
        counts = " or ".join(str(n) for n in sorted({_LISTED_STAGES, stages}))
        raise ValueError(f"up_types must hold {counts} names for this size, got {len(up_types)}")
    missing = max(0, stages - len(up_types))
    table = {**FUSIONS, **_SEPARABLE} if separable else FUSIONS
    return [table[name] for name in ([up_types[0]] * missing + list(up_types))[-stages:]]
