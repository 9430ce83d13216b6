"""The discriminator that the generator is trained against."""

import keras

from .blocks import conv, discriminator_block, leaky_relu, level_widths

_LOWEST_SIDE = 4


def get_discriminator(image_size: int = 256, base_width: int = 64) -> keras.Model:
    """Builds the discriminator: residual blocks down to 4x4, then one logit for each picture.

    Args:
        image_size: 64, 128, 256 or 512.
        base_width: channels at the top resolution; they double up to 8 times that.

    Returns:
        A model of ``[B, S, S, 3]`` RGB in [-1, 1] -> logits ``[B, 1]`` float32, higher is realer.

    Raises:
        ValueError: an argument is out of its range; the message names it.
    """
    widths = level_widths(image_size, _LOWEST_SIDE, base_width)
    image = keras.Input((image_size, image_size, 3), name="image")
    x = conv(widths[0], 3, "stem")(image)
    for width in widths[1:]:
        x = discriminator_block(x, width, f"down_{x.shape[1] // 2}")
    x = keras.layers.Conv2D(widths[-1], _LOWEST_SIDE, name="head")(x)
    logit = conv(1, 1, "logit", dtype="float32")(leaky_relu()(x))
    return keras.Model(
        image, keras.layers.Reshape((1,), dtype="float32")(logit), name="discriminator"
    )


def late_features(discriminator: keras.Model) -> keras.Model:
    """The maps of the later half of a discriminator's blocks; weights are shared.

    These know what a face shows and no longer its pixels: weak feature matching compares them.

    Args:
        discriminator: of `get_discriminator`.

    Returns:
        A model of ``[B, S, S, 3]`` RGB in [-1, 1] -> a list of maps, the larger sides first.
    """
    # A block's result is what the next block normalises, and the last one's what the head takes.
    starts = [layer for layer in discriminator.layers if layer.name.endswith("_norm_1")]
    maps = [layer.input for layer in (*starts[1:], discriminator.get_layer("head"))]
    return keras.Model(discriminator.inputs[0], maps[len(maps) // 2 :], name="late_features")
