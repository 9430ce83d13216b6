"""FaceDancer's generator: a target picture and an identity in, the swapped picture out."""

import functools
from collections.abc import Sequence

import keras

from .blocks import (
    conv,
    conv3,
    down_block,
    level_widths,
    mapping_network,
    separable_conv3,
    up_block,
)
from .fusions import recognise_fusion, stage_fusions
from .layers import AFFA, Upsample

EMBEDDING_SIZE = 512


def get_generator(
    up_types: Sequence[str],
    mapping_depth: int = 4,
    mapping_size: int = 512,
    image_size: int = 256,
    base_width: int = 64,
    separable: bool = False,
) -> keras.Model:
    """Builds the generator of the paper's figure 2, at any of four sizes.

    An encoder halves the picture down to 8x8 (4x4 where it is 64x64) while widths double from
    ``base_width`` to 8 times that; a decoder doubles it back, each stage first fusing its input
    with the encoder's feature of the same side. AFFA layers are named by the side that their stage
    leads to (``"64x64"``), the last ``"final"``.

    Args:
        up_types: the fusion of each decoder stage, lowest resolution first, counted from the top
            resolution; see `fusions.stage_fusions`. The configurations A to E list six, for inputs
            of 8 to 256 at 256x256; at 64 and 128 the last five are taken.
        mapping_depth: layers of the mapping network; at 0 the identity itself conditions the
            decoder (configuration E).
        mapping_size: width of the mapping network.
        image_size: 64, 128, 256 or 512.
        base_width: channels at the top resolution, a multiple of 4.
        separable: 3x3 convolutions are depthwise-separable, AFFA's too: not the paper's, for small
            devices. The first and the last one see few channels, and are not.

    Returns:
        A model called as ``generator([target, identity])``: ``target`` ``[B, S, S, 3]`` RGB in
        [-1, 1] and ``identity`` ``[B, 512]``, the encoder's raw embedding -> ``[B, S, S, 3]``
        float32 in the target's range, linear, so not clipped to it.

    Raises:
        ValueError: an argument is out of its range; the message names it.
    """
    widths = level_widths(image_size, 4 if image_size == 64 else 8, base_width)
    fusions = stage_fusions(up_types, len(widths), separable)
    convolve = separable_conv3 if separable else conv3
    down = functools.partial(down_block, convolve=convolve)
    up = functools.partial(up_block, convolve=convolve)

    target = keras.Input((image_size, image_size, 3), name="target")
    identity = keras.Input((EMBEDDING_SIZE,), name="identity")
    w = mapping_network(identity, mapping_depth, mapping_size)

    z = conv(widths[0], 3, "stem")(target)
    features = [z]
    for width in widths[1:]:
        z = down(z, width, f"down_{z.shape[1] // 2}")
        features.append(z)
    z = down(z, widths[-1], "bottleneck_down", downsample=False)

    h = up(z, w, widths[-1], "bottleneck_up", upsample=False)
    for fuse, width in zip(fusions[:-1], reversed(widths[:-1]), strict=True):
        z_a = features.pop()
        side = 2 * z_a.shape[1]
        h = fuse(z_a, h, f"{side}x{side}")
        h = up(h, w, width, f"up_{side}")
    h = fusions[-1](features.pop(), h, "final")
    # The picture is the sum of two convolutions: each rounded to bfloat16 could cost a grey level.
    swapped = up_block(h, w, 3, "up_final", upsample=False, dtype="float32")
    return keras.Model([target, identity], swapped, name="generator")


def up_types_of(generator: keras.Model) -> list[str]:
    """The fusion of each decoder stage of what `get_generator` built, the lowest first.

    Read from the network itself, so of a file of any age; "unknown" where none of `UP_TYPES` makes
    what stands there.
    """
    layers = {layer.name: layer for layer in generator.layers}
    made_by = {
        id(tensor): layer
        for layer in generator.layers
        for tensor in keras.tree.flatten(layer.output)
    }
    names, before, level = [], "bottleneck_up", "bottleneck_down"
    while before != "up_final":
        z_a = layers[f"{level}_norm"].input
        after = f"up_{2 * z_a.shape[1]}"
        if before == f"up_{generator.inputs[0].shape[1]}":
            # The last stage: it keeps the side, and takes the stem's feature.
            z_a, after = layers["stem"].output, "up_final"
        fused = layers[f"{after}_shortcut"].input
        name = recognise_fusion(z_a, _end_of(before, layers), fused, made_by)
        names.append(name or "unknown")
        before, level = after, f"down_{z_a.shape[1]}"
    return names


def _end_of(block: str, layers: dict[str, keras.layers.Layer]) -> keras.KerasTensor:
    """Finds the result of an `up_block`: its sum, enlarged where the block does that."""
    shortcut = layers[f"{block}_shortcut"].output
    (total,) = (
        layer.output
        for layer in layers.values()
        if isinstance(layer, keras.layers.Add) and layer.input[0] is shortcut
    )
    enlarged = [
        layer.output
        for layer in layers.values()
        if isinstance(layer, Upsample) and layer.input is total
    ]
    return enlarged[0] if enlarged else total


def attention_masks(generator: keras.Model) -> keras.Model:
    """The model that gives every AFFA mask of a generator, built or loaded; weights are shared.

    Returns:
        A model of the generator's inputs -> ``{side: mask}``: ``side`` is the mask's own side as a
        string (``"64"``), ``mask`` ``[B, side, side, C]`` float32 in [0, 1]; 1 lets the decoder's
        feature through, 0 the target's.

    Raises:
        ValueError: the generator has no AFFA layer.
    """
    masks = [layer.output[1] for layer in generator.layers if isinstance(layer, AFFA)]
    if not masks:
        raise ValueError(
            "this generator has no AFFA layer, so no attention masks: "
            "none of its up_types is 'affa'"
        )
    return keras.Model(
        generator.inputs, {str(mask.shape[1]): mask for mask in masks}, name="attention_masks"
    )


def with_attention(generator: keras.Model) -> keras.Model:
    """The generator that also tells where AFFA let the source's face through, in one call.

    Returns:
        A model of the generator's inputs -> ``[changed [B, S, S, 3], attention [B, S, S]]``, the
        second float32 in [0, 1]: the mean of all masks' channels, enlarged to S.

    Raises:
        ValueError: the generator has no AFFA layer.
    """
    masks = list(attention_masks(generator).output.values())
    attention = _MeanMask(generator.inputs[0].shape[1], dtype="float32", name="mean_mask")(masks)
    return keras.Model(generator.inputs, [generator.output, attention], name="with_attention")


class _MeanMask(keras.layers.Layer):
    """Masks ``[B, s, s, C]`` of any sides s -> ``[B, side, side]``: the mean of all their channels.

    A layer, as it has one name; operations number themselves, and a loaded generator's layers may
    have those numbers already.
    """

    def __init__(self, side: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._side = side

    def call(self, masks: list[keras.KerasTensor]) -> keras.KerasTensor:
        ops = keras.ops
        means = [ops.mean(mask, axis=-1, keepdims=True) for mask in masks]
        enlarged = [ops.image.resize(mean, (self._side, self._side)) for mean in means]
        return ops.squeeze(sum(enlarged) / len(enlarged), axis=-1)
