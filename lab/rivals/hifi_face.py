"""HifiFace (Wang et al., 2021) in the lab's form: with exact shape codes in place of a 3D model's.

The identity is the source's embedding and a shape code: the source's shape, the target's pose and
expression. Semantic facial fusion lets the target's features, and at last its pixels, through.
"""

import keras

from facedancer.networks.blocks import conv, leaky_relu, level_widths
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.networks.instance_norm import InstanceNorm
from facedancer.networks.layers import AdaptiveAttention

from .codes import CODE_SIZE, unit_scales
from .parts import Tensor, inputs, picture, residual_block

# Channels, as a share of FaceDancer's at the same side: so that the lab's has the size of its C.
_SHARE = 0.82
# The share of the side at which encoder and decoder are fused, and down to which is encoded.
_FUSED, _HALVINGS = 4, 4
_BOTTLENECK_BLOCKS = 2


def get_hifi_face(image_size: int, base_width: int) -> keras.Model:
    """Builds the generator.

    Args:
        image_size: 64, 128, 256 or 512.
        base_width: as of `networks.generator.get_generator`.

    Returns:
        A model of ``[target, identity]``, ``[B, S, S, 3]`` RGB in [-1, 1] and ``[B, 512 + 259]``,
        the embedding and a code of `codes` -> ``[B, S, S, 3]`` float32 in [-1, 1].

    Raises:
        ValueError: an argument is out of its range.
    """
    levels = level_widths(image_size, image_size >> _HALVINGS, base_width)
    widths = [round(_SHARE * width) for width in levels]
    target, given = inputs(image_size, EMBEDDING_SIZE + CODE_SIZE)
    # Each label in a unit of its own size: a Dense layer would hardly see decimetres.
    identity = keras.layers.Rescaling(
        [1.0] * EMBEDDING_SIZE + unit_scales(), dtype="float32", name="units"
    )(given)

    x = conv(widths[0], 3, "stem")(target)
    fused_side, encoded = image_size // _FUSED, None
    for width in widths[1:]:
        x = residual_block(x, width, f"encode_{x.shape[1] // 2}", scale=0.5)
        encoded = x if x.shape[1] == fused_side else encoded
    for number in range(1, _BOTTLENECK_BLOCKS + 1):
        x = residual_block(x, widths[-1], f"bottleneck_{number}", identity)
    for width in reversed(widths[:-1]):
        x = residual_block(x, width, f"decode_{2 * x.shape[1]}", identity, scale=2)
        if x.shape[1] == fused_side:
            x = _fused(encoded, x)
    x = leaky_relu()(InstanceNorm(name="last_norm")(x))
    face = picture(x, 3)
    changed = AdaptiveAttention(name="changed")([_mask(x, "mask"), target, face])
    return keras.Model([target, given], changed, name="hifi_face")


def _fused(encoded: Tensor, decoded: Tensor) -> Tensor:
    """Semantic facial fusion: the decoder's feature within a mask, the encoder's around it."""
    around = residual_block(encoded, decoded.shape[-1], "fusion")
    gate = AdaptiveAttention(name="fused")
    return gate([_mask(decoded, "low_mask"), around, decoded])


def _mask(x: Tensor, name: str) -> Tensor:
    """``[B, H, W, 1]`` in 0..1, float32."""
    layer = keras.layers.Conv2D(
        1, 3, padding="same", activation="sigmoid", name=name, dtype="float32"
    )
    return layer(x)
