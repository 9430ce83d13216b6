"""The blocks that several rivals are made of."""

import keras

from facedancer.networks.blocks import conv
from facedancer.networks.instance_norm import InstanceNorm
from facedancer.networks.layers import AdaIN, Upsample

Tensor = keras.KerasTensor

_FIRST_SPREAD = 0.02


def inputs(image_size: int, identity_size: int) -> tuple[Tensor, Tensor]:
    """A generator's two inputs, as every training and swap here calls it.

    Args:
        image_size: side of the pictures.
        identity_size: length of the embedding, with what goes with it.
    """
    target = keras.Input((image_size, image_size, 3), name="target")
    return target, keras.Input((identity_size,), name="identity")


def conv_norm_relu(x: Tensor, width: int, kernel: int, name: str, stride: int = 1) -> Tensor:
    """A convolution, its instance normalisation and ReLU: ``[B, H/stride, W/stride, width]``."""
    layer = keras.layers.Conv2D(width, kernel, stride, padding="same", name=name)
    return keras.layers.ReLU()(InstanceNorm(name=f"{name}_norm")(layer(x)))


def identity_block(x: Tensor, identity: Tensor, name: str) -> Tensor:
    """SimSwap's ID block: x and a residual of two convolutions, both in the identity's style.

    The style begins as none. Nine blocks of random scales, others for each identity, would leave
    nothing of the target that the decoder knows again.

    Args:
        x: ``[B, H, W, C]``.
        identity: ``[B, N]``.
        name: prefix of the layers' names.
    """
    residual = x
    for number in (1, 2):
        residual = conv(x.shape[-1], 3, f"{name}_conv_{number}")(residual)
        residual = InstanceNorm(name=f"{name}_norm_{number}")(residual)
        residual = AdaIN(from_one=True, name=f"{name}_adain_{number}")([residual, identity])
        residual = keras.layers.ReLU()(residual) if number == 1 else residual
    return keras.layers.Add()([x, residual])


def residual_block(
    x: Tensor, width: int, name: str, identity: Tensor | None = None, scale: float = 1.0
) -> Tensor:
    """HifiFace's residual block: two convolutions after activations, the second at another side.

    Args:
        x: ``[B, H, W, C]``.
        width: channels of the result.
        name: prefix of the layers' names.
        identity: ``[B, N]``, whose style both normalisations take, none to begin with as in
            `identity_block`; None: they are plain.
        scale: of the side: 0.5 halves it by means, 2 doubles it bilinearly.
    """

    def styled(y: Tensor, number: int) -> Tensor:
        y = InstanceNorm(name=f"{name}_norm_{number}")(y)
        if identity is not None:
            y = AdaIN(from_one=True, name=f"{name}_adain_{number}")([y, identity])
        return keras.layers.LeakyReLU(0.2)(y)

    def resized(y: Tensor) -> Tensor:
        if scale == 1:
            return y
        return Upsample()(y) if scale > 1 else keras.layers.AveragePooling2D(2)(y)

    residual = conv(width, 3, f"{name}_conv_1")(styled(x, 1))
    residual = conv(width, 3, f"{name}_conv_2")(styled(resized(residual), 2))
    shortcut = resized(x)
    if shortcut.shape[-1] != width:
        shortcut = conv(width, 1, f"{name}_shortcut")(shortcut)
    return keras.layers.Add()([shortcut, residual])


def picture(x: Tensor, kernel: int) -> Tensor:
    """The last layers: ``[B, S, S, 3]`` in [-1, 1], float32 under every policy."""
    convolve = keras.layers.Conv2D(
        3,
        kernel,
        padding="same",
        # The first pictures are grey: where tanh is at its ends, it has no slope to learn by.
        kernel_initializer=keras.initializers.RandomNormal(stddev=_FIRST_SPREAD),
        dtype="float32",
        name="to_picture",
    )
    return keras.layers.Activation("tanh", dtype="float32", name="picture")(convolve(x))
