"""Pixel boost: a generator swaps a larger crop than its own, in interleaved parts.

Of a crop of n S pixels a side, each part has every n-th row and column: n^2 crops of S pixels that
show the whole face, each shifted by a fraction of their pixel. The generator, which was not trained
for it, swaps them all, and their pixels go back to where they came from.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from facedancer.networks.loading.generator import Generator

# Training crops are means over areas, and have no structure as fine as every n-th pixel may have.
# Deviation of the blur that takes it away, in pixels of the generator's own crop; a mean over one
# such pixel would also make all parts alike.
_SOFTNESS = 0.3
# Crops in one call of the network: bounds its memory.
_MOST_CROPS = 32


def boosted(generator: Generator, factor: int) -> Generator:
    """Makes a generator for crops of ``factor`` times the side, at ``factor``^2 times the cost.

    Args:
        generator: whose crops are of S pixels.
        factor: n, 1 or more; 1 gives ``generator`` itself.

    Returns:
        Its ``image_size`` is n S; `Generator.swap` and `Generator.attend` take and give such crops.
    """
    if factor == 1:
        return generator
    attend = generator.attend
    return Generator(
        factor * generator.image_size,
        f"{generator.description}, pixel boost {factor}",
        lambda target, identity: _swap(generator.swap, factor, target, identity)[0],
        attend and (lambda target, identity: _swap(attend, factor, target, identity)),
        least_batch=1,
    )


def _swap(
    swap: Callable[[tf.Tensor, tf.Tensor], tf.Tensor | tuple[tf.Tensor, ...]],
    factor: int,
    target: tf.Tensor,
    identity: tf.Tensor,
) -> list[tf.Tensor]:
    """Swaps the parts; each face's parts go through the network in one call."""
    parts = _parts(_softened(tf.convert_to_tensor(target), factor), factor)
    identities = tf.repeat(identity, factor**2, axis=0)
    some = factor**2 * max(_MOST_CROPS // factor**2, 1)
    answers = [
        tf.nest.flatten(swap(parts[start : start + some], identities[start : start + some]))
        for start in range(0, parts.shape[0], some)
    ]
    return [_together(tf.concat(answer, 0), factor) for answer in zip(*answers, strict=True)]


def _softened(images: tf.Tensor, factor: int) -> tf.Tensor:
    """Blurs ``[B, H, W, 3]`` by `_SOFTNESS`."""
    deviation = _SOFTNESS * factor
    reach = int(np.ceil(3 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel = np.outer(weights, weights) / weights.sum() ** 2
    kernel = np.repeat(kernel[:, :, None, None], 3, axis=2).astype(np.float32)
    padded = tf.pad(images, [(0, 0), (reach, reach), (reach, reach), (0, 0)], "SYMMETRIC")
    return tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")


def _parts(images: tf.Tensor, factor: int) -> tf.Tensor:
    """``[B, n S, n S, C]`` -> ``[B n^2, S, S, C]``, an image's parts one after the other."""
    count, side, channels = images.shape[0], images.shape[1] // factor, images.shape[3]
    split = tf.reshape(images, [count, side, factor, side, factor, channels])
    split = tf.transpose(split, [0, 2, 4, 1, 3, 5])
    return tf.reshape(split, [count * factor**2, side, side, channels])


def _together(parts: tf.Tensor, factor: int) -> tf.Tensor:
    """The way back; masks ``[B n^2, S, S]`` too."""
    side, more = parts.shape[1], list(parts.shape[3:])
    split = tf.reshape(parts, [-1, factor, factor, side, side, *more])
    axes = [0, 3, 1, 4, 2, *([5] if more else [])]
    return tf.reshape(tf.transpose(split, axes), [-1, factor * side, factor * side, *more])
