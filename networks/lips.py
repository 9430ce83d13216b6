"""A small network that tells where the lips of a mouth lie."""

import keras
from keras import ops

from .layers import LEAKY_SLOPE

LIPS_SIDE, LIP_POINTS = 64, 20
_WIDTHS = (16, 32, 64, 96)


@keras.saving.register_keras_serializable(package="facedancer")
class MeanPlace(keras.layers.Layer):
    """The mean place in each map of scores, by their softmax.

    ``[B, H, W, P]`` -> ``[B, P, 2]`` float32: x and y, from 0 at the first pixel's outer edge to 1
    at the last one's.
    """

    def call(self, scores: keras.KerasTensor) -> keras.KerasTensor:
        _, height, width, points = scores.shape
        flat = ops.reshape(ops.cast(scores, "float32"), (-1, height * width, points))
        share = ops.reshape(ops.softmax(flat, axis=1), (-1, height, width, points))
        across = (ops.arange(width, dtype="float32") + 0.5) / width
        down = (ops.arange(height, dtype="float32") + 0.5) / height
        x = ops.sum(ops.sum(share, axis=1) * across[None, :, None], axis=1)
        y = ops.sum(ops.sum(share, axis=2) * down[None, :, None], axis=1)
        return ops.stack([x, y], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape[0], input_shape[-1], 2


def get_lips_network(side: int = LIPS_SIDE) -> keras.Model:
    """Builds the network: a small U-Net that draws a map of scores for each point.

    Args:
        side: S, of the crops; a multiple of 16.

    Returns:
        A model of ``[B, S, S, 3]`` RGB in [-1, 1], a mouth in the middle, -> ``[B, 20, 2]``
        float32, x and y as shares of the side: twelve points around the lips and eight around the
        opening, in iBUG's order.
    """
    crop = keras.Input((side, side, 3), name="mouth")
    h = keras.layers.Conv2D(_WIDTHS[0], 3, strides=2, padding="same", name="stem")(crop)
    features = []
    for level, width in enumerate(_WIDTHS[1:], start=1):
        h = _residual(h, f"down_{level}")
        features.append(h)
        h = _conv(width, f"down_{level}_wider", stride=2)(_active(h))
    h = _residual(_residual(h, "middle_1"), "middle_2")
    for level, (width, skip) in enumerate(
        zip(reversed(_WIDTHS[:-1]), reversed(features), strict=True), start=1
    ):
        h = keras.layers.Conv2D(width, 1, name=f"up_{level}_narrower")(h)
        h = keras.layers.UpSampling2D(2, interpolation="bilinear", name=f"up_{level}_larger")(h)
        h = _residual(keras.layers.Add(name=f"up_{level}_skip")([h, skip]), f"up_{level}")
    scores = keras.layers.Conv2D(LIP_POINTS, 3, padding="same", name="scores")(_active(h))
    return keras.Model(crop, MeanPlace(name="points", dtype="float32")(scores), name="lips")


def _residual(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    h = _conv(x.shape[-1], f"{name}_conv")(_active(x))
    return keras.layers.Add(name=f"{name}_sum")([x, h])


def _conv(width: int, name: str, stride: int = 1) -> keras.layers.Layer:
    return keras.layers.SeparableConv2D(width, 3, strides=stride, padding="same", name=name)


def _active(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.LeakyReLU(negative_slope=LEAKY_SLOPE)(x)
