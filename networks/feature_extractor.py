"""Frozen ImageNet features for the perceptual loss: VGG16, or a MobileNetV2 that ships with us."""

from pathlib import Path

import keras
import numpy as np

from facedancer.utils.weights.keras_files import load_keras_weights
from facedancer.utils.weights.kinds import Kind, ModelFile
from facedancer.utils.weights.legacy_h5 import LegacyFile, read_legacy_file
from facedancer.utils.weights.mapping import assign_all
from facedancer.utils.weights.published import MODEL_ZOO, VGG16, download_command
from facedancer.utils.weights.reading import NetworkReader

MOBILENET_V2_WEIGHTS = MODEL_ZOO / "mobilenet_v2_features.npz"
VGG16_WEIGHTS = MODEL_ZOO / VGG16.files[0]

_ACCEPTED = (
    f"give imagenet ({download_command(VGG16.name)} gets its weights), mobilenet_v2, or "
    f"a path to {VGG16.files[0]}"
)

# Profile -> the five maps. paper: "before the down sample step"; released: after it.
_VGG16_TAPS = {
    "paper": ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3"),
    "released": ("block1_pool", "block2_pool", "block3_pool", "block4_pool", "block5_pool"),
}
_BGR_MEANS = (103.939, 116.779, 123.68)

# Expansion, width, blocks, first stride: table 2 of "MobileNetV2: Inverted Residuals and Linear
# Bottlenecks". Tapped: the last block at each resolution, strides 2 to 32.
_MOBILENET_V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_MOBILENET_V2_TAPPED_STAGES = (0, 1, 2, 4, 6)
# Mean and standard deviation of ImageNet's RGB in [0, 1].
_RGB_MEANS = np.array([0.485, 0.456, 0.406])
_RGB_DEVIATIONS = np.array([0.229, 0.224, 0.225])


def get_feature_extractor(name_or_path: str, profile: str) -> keras.Model:
    """A frozen feature extractor for the perceptual loss.

    Args:
        name_or_path: ``imagenet``: VGG16 with the ImageNet weights that Keras publishes, from
            model_zoo/; a path: VGG16 with such a file, or with a ``.weights.h5`` of Keras 3;
            ``mobilenet_v2``: the stand-in that ships in model_zoo/, other features of other scale.
        profile: ``paper``: VGG16's last convolution before each down-sampling, on images
            preprocessed as in its training; ``released``: its pooled maps, on images in [-1, 1]
            without preprocessing. The stand-in is the same in both, with its own preprocessing.

    Returns:
        ``[B, S, S, 3]`` RGB in [-1, 1], S >= 32 -> five maps ``[B, H, W, C]``, shallow to deep. It
        computes in the global dtype policy's precision.

    Raises:
        UserError: no such file, or not VGG16's weights.
        ValueError: unknown profile.
    """
    if profile not in _VGG16_TAPS:
        raise ValueError(f"unknown loss profile {profile!r}: one of {', '.join(_VGG16_TAPS)}")
    images = keras.Input((None, None, 3), name="images")
    stand_in = _STAND_INS.get(name_or_path)
    model = stand_in(images) if stand_in else _vgg16(images, name_or_path, profile)
    model.trainable = False
    return model


def _vgg16(images: keras.KerasTensor, weights: str, profile: str) -> keras.Model:
    x = images
    if profile == "paper":
        # [-1, 1] RGB -> 0..255 BGR less ImageNet's means.
        offset = [127.5 - mean for mean in _BGR_MEANS]
        # `[..., ::-1]` takes several times as long.
        x = keras.ops.flip(x, axis=-1)
        x = keras.layers.Rescaling(127.5, offset, dtype="float32")(x)
    vgg16 = _read_vgg16(x, VGG16_WEIGHTS if weights == "imagenet" else Path(weights))
    taps = [vgg16.get_layer(name).output for name in _VGG16_TAPS[profile]]
    return keras.Model(images, taps, name=f"vgg16_{profile}")


def _read_vgg16(x: keras.KerasTensor, path: Path) -> keras.Model:
    def build(name: str = "") -> keras.Model:
        return keras.applications.VGG16(include_top=False, weights=None, input_tensor=x)

    def read_published(found: ModelFile) -> keras.Model:
        vgg16 = build()
        _import_vgg16(read_legacy_file(found.path), vgg16)
        return vgg16

    reader = NetworkReader(
        "feature extractor",
        _ACCEPTED,
        {
            Kind.PUBLISHED: read_published,
            Kind.WEIGHTS: lambda found: load_keras_weights(found.path, build),
        },
    )
    return reader.read(reader.find(path))


def _import_vgg16(file: LegacyFile, vgg16: keras.Model) -> None:
    """Sets all weights: layers go by name, kernel and bias by their number of axes.

    Raises:
        ValueError: a weight is missing, left over or of another shape.
    """
    leaves = {4: "kernel", 1: "bias"}
    pairs = [
        (f"{layer}/{name}", f"{layer}/{leaves.get(values.ndim)}")
        for layer, weights in file.layers.items()
        for name, values in weights.items()
    ]
    assign_all(vgg16.weights, file.weights, pairs)


def _mobilenet_v2(images: keras.KerasTensor) -> keras.Model:
    # [-1, 1] -> [0, 1], then ImageNet's mean and deviation.
    scale, offset = 0.5 / _RGB_DEVIATIONS, (0.5 - _RGB_MEANS) / _RGB_DEVIATIONS
    x = keras.layers.Rescaling(scale.tolist(), offset.tolist(), dtype="float32")(images)
    x = _convolution(x, "stem", width=32, side=3, stride=2)
    taps, index = [], 0
    for stage, (expansion, width, blocks, first_stride) in enumerate(_MOBILENET_V2_STAGES):
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            x = _inverted_residual(x, f"block{index}", expansion, width, stride)
            index += 1
        if stage in _MOBILENET_V2_TAPPED_STAGES:
            taps.append(x)
    model = keras.Model(images, taps, name="mobilenet_v2")
    with np.load(MOBILENET_V2_WEIGHTS) as weights:
        for layer in model.layers:
            if layer.weights:
                layer.set_weights([weights[f"{layer.name}/{w.name}"] for w in layer.weights])
    return model


def _inverted_residual(
    x: keras.KerasTensor, name: str, expansion: int, width: int, stride: int
) -> keras.KerasTensor:
    residual = x
    if expansion > 1:
        residual = _convolution(residual, f"{name}_expand", width=expansion * x.shape[-1])
    residual = _convolution(residual, f"{name}_depthwise", width=None, side=3, stride=stride)
    residual = _convolution(residual, f"{name}_project", width=width, activation=None)
    return x + residual if stride == 1 and x.shape[-1] == width else residual


def _convolution(
    x: keras.KerasTensor,
    name: str,
    width: int | None,
    side: int = 1,
    stride: int = 1,
    activation: str | None = "relu6",
) -> keras.KerasTensor:
    """A convolution with its batch norm folded in, depthwise where ``width`` is None."""
    if side > 1:
        # torch pads both sides; Keras's "same" with stride 2 would pad one.
        x = keras.layers.ZeroPadding2D(side // 2)(x)
    if width is None:
        layer = keras.layers.DepthwiseConv2D(side, stride, activation=activation, name=name)
    else:
        layer = keras.layers.Conv2D(width, side, stride, activation=activation, name=name)
    return layer(x)


# Those that ship, by name.
_STAND_INS = {"mobilenet_v2": _mobilenet_v2}
