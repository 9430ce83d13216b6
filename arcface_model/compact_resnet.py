"""Small residual networks for small crops, with the blocks and names of ResNet50.

For the lab's 64 px faces and a CPU of two cores, which trains one in 20 minutes to an hour, see
``flags/lab``. All widths are multiples of 16, the length of the CPU's vectors: with 24 in place of
16, a step took four times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras
from keras import layers

from .interface import EMBEDDING_SIZE, STAGES

# What running statistics keep a step: a lab training has thousands of steps, not millions.
_MOMENTUM = 0.9


@dataclass(frozen=True)
class Layout:
    """One such network.

    Attributes:
        bottleneck: whether a block is 1 x 1, 3 x 3, 1 x 1 with a quarter of the width between, as
            in ResNet50, or 3 x 3, 3 x 3 (He et al., "Deep Residual Learning for Image Recognition",
            CVPR 2016, figure 5).
        stem: width of the first convolution, which halves the side.
        pools: whether the side is halved once more before the first block, as in ResNet50.
        widths: of the four stages' outputs.
    """

    bottleneck: bool
    stem: int
    pools: bool
    widths: tuple[int, int, int, int]


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        # Blocks of half of the input's side to a sixteenth: at 64 px 32, 16, 8, 4, where ResNet50
        # at 112 px has 28, 14, 7, 4.
        "compact": Layout(bottleneck=False, stem=16, pools=False, widths=(16, 32, 64, 128)),
        # ResNet34 at half of its width, the last stage at a quarter: the file is half as large.
        "narrow_resnet34": Layout(bottleneck=False, stem=32, pools=True, widths=(32, 64, 128, 128)),
        # ResNet50 at a quarter of its width.
        "narrow_resnet50": Layout(bottleneck=True, stem=16, pools=True, widths=(64, 128, 256, 512)),
    }
)

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
