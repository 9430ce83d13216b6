"""The two feature extractors: MobileNetV1 of a quarter width, and ResNet50.

Each gives three feature maps, of stride 8, 16 and 32 and of ``ceil(side / stride)`` cells.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import KerasTensor, layers

# (channels, stride) of MobileNetV1-0.25's depthwise separable blocks, and after which of them
# (counted from 1) a feature map is taken.
_MOBILENET_BLOCKS = (
    *((16, 1), (32, 2), (32, 1), (64, 2), (64, 1)),
    *((128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1)),
    *((256, 2), (256, 1)),
)
_MOBILENET_TAPS = (5, 11, 13)
_MOBILENET_SLOPE = 0.1

_RESNET_TAPS = ("conv3_block4_out", "conv4_block6_out", "conv5_block3_out")


@dataclass(frozen=True)
class Backbone:
    """A feature extractor, and what the rest of the detector owes to it.

    The two published detectors come from two frameworks, and each is reproduced exactly.

    Attributes:
        extract: normalised BGR picture -> feature maps of stride 8, 16, 32.
        mean: blue, green, red, subtracted from the picture (0..255).
        width: channels of the feature pyramid and the context modules.
        negative_slope: of the pyramid's and the context modules' activations.
        batch_norm: whether their convolutions are normalised. The MobileNet's weights were
            published with every normalisation folded into its convolution.
        half_pixel_centers: how the pyramid's nearest-neighbour upsampling rounds where a side is
            odd: TensorFlow samples at the cells' centres (True), PyTorch at their corners (False).
    """

    extract: Callable[[KerasTensor], list[KerasTensor]]
    mean: tuple[float, float, float]
    width: int
    negative_slope: float
    batch_norm: bool
    half_pixel_centers: bool


def _mobilenet(x: KerasTensor) -> list[KerasTensor]:
    def activated(x: KerasTensor, convolution: layers.Layer) -> KerasTensor:
        if convolution.strides[0] == 2:
            # PyTorch pads both sides alike; "same" would pad right and bottom only.
            x = layers.ZeroPadding2D(1)(x)
        return layers.LeakyReLU(_MOBILENET_SLOPE)(convolution(x))

    def padding(stride: int) -> str:
        return "valid" if stride == 2 else "same"

    x = activated(x, layers.Conv2D(8, 3, 2, padding(2), name="stem_conv"))
    maps = []
    for index, (channels, stride) in enumerate(_MOBILENET_BLOCKS, start=1):
        name = f"block{index}"
        depthwise = layers.DepthwiseConv2D(3, stride, padding(stride), name=f"{name}_depthwise")
        x = activated(x, depthwise)
        x = activated(x, layers.Conv2D(channels, 1, name=f"{name}_pointwise"))
        if index in _MOBILENET_TAPS:
            maps.append(x)
    return maps


def _resnet50(x: KerasTensor) -> list[KerasTensor]:
    network = keras.applications.ResNet50(include_top=False, weights=None, input_tensor=x)
    return [network.get_layer(name).output for name in _RESNET_TAPS]


BACKBONES = {
    "mobilenet": Backbone(
        extract=_mobilenet,
        mean=(104.0, 117.0, 123.0),
        width=64,
        negative_slope=0.1,
        batch_norm=False,
        half_pixel_centers=False,
    ),
    "resnet50": Backbone(
        extract=_resnet50,
        mean=(103.939, 116.779, 123.68),
        width=256,
        negative_slope=0.0,
        batch_norm=True,
        half_pixel_centers=True,
    ),
}
