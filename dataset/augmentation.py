"""Random changes of light and colour, as the paper trains with."""

import tensorflow as tf

BRIGHTNESS = 0.3
CONTRAST = 0.1
SATURATION = 0.1

# How Rec. 601 weighs the channels; the sum is 1, so that grey stays what it is.
_LUMA = (0.299, 0.587, 0.114)


def jitter_colours(image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """Changes brightness, then contrast, then saturation.

    The three are linear, so they need no detour by [0, 1] and HSV: contrast moves every pixel from
    its channel's mean, saturation moves it from the grey of the same luma.

    Args:
        image: ``[S, S, 3]`` float32 RGB in [-1, 1].
        draws: ``[3]`` in [-1, 1], for instance uniform: the change of brightness in units of 0.3,
            the changes of the contrast and the saturation factor in units of 0.1.

    Returns:
        ``[S, S, 3]`` float32 in [-1, 1], clipped.
    """
    brightness, contrast, saturation = tf.unstack(
        draws * (BRIGHTNESS, CONTRAST, SATURATION) + (0.0, 1.0, 1.0)
    )
    mean = tf.reduce_mean(image, axis=(0, 1))
    image = contrast * (image - mean) + (mean + brightness)
    grey = tf.reduce_sum(image * _LUMA, axis=-1, keepdims=True)
    return tf.clip_by_value(grey + saturation * (image - grey), -1.0, 1.0)
