"""The residual blocks that both networks are made of, and how wide each resolution is.

Pooling and bilinear up-sampling are linear and commute with 1x1 convolutions. The blocks use this
where it saves work on large maps: a shortcut pools BEFORE its 1x1 convolution, a 3x3 convolution
and the pooling after it are one (`PooledConv`), and an up block up-samples the sum of its branches
once. The blocks compute what the paper's (figure 2) compute.
"""

from collections.abc import Callable

import keras

from .instance_norm import InstanceNorm
from .layers import LEAKY_SLOPE, AdaIN, Upsample
from .pooled_conv import PooledConv

IMAGE_SIZES = (64, 128, 256, 512)
# Widths double from one resolution to the next lower one, up to this many times base_width.
_MOST_WIDTH = 8

# `conv3` or `separable_conv3`.
Convolution = Callable[..., keras.KerasTensor]


def level_widths(image_size: int, lowest_side: int, base_width: int) -> list[int]:
    """Channels at each resolution, from ``image_size`` halving down to ``lowest_side``.

    256, 8, 64 gives 64, 128, 256, 512, 512, 512.

    Raises:
        ValueError: ``image_size`` is none of `IMAGE_SIZES`, or ``base_width`` no multiple of 4.
    """
    if image_size not in IMAGE_SIZES:
        sizes = ", ".join(str(size) for size in IMAGE_SIZES)
        raise ValueError(f"image_size must be one of {sizes} (powers of two), got {image_size}")
    if base_width < 4 or base_width % 4:
        raise ValueError(
            "base_width must be a positive multiple of 4 (AFFA works on a quarter), "
            f"got {base_width}"
        )
    levels = (image_size // lowest_side).bit_length()
    return [base_width * min(2**level, _MOST_WIDTH) for level in range(levels)]


def conv(width: int, kernel: int, name: str, dtype: str | None = None) -> keras.layers.Layer:
    """A convolution with bias that keeps the side."""
    return keras.layers.Conv2D(width, kernel, padding="same", name=name, dtype=dtype)


def conv3(
    x: keras.KerasTensor,
    width: int,
    name: str,
    *,
    halve: bool = False,
    dtype: str | None = None,
) -> keras.KerasTensor:
    """A 3x3 convolution, then 2x2 means if ``halve``."""
    convolve = PooledConv if halve else keras.layers.Conv2D
    return convolve(width, 3, padding="same", name=name, dtype=dtype)(x)


def separable_conv3(
    x: keras.KerasTensor,
    width: int,
    name: str,
    *,
    halve: bool = False,
    dtype: str | None = None,
) -> keras.KerasTensor:
    """`conv3` in two: a 3x3 filter for each channel alone, then a 1x1 convolution over all of them.

    About an eighth of the products (Howard et al., "MobileNets", 2017).
    """
    filters = keras.layers.DepthwiseConv2D(3, padding="same", name=f"{name}_depthwise", dtype=dtype)
    x = filters(x)
    # Pooling commutes with the 1x1 convolution, which then sees a fourth of the pixels.
    return conv(width, 1, name, dtype)(pool()(x) if halve else x)


def leaky_relu() -> keras.layers.Layer:
    """The activation of both networks."""
    return keras.layers.LeakyReLU(LEAKY_SLOPE)


def pool() -> keras.layers.Layer:
    """Halves the side by 2x2 means."""
    return keras.layers.AveragePooling2D(2)


def down_block(
    x: keras.KerasTensor,
    width: int,
    name: str,
    downsample: bool = True,
    convolve: Convolution = conv3,
) -> keras.KerasTensor:
    """The encoder's block: ``[B, H, W, C]`` -> ``[B, H/2, W/2, width]``, or H, W kept."""
    shortcut = pool()(x) if downsample else x
    shortcut = conv(width, 1, f"{name}_shortcut")(shortcut)
    residual = InstanceNorm(name=f"{name}_norm")(x)
    residual = convolve(leaky_relu()(residual), width, f"{name}_residual", halve=downsample)
    return keras.layers.Add()([shortcut, residual])


def up_block(
    x: keras.KerasTensor,
    w: keras.KerasTensor,
    width: int,
    name: str,
    upsample: bool = True,
    dtype: str | None = None,
    convolve: Convolution = conv3,
) -> keras.KerasTensor:
    """The decoder's block, conditioned on the identity.

    Args:
        x: ``[B, H, W, C]``.
        w: ``[B, N]``, the mapped identity.
        width: channels of the result.
        name: prefix of the layers' names.
        upsample: double the side.
        dtype: dtype policy of the convolutions and the sum; None is the global one.
        convolve: `conv3` or `separable_conv3`.

    Returns:
        ``[B, 2 H, 2 W, width]``, or H, W kept.
    """
    shortcut = conv(width, 1, f"{name}_shortcut", dtype)(x)
    residual = InstanceNorm(name=f"{name}_norm")(x)
    residual = AdaIN(name=f"{name}_adain")([residual, w])
    residual = convolve(leaky_relu()(residual), width, f"{name}_residual", dtype=dtype)
    total = keras.layers.Add(dtype=dtype)([shortcut, residual])
    return Upsample()(total) if upsample else total


def discriminator_block(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    """The discriminator's block: ``[B, H, W, C]`` -> ``[B, H/2, W/2, width]``."""
    shortcut = conv(width, 1, f"{name}_shortcut")(pool()(x))
    residual = InstanceNorm(name=f"{name}_norm_1")(x)
    residual = PooledConv(width, 3, name=f"{name}_residual_1")(leaky_relu()(residual))
    residual = InstanceNorm(name=f"{name}_norm_2")(residual)
    residual = conv(width, 3, f"{name}_residual_2")(leaky_relu()(residual))
    return keras.layers.Add()([shortcut, residual])


def mapping_network(identity: keras.KerasTensor, depth: int, size: int) -> keras.KerasTensor:
    """The paper's M: ``[B, N]`` -> ``[B, size]``; at depth 0 the identity itself.

    Raises:
        ValueError: a negative depth, or a size below 1.
    """
    if depth < 0 or size < 1:
        raise ValueError(f"mapping_depth must be >= 0 and mapping_size >= 1, got {depth}, {size}")
    w = identity
    for index in range(depth):
        w = leaky_relu()(w) if index else w
        w = keras.layers.Dense(size, name=f"mapping_{index + 1}")(w)
    return w
