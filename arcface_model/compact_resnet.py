"""Small residual networks for small crops, with the blocks and names of ResNet50: `layouts`."""

import keras
from keras import layers

from .block_names import STAGES
from .interface import EMBEDDING_SIZE
from .layouts import LAYOUTS, Layout

# What running statistics keep a step: a lab training has thousands of steps, not millions.
_MOMENTUM = 0.9


Normalisation = type[layers.BatchNormalization]
_Tensor = keras.KerasTensor


def get_compact_encoder(
    layout: str, side: int, normalisation: Normalisation = layers.BatchNormalization
) -> keras.Model:
    """An identity encoder with fresh weights: ``[B, S, S, 3]`` unit RGB -> the interface's dict.

    Args:
        layout: of `LAYOUTS`.
        side: S.
        normalisation: the kind of the blocks' layers; `FastBatchNormalization` for training.
    """
    image = keras.Input((side, side, 3), name="image")
    blocks = residual_blocks(image, LAYOUTS[layout], normalisation)
    embedding = embed(list(blocks.values())[-1], EMBEDDING_SIZE)
    return keras.Model(image, {"embedding": embedding, **blocks}, name=f"{layout}_encoder")


def residual_blocks(
    image: _Tensor, layout: Layout, normalisation: Normalisation
) -> dict[str, _Tensor]:
    """The outputs of the 16 blocks by name, for ``[B, S, S, 3]`` unit RGB."""
    x = layers.Rescaling(2.0, -1.0, name="signed")(image)
    x = _convolve(x, layout.stem, 5, 2, normalisation, "conv1")
    x = layers.ReLU(name="conv1_relu")(x)
    if layout.pools:
        x = layers.MaxPooling2D(2, name="pool1")(x)
    blocks = {}
    for (stage, count), width in zip(STAGES.items(), layout.widths, strict=True):
        for number in range(1, count + 1):
            stride = 2 if number == 1 and stage != "conv2" else 1
            name = f"{stage}_block{number}"
            x = _block(x, width, stride, layout.bottleneck, normalisation, name)
            blocks[f"{name}_out"] = x
    return blocks


def embed(features: _Tensor, size: int) -> _Tensor:
    """Feature maps -> ``[B, size]`` float32, not normalised, centred on 0 in each dimension."""
    x = layers.Flatten(name="flatten")(features)
    x = layers.Dense(size, use_bias=False, name="embedding_dense")(x)
    # From here on in float32 under any policy: small angles matter.
    return layers.BatchNormalization(
        momentum=_MOMENTUM, scale=False, dtype="float32", name="embedding"
    )(x)


def _block(
    x: _Tensor, width: int, stride: int, bottleneck: bool, normalisation: Normalisation, name: str
) -> _Tensor:
    shortcut = x
    if stride > 1 or x.shape[-1] != width:
        shortcut = _convolve(x, width, 1, stride, normalisation, f"{name}_0")
    inner = width // 4 if bottleneck else width
    steps = [(inner, 1, stride), (inner, 3, 1), (width, 1, 1)] if bottleneck else []
    steps = steps or [(inner, 3, stride), (width, 3, 1)]
    for number, (channels, size, step_stride) in enumerate(steps, 1):
        if number > 1:
            x = layers.ReLU(name=f"{name}_{number - 1}_relu")(x)
        x = _convolve(x, channels, size, step_stride, normalisation, f"{name}_{number}")
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.ReLU(name=f"{name}_out")(x)


def _convolve(
    x: _Tensor, width: int, size: int, stride: int, normalisation: Normalisation, name: str
) -> _Tensor:
    x = layers.Conv2D(width, size, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return normalisation(momentum=_MOMENTUM, name=f"{name}_bn")(x)
