"""A small network that tells where a crop shows a face, and where something hides it."""

from collections.abc import Sequence

import keras

from .layers import LEAKY_SLOPE

FACE_MASK_SIDE = 128
# From the crop's own resolution down.
_WIDTHS = (16, 24, 40, 64, 96)


def get_face_mask_network(
    image_size: int = FACE_MASK_SIDE, widths: Sequence[int] = _WIDTHS
) -> keras.Model:
    """Builds the network: a U-Net whose skips are added.

    Args:
        image_size: S, the crops' side; a multiple of 2 to the power of the number of widths less
            one.
        widths: channels at each resolution, each of half the side of the one before.

    Returns:
        A model of ``[B, S, S, 3]`` RGB in [-1, 1] -> ``[B, S, S, 1]`` float32 in [0, 1]: 1 where
        skin, brows, eyes and mouth are seen, 0 where hair, glasses, hands or anything else are.
    """
    crop = keras.Input((image_size, image_size, 3), name="crop")
    h = _conv(widths[0], "stem")(crop)
    features = []
    for level, width in enumerate(widths[1:], start=1):
        h = _residual(h, f"down_{level}")
        features.append(h)
        h = _conv(width, f"down_{level}_wider", stride=2)(_active(h))
    h = _residual(_residual(h, "middle_1"), "middle_2")
    for level, (width, skip) in enumerate(
        zip(reversed(widths[:-1]), reversed(features), strict=True), start=1
    ):
        h = keras.layers.Conv2D(width, 1, name=f"up_{level}_narrower")(h)
        h = keras.layers.UpSampling2D(2, interpolation="bilinear", name=f"up_{level}_larger")(h)
        h = _residual(keras.layers.Add(name=f"up_{level}_skip")([h, skip]), f"up_{level}")
    mask = keras.layers.Conv2D(
        1, 3, padding="same", activation="sigmoid", dtype="float32", name="mask"
    )(_active(h))
    return keras.Model(crop, mask, name="face_mask")


def _residual(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    h = _conv(x.shape[-1], f"{name}_conv")(_active(x))
    return keras.layers.Add(name=f"{name}_sum")([x, h])


def _conv(width: int, name: str, stride: int = 1) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        width, 3, strides=stride, padding="same", kernel_initializer="he_normal", name=name
    )


def _active(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.LeakyReLU(negative_slope=LEAKY_SLOPE)(x)
