"""Random changes of light and colour, as the paper trains with."""

import tensorflow as tf

BRIGHTNESS = 0.3
CONTRAST = 0.1
SATURATION = 0.1

# How Rec. 601 weighs the channels; the sum is 1, so that grey stays what it is.
_LUMA = (0.299, 0.587, 0.114)


def jitter_colours(image: tf.Tensor, draws: tf.Tensor, like: tf.Tensor | None = None) -> tf.Tensor:
    """Changes brightness, then contrast, then saturation, and clips once.

    All three are affine in a pixel's colour, so the whole is one 3x3 matrix and an offset for the
    image, see `colour_transform`: one pass over the pixels in place of six.

    Args:
        image: ``[H, W, 3]`` float32 RGB in [-1, 1], of static shape.
        draws: ``[3]`` in [-1, 1], for instance uniform: the change of brightness in units of 0.3,
            the changes of the contrast and the saturation factor in units of 0.1.
        like: another image of that shape, whose mean contrast is about: both then change alike.

    Returns:
        ``[H, W, 3]`` float32 in [-1, 1], clipped.
    """
    height, width, channels = image.shape
    # Rows first: sums of whole rows are several times as fast as sums of single pixels.
    of_mean = image if like is None else like
    row = tf.reduce_mean(tf.reshape(of_mean, [height, width * channels]), axis=0)
    mean = tf.reduce_mean(tf.reshape(row, [width, channels]), axis=0)
    matrix, offset = colour_transform(draws, mean)
    pixels = tf.reshape(image, [height * width, channels])
    changed = tf.matmul(pixels, matrix, transpose_b=True) + offset
    return tf.reshape(tf.clip_by_value(changed, -1.0, 1.0), [height, width, channels])


def colour_transform(draws: tf.Tensor, mean: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The three changes as one, ``colour -> matrix @ colour + offset``.

    Args:
        draws: see `jitter_colours`.
        mean: the image's mean colour, ``[3]``.

    Returns:
        The matrix ``[3, 3]`` and the offset ``[3]``.
    """
    brightness, contrast, saturation = tf.unstack(
        draws * (BRIGHTNESS, CONTRAST, SATURATION) + (0.0, 1.0, 1.0)
    )
    # Saturation moves a colour from the grey of its luma: x -> grey(x) + s (x - grey(x)).
    saturate = saturation * tf.eye(3) + (1.0 - saturation) * tf.constant([_LUMA] * 3)
    # Contrast moves it from the image's mean, which brightness has moved: c (x - m) + m + b. Grey
    # is what saturation leaves alone, so b passes through.
    offset = tf.linalg.matvec(saturate, (1.0 - contrast) * mean) + brightness
    return contrast * saturate, offset
