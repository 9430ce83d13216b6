"""Frozen ImageNet features for the perceptual loss: VGG16, or a MobileNetV2 that ships with us."""

from pathlib import Path

import keras
import numpy as np

from facedancer.utils.cli import UserError

MOBILENET_V2_WEIGHTS = Path(__file__).parents[1] / "model_zoo" / "mobilenet_v2_features.npz"

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
        name_or_path: ``imagenet``: VGG16 with the ImageNet weights that Keras downloads; a path:
            VGG16 with such a file (``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5``);
            ``mobilenet_v2``: the stand-in that ships in model_zoo/, other features of other scale.
        profile: ``paper``: VGG16's last convolution before each down-sampling, on images
            preprocessed as in its training; ``released``: its pooled maps, on images in [-1, 1]
            without preprocessing. The stand-in is the same in both, with its own preprocessing.

    Returns:
        ``[B, S, S, 3]`` RGB in [-1, 1], S >= 32 -> five maps ``[B, H, W, C]``, shallow to deep. It
        computes in the global dtype policy's precision.

    Raises:
        UserError: no such file, not VGG16's weights, or no internet.
        ValueError: unknown profile.
    """
    if profile not in _VGG16_TAPS:
        raise ValueError(f"unknown loss profile {profile!r}: one of {', '.join(_VGG16_TAPS)}")
    images = keras.Input((None, None, 3), name="images")
    if name_or_path == "mobilenet_v2":
        model = _mobilenet_v2(images)
    else:
        model = _vgg16(images, name_or_path, profile)
    model.trainable = False
    return model


def _vgg16(images: keras.KerasTensor, weights: str, profile: str) -> keras.Model:
    x = images
    if profile == "paper":
        # [-1, 1] RGB -> 0..255 BGR less ImageNet's means.
        offset = [127.5 - mean for mean in _BGR_MEANS]
        x = keras.layers.Rescaling(127.5, offset, dtype="float32")(x[..., ::-1])
    vgg16 = _downloaded_vgg16(x) if weights == "imagenet" else _vgg16_of_file(x, weights)
    taps = [vgg16.get_layer(name).output for name in _VGG16_TAPS[profile]]
    return keras.Model(images, taps, name=f"vgg16_{profile}")


def _downloaded_vgg16(x: keras.KerasTensor) -> keras.Model:
    try:
        return keras.applications.VGG16(include_top=False, weights="imagenet", input_tensor=x)
    except Exception as error:
        # For a failed download Keras raises a bare Exception, or lets the OSError pass.
        if type(error) is not Exception and not isinstance(error, OSError):
            raise
        raise UserError(
            "VGG16's ImageNet weights could not be downloaded; give a path to them, use "
            "mobilenet_v2, or set the perceptual weight to 0"
        ) from error


def _vgg16_of_file(x: keras.KerasTensor, path: str) -> keras.Model:
    if not Path(path).is_file():
        raise UserError(
            f"no such feature extractor: {path}; give imagenet, mobilenet_v2, or a path to "
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
        )
    try:
        return keras.applications.VGG16(include_top=False, weights=path, input_tensor=x)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} does not hold VGG16's weights without its top as Keras publishes them; "
            f"fetch the file again ({error})"
        ) from error


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
