"""The part of the encoders' gradient that draws a face and not what only an encoder sees.

A generator pleases a frozen encoder soonest by coloured stains and fine lines that no face has.
Neither can be learnt from a gradient that is the same in all colours and smooth.
"""

import tensorflow as tf

# Of the side: a pixel of 128.
_SIGMA = 1.0 / 128.0


@tf.custom_gradient
def grey_gradient(images: tf.Tensor) -> tuple[tf.Tensor, object]:
    """The images as they are; their gradient becomes its mean over the colours, smoothed.

    Args:
        images: ``[B, S, S, C]``, any range and precision, S known.

    Returns:
        The same. What comes back has the mean of the gradient's channels in each channel, after a
        Gaussian blur of S / 128 pixels with zeros outside.
    """

    def backward(slope: tf.Tensor) -> tf.Tensor:
        grey = tf.reduce_mean(tf.cast(slope, tf.float32), -1, keepdims=True)
        kernel = _gaussian(_SIGMA * images.shape[1])
        grey = tf.nn.conv2d(grey, kernel[:, None, None, None], 1, "SAME")
        grey = tf.nn.conv2d(grey, kernel[None, :, None, None], 1, "SAME")
        return tf.cast(tf.repeat(grey, images.shape[-1], axis=-1), slope.dtype)

    return tf.identity(images), backward


def _gaussian(sigma: float) -> tf.Tensor:
    reach = int(3.0 * sigma + 0.5)
    weights = tf.exp(-0.5 * (tf.range(-reach, reach + 1, dtype=tf.float32) / sigma) ** 2)
    return weights / tf.reduce_sum(weights)
