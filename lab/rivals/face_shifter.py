"""FaceShifter's AEI-Net (Li et al., 2019), in the variant that FaceDancer's pre-study trained.

A U-Net encodes the target's attributes at several sides; a generator grows a picture from the
identity alone, and each of its layers chooses pixel by pixel which of the two shapes it.
"""

import keras

from facedancer.networks.blocks import conv, level_widths
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.networks.instance_norm import InstanceNorm
from facedancer.networks.layers import AdaIN, AdaptiveAttention, Upsample

from .parts import Tensor, inputs, picture

# Channels, as a share of FaceDancer's at the same side: so that the lab's has the size of its C.
_SHARE = 0.77
_SLOPE = 0.1
# The side that the identity's first map has before it is enlarged.
_FIRST_SIDE = 2
_ATTRIBUTE = "attribute_"


def get_face_shifter(image_size: int, base_width: int) -> keras.Model:
    """Builds the generator.

    Args:
        image_size: 64, 128, 256 or 512.
        base_width: as of `networks.generator.get_generator`, which has the same lowest side.

    Returns:
        A model of ``[target, identity]``, ``[B, S, S, 3]`` RGB in [-1, 1] and ``[B, 512]`` ->
        ``[B, S, S, 3]`` float32 in [-1, 1].

    Raises:
        ValueError: an argument is out of its range.
    """
    levels = level_widths(image_size, 4 if image_size == 64 else 8, base_width)
    widths = [round(_SHARE * width) for width in levels]
    target, identity = inputs(image_size, EMBEDDING_SIZE)
    attributes = _attributes(target, widths)

    h = keras.layers.Dense(_FIRST_SIDE**2 * widths[-1], name="identity_map")(identity)
    h = keras.layers.Reshape((_FIRST_SIDE, _FIRST_SIDE, widths[-1]))(h)
    while h.shape[1] < attributes[0].shape[1]:
        h = Upsample()(h)
    for attribute, width in zip(attributes, reversed(widths), strict=True):
        if h.shape[1] < attribute.shape[1]:
            h = Upsample()(h)
        h = _aad_block(h, attribute, identity, width, f"aad_{attribute.shape[1]}")
    return keras.Model([target, identity], picture(h, 3), name="face_shifter")


def attributes_encoder(generator: keras.Model) -> keras.Model:
    """The part of a generator that tells attributes; weights are shared.

    Returns:
        A model of ``[B, S, S, 3]`` signed RGB -> its maps, the lowest side first.
    """
    outputs = [layer.output for layer in generator.layers if layer.name.startswith(_ATTRIBUTE)]
    return keras.Model(generator.inputs[0], outputs, name="attributes")


def _attributes(target: Tensor, widths: list[int]) -> list[Tensor]:
    """The U-Net's maps, the lowest side first, the picture's own side last."""
    x, skips = target, []
    for width in widths[1:]:
        x = _halved(x, width)
        skips.append(x)
    maps = [_named(skips.pop())]
    x = maps[0]
    while skips:
        skip = skips.pop()
        x = _doubled(x, skip.shape[-1])
        x = keras.layers.Concatenate(name=f"{_ATTRIBUTE}{x.shape[1]}")([x, skip])
        maps.append(x)
    return [*maps, Upsample(name=f"{_ATTRIBUTE}{2 * x.shape[1]}")(x)]


def _named(x: Tensor) -> Tensor:
    return keras.layers.Activation("linear", name=f"{_ATTRIBUTE}{x.shape[1]}")(x)


def _halved(x: Tensor, width: int) -> Tensor:
    name = f"encode_{x.shape[1] // 2}"
    x = keras.layers.Conv2D(width, 4, 2, padding="same", name=name)(x)
    return keras.layers.LeakyReLU(_SLOPE)(InstanceNorm(name=f"{name}_norm")(x))


def _doubled(x: Tensor, width: int) -> Tensor:
    name = f"decode_{2 * x.shape[1]}"
    x = keras.layers.Conv2DTranspose(width, 4, 2, padding="same", name=name)(x)
    return keras.layers.LeakyReLU(_SLOPE)(InstanceNorm(name=f"{name}_norm")(x))


def _aad_block(h: Tensor, attribute: Tensor, identity: Tensor, width: int, name: str) -> Tensor:
    """The AAD residual block: ``[B, H, W, C]`` -> ``[B, H, W, width]``."""

    def branch(x: Tensor, out: int, part: str) -> Tensor:
        x = keras.layers.ReLU()(_aad(x, attribute, identity, f"{name}_{part}"))
        return conv(out, 3, f"{name}_{part}_conv")(x)

    residual = branch(branch(h, h.shape[-1], "first"), width, "second")
    shortcut = h if h.shape[-1] == width else branch(h, width, "shortcut")
    return keras.layers.Add()([shortcut, residual])


def _aad(h: Tensor, attribute: Tensor, identity: Tensor, name: str) -> Tensor:
    """Adaptive attentional denormalisation: (1 - M) A + M I, of ``h``'s shape."""
    normal = InstanceNorm(name=f"{name}_norm")(h)
    channels = h.shape[-1]
    # A = gamma * normal + beta, both of the attributes; I the same of the identity.
    scale = conv(channels, 1, f"{name}_scale")(attribute)
    shift = conv(channels, 1, f"{name}_shift")(attribute)
    by_attributes = keras.layers.Add()([keras.layers.Multiply()([scale, normal]), shift])
    by_identity = AdaIN(name=f"{name}_adain")([normal, identity])
    mask = keras.layers.Conv2D(1, 1, activation="sigmoid", name=f"{name}_mask", dtype="float32")
    gate = AdaptiveAttention(name=f"{name}_gate")
    return gate([mask(normal), by_attributes, by_identity])
