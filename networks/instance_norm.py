"""Instance normalisation, exact in its second derivative and sparing with memory."""

from collections.abc import Callable

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="facedancer")
class InstanceNorm(keras.layers.GroupNormalization):
    """Each channel of each picture to mean 0 and variance 1, then scaled and shifted.

    What `keras.layers.GroupNormalization` with one channel a group computes, under the same weights
    and names; epsilon 1e-3 as in tensorflow-addons; statistics are float32 under every policy.

    Two reasons for a layer of our own. `tf.nn.moments`, which Keras uses, holds the mean constant
    within the variance: right for a gradient, wrong for the gradient of a gradient, which the
    discriminator's penalty is. And Keras's tape keeps float32 copies of the largest maps there are;
    here the backward pass makes them again.
    """

    def __init__(self, epsilon: float = 1e-3, **kwargs: object) -> None:
        super().__init__(**{**kwargs, "groups": -1, "epsilon": epsilon})

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """``[B, H, W, C]`` -> the same shape, in the layer's precision."""
        # Read first: a custom gradient refuses variables.
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        return _normalise(inputs, gamma, beta, self.epsilon, self.compute_dtype)


def _normalise(
    x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float, dtype: str
) -> tf.Tensor:
    @tf.custom_gradient
    def normalise(
        x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, ...]]]:
        mean, inverse = _statistics(x, epsilon)
        scale = inverse * gamma
        y = tf.cast(tf.cast(x, tf.float32) * scale + (beta - mean * scale), dtype)

        def gradient(slope: tf.Tensor) -> tuple[tf.Tensor, ...]:
            # Tied to the slope, or the optimiser would find the forward pass's copy and keep it.
            with tf.control_dependencies([slope]):
                again = tf.identity(x)
            wide, wide_slope = tf.cast(again, tf.float32), tf.cast(slope, tf.float32)
            pixels = tf.cast(tf.size(x[0, :, :, 0]), tf.float32)
            total = tf.reduce_sum(wide_slope, [1, 2], keepdims=True)
            # sum of slope * (x - mean) / deviation
            along = inverse * (
                tf.reduce_sum(wide_slope * wide, [1, 2], keepdims=True) - mean * total
            )
            # scale * (slope - mean(slope) - normalised * mean(slope * normalised))
            factor = -scale * inverse * along / pixels
            offset = -scale * total / pixels - factor * mean
            slope_x = wide_slope * scale + (wide * factor + offset)
            return (
                tf.cast(slope_x, x.dtype),
                tf.reduce_sum(along, [0, 1, 2]),
                tf.reduce_sum(total, [0, 1, 2]),
            )

        return y, gradient

    return normalise(x, gamma, beta)


def _statistics(x: tf.Tensor, epsilon: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and 1 / deviation, ``[B, 1, 1, C]`` float32."""
    wide = tf.cast(x, tf.float32)
    mean = tf.reduce_mean(wide, [1, 2], keepdims=True)
    variance = tf.reduce_mean(tf.math.squared_difference(wide, mean), [1, 2], keepdims=True)
    return mean, tf.math.rsqrt(variance + epsilon)
