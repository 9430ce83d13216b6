"""SimSwap (Chen et al., 2020): the identity is injected into the bottleneck of an autoencoder."""

import keras

from facedancer.networks.blocks import IMAGE_SIZES
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.networks.layers import Upsample

from .parts import conv_norm_relu, identity_block, inputs, picture

# Channels, as a share of FaceDancer's base width: so that the lab's has the size of its C.
_SHARE = 0.62
_HALVINGS, _BLOCKS = 3, 9


def get_sim_swap(image_size: int, base_width: int) -> keras.Model:
    """Builds the generator: three halvings, nine ID blocks, three doublings, no skips.

    Args:
        image_size: 64, 128, 256 or 512.
        base_width: as of `networks.generator.get_generator`.

    Returns:
        A model of ``[target, identity]``, ``[B, S, S, 3]`` RGB in [-1, 1] and ``[B, 512]`` ->
        ``[B, S, S, 3]`` float32 in [-1, 1].

    Raises:
        ValueError: ``image_size`` is none of `IMAGE_SIZES`.
    """
    if image_size not in IMAGE_SIZES:
        raise ValueError(f"image_size must be one of {IMAGE_SIZES}, got {image_size}")
    widths = [round(_SHARE * base_width * 2**level) for level in range(_HALVINGS + 1)]
    target, identity = inputs(image_size, EMBEDDING_SIZE)
    x = conv_norm_relu(target, widths[0], 7, "stem")
    for width in widths[1:]:
        x = conv_norm_relu(x, width, 3, f"encode_{x.shape[1] // 2}", stride=2)
    for number in range(1, _BLOCKS + 1):
        x = identity_block(x, identity, f"inject_{number}")
    for width in reversed(widths[:-1]):
        x = Upsample()(x)
        x = conv_norm_relu(x, width, 3, f"decode_{x.shape[1]}")
    return keras.Model([target, identity], picture(x, 7), name="sim_swap")
