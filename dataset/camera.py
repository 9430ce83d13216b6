"""Losses of real cameras, for training on pictures that have none, such as rendered ones.

In the order in which they happen: light of two colours, white balance, motion while the shutter is
open, the sensor's noise, the colours that a camera's maker likes, and the file's compression, as of
a photograph or of a film.
"""

import math

import tensorflow as tf

# At full strength: how far light and white balance change a channel (deviation of its logarithm),
# the longest motion (of the side), and the largest deviation of noise in mid-grey.
_BALANCE, _MOTION, _NOISE = 0.12, 0.08, 0.06
# Deviations of the logarithms of saturation, contrast and exponent. Renders are paler than many
# photographs, and a generator that never saw a vivid picture makes it paler.
_SATURATION, _CONTRAST, _EXPONENT = 0.4, 0.2, 0.25
# How often there is motion, and compression as of a photograph and of a film.
_MOVED, _PHOTOGRAPH, _FILM = 0.25, 0.5, 0.25
# JPEG's qualities. A film is stored at a part of the side, and harder.
_QUALITY, _FILM_QUALITY, _FILM_SIDE = (30.0, 95.0), (15.0, 50.0), (0.5, 0.9)
# What random numbers are drawn for; each has a stream of its own.
_PLAIN, _NORMAL, _GRAIN, _BLOTCHES, _STYLE = range(5)


def degrade(image: tf.Tensor, strength: float, key: tf.Tensor) -> tf.Tensor:
    """Takes a picture as a real camera might have.

    Args:
        image: ``[S, S, 3]`` float32 RGB in [-1, 1], of static shape.
        strength: 0, which gives the very image, to 1: of how much, and how often.
        key: ``[2]`` int64; the same key does the same to any picture of this size.

    Returns:
        ``[S, S, 3]`` float32 in [-1, 1].
    """
    if not strength:
        return image
    draws = tf.unstack(tf.random.stateless_uniform([8], _key(key, _PLAIN)))
    unit = (image + 1.0) / 2.0
    unit *= _light(image.shape[0], strength, draws[0], key)
    unit = tf.cond(
        draws[1] < _MOVED * strength, lambda: _move(unit, strength, draws[2:4]), lambda: unit
    )
    unit = tf.clip_by_value(_add_noise(unit, strength * draws[4], key), 0.0, 1.0)
    unit = _develop(unit, strength, key)
    is_film = draws[5] > 1.0 - _FILM * strength
    is_photograph = draws[5] < _PHOTOGRAPH * strength
    unit = tf.cond(
        is_film,
        lambda: _film(unit, draws[6], draws[7]),
        lambda: tf.cond(is_photograph, lambda: _compress(unit, _QUALITY, draws[6]), lambda: unit),
    )
    return tf.ensure_shape(2.0 * unit - 1.0, image.shape)


def _light(side: int, strength: float, angle: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Factors of each pixel's channels, ``[S, S, 3]``: one colour of light passes into another.

    Warm and cold above all, and a little of anything.
    """
    normal = tf.random.stateless_normal([2, 4], _key(key, _NORMAL))
    warmth = normal[:, :1] * tf.constant([1.0, 0.0, -1.0])
    colours = tf.exp(strength * _BALANCE * (warmth + 0.3 * normal[:, 1:]))
    place = tf.linspace(-1.0, 1.0, side)
    turned = 2.0 * math.pi * angle
    across = tf.cos(turned) * place[None, :, None] + tf.sin(turned) * place[:, None, None]
    share = tf.sigmoid(3.0 * across)
    return colours[0] + share * (colours[1] - colours[0])


def _move(unit: tf.Tensor, strength: float, draws: list[tf.Tensor]) -> tf.Tensor:
    """Smears a picture along a line through each pixel."""
    side = unit.shape[0]
    reach = max(1, math.ceil(_MOTION * side / 2))
    length = 1.0 + strength * _MOTION * side * draws[0]
    place = tf.range(-reach, reach + 1, dtype=tf.float32)
    turned = math.pi * draws[1]
    along = tf.cos(turned) * place[None, :] + tf.sin(turned) * place[:, None]
    beside = tf.cos(turned) * place[:, None] - tf.sin(turned) * place[None, :]
    kernel = tf.nn.relu(1.0 - tf.abs(beside)) * tf.cast(tf.abs(along) <= length / 2, tf.float32)
    kernel /= tf.reduce_sum(kernel)
    kernel = tf.repeat(kernel[:, :, None, None], 3, axis=2)
    # As if the picture went on as it is reflected: no dark frame comes in.
    padded = tf.pad(unit, [[reach, reach], [reach, reach], [0, 0]], "REFLECT")
    return tf.nn.depthwise_conv2d(padded[None], kernel, [1, 1, 1, 1], "VALID")[0]


def _add_noise(unit: tf.Tensor, amount: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Adds grain that grows with the light, and coloured blotches such as denoisers leave."""
    side = unit.shape[0]
    deviation = _NOISE * amount * amount
    grain = tf.random.stateless_normal(unit.shape, _key(key, _GRAIN))
    blotches = tf.random.stateless_normal([side // 2, side // 2, 3], _key(key, _BLOTCHES))
    blotches = tf.repeat(tf.repeat(blotches, 2, axis=0), 2, axis=1)
    return unit + deviation * (grain * (0.5 + unit) + 0.5 * blotches)


def _develop(unit: tf.Tensor, strength: float, key: tf.Tensor) -> tf.Tensor:
    """Gives a picture in [0, 1] another tone curve and saturation."""
    normal = tf.random.stateless_normal([3], _key(key, _STYLE))
    saturation, contrast, exponent = tf.unstack(
        tf.exp(strength * normal * (_SATURATION, _CONTRAST, _EXPONENT))
    )
    unit = unit**exponent
    grey = tf.reduce_mean(unit, axis=-1, keepdims=True)
    unit = grey + saturation * (unit - grey)
    return tf.clip_by_value(0.5 + contrast * (unit - 0.5), 0.0, 1.0)


def _film(unit: tf.Tensor, quality: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Stores a picture as a frame of a small film, and enlarges it."""
    side = unit.shape[0]
    stored = tf.cast(side * _between(_FILM_SIDE, size), tf.int32)
    small = tf.image.resize(unit, [stored, stored], antialias=True)
    return tf.image.resize(_compress(small, _FILM_QUALITY, quality), [side, side])


def _compress(unit: tf.Tensor, qualities: tuple[float, float], draw: tf.Tensor) -> tf.Tensor:
    pixels = tf.cast(tf.clip_by_value(unit, 0.0, 1.0) * 255.0 + 0.5, tf.uint8)
    quality = tf.cast(_between(qualities, draw), tf.int32)
    stored = tf.raw_ops.EncodeJpegVariableQuality(images=pixels, quality=quality)
    return tf.cast(tf.io.decode_jpeg(stored, 3), tf.float32) / 255.0


def _between(ends: tuple[float, float], draw: tf.Tensor) -> tf.Tensor:
    return ends[0] + draw * (ends[1] - ends[0])


def _key(key: tf.Tensor, purpose: int) -> tf.Tensor:
    return tf.cast(tf.random.fold_in(key, tf.constant(purpose, tf.int64)), tf.int64)
