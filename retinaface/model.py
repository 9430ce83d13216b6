"""RetinaFace: a picture -> for every anchor a box, five landmarks and the odds that it is a face.

Deng et al., "RetinaFace: Single-shot multi-level face localisation in the wild", CVPR 2020, without
the dense 3D branch: backbone, feature pyramid, a context module (SSH) per level, three 1x1 heads.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import KerasTensor, layers

from .anchors import ANCHORS_PER_CELL
from .backbones import BACKBONES, Backbone

_SUBTRACT_MEAN = "subtract_mean"


@keras.saving.register_keras_serializable(package="facedancer")
class UpsampleLike(layers.Layer):
    """Nearest-neighbour resizing of a feature map to the height and width of another.

    Input: the pair ``[B, h, w, C]``, ``[B, H, W, D]``; output ``[B, H, W, C]``.

    Args:
        half_pixel_centers: where to sample if the factor is not whole; see `Backbone`.
    """

    def __init__(self, half_pixel_centers: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.half_pixel_centers = half_pixel_centers

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        coarse, fine = inputs
        # keras.ops and tf.image offer nearest-neighbour sampling at the centres only.
        return tf.raw_ops.ResizeNearestNeighbor(
            images=coarse,
            size=tf.shape(fine)[1:3],
            align_corners=False,
            half_pixel_centers=self.half_pixel_centers,
        )

    def compute_output_shape(
        self, input_shape: list[tuple[int | None, ...]]
    ) -> tuple[int | None, ...]:
        coarse, fine = input_shape
        return (coarse[0], *fine[1:3], coarse[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "half_pixel_centers": self.half_pixel_centers}


def get_retinaface(backbone: str = "mobilenet") -> keras.Model:
    """Builds the network, with random weights, for pictures of any size.

    Args:
        backbone: ``"mobilenet"`` (MobileNetV1-0.25) or ``"resnet50"``.

    Returns:
        A model named ``retinaface_<backbone>``. Input: ``[B, H, W, 3]`` RGB, 0..255. Output: a dict
        of float32 for the N anchors of `anchors.make_anchors`, in its order: ``"boxes"``
        ``[B, N, 4]`` and ``"landmarks"`` ``[B, N, 10]``, offsets for `anchors.decode`;
        ``"scores"`` ``[B, N]``, the probability of a face.

    Raises:
        ValueError: no such backbone.
    """
    if backbone not in BACKBONES:
        raise ValueError(f"no backbone {backbone!r}; there are {', '.join(BACKBONES)}")
    variant = BACKBONES[backbone]
    image = keras.Input((None, None, 3), name="image")
    bgr = image[..., ::-1]
    x = layers.Rescaling(1.0, offset=[-mean for mean in variant.mean], name=_SUBTRACT_MEAN)(bgr)
    pyramid = _pyramid(variant.extract(x), variant)
    features = [_context(x, variant, f"ssh{level}") for level, x in enumerate(pyramid)]

    boxes = _heads(features, 4, "box_head")
    landmarks = _heads(features, 10, "landmark_head")
    classes = layers.Softmax(dtype="float32")(_heads(features, 2, "class_head"))
    outputs = {"boxes": boxes, "landmarks": landmarks, "scores": classes[..., 1]}
    return keras.Model(image, outputs, name=f"retinaface_{backbone}")


def network_of_bgr(network: keras.Model) -> keras.Model | None:
    """The network of `get_retinaface` behind its first operation, which turns RGB into BGR.

    That is a slice with a negative step, for which TensorFlow takes a third of the whole network's
    time; `tf.reverse` gives the same numbers.

    Args:
        network: of `get_retinaface`, whatever file it is from.

    Returns:
        A model that takes ``[B, H, W, 3]`` BGR, 0..255, and shares the weights; None where the
        network has no such beginning.
    """
    for layer in network.layers:
        if layer.name == _SUBTRACT_MEAN:
            return keras.Model(layer.input, network.output)
    return None


def _unit(
    x: KerasTensor, channels: int, size: int, variant: Backbone, name: str, activate: bool = True
) -> KerasTensor:
    """Convolution, batch norm where the variant has it, activation."""
    bias = not variant.batch_norm
    x = layers.Conv2D(channels, size, padding="same", use_bias=bias, name=f"{name}_conv")(x)
    if variant.batch_norm:
        x = layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.LeakyReLU(variant.negative_slope)(x) if activate else x


def _pyramid(maps: list[KerasTensor], variant: Backbone) -> list[KerasTensor]:
    """Feature pyramid: brings each coarser level's context down to the next finer one."""
    fine_to_coarse = [
        _unit(x, variant.width, 1, variant, f"fpn{level}_lateral") for level, x in enumerate(maps)
    ]
    for level in reversed(range(len(fine_to_coarse) - 1)):
        lateral, coarser = fine_to_coarse[level : level + 2]
        upsampled = UpsampleLike(variant.half_pixel_centers)([coarser, lateral])
        merged = layers.Add()([lateral, upsampled])
        fine_to_coarse[level] = _unit(merged, variant.width, 3, variant, f"fpn{level}_merge")
    return fine_to_coarse


def _context(x: KerasTensor, variant: Backbone, name: str) -> KerasTensor:
    """SSH context module: receptive fields of 3x3, 5x5 and 7x7, made of 3x3 convolutions."""
    half, quarter = variant.width // 2, variant.width // 4
    field3 = _unit(x, half, 3, variant, f"{name}_3x3", activate=False)
    shared = _unit(x, quarter, 3, variant, f"{name}_5x5_1")
    field5 = _unit(shared, quarter, 3, variant, f"{name}_5x5_2", activate=False)
    field7 = _unit(shared, quarter, 3, variant, f"{name}_7x7_2")
    field7 = _unit(field7, quarter, 3, variant, f"{name}_7x7_3", activate=False)
    return layers.ReLU()(layers.Concatenate()([field3, field5, field7]))


def _heads(features: list[KerasTensor], values: int, name: str) -> KerasTensor:
    """One 1x1 convolution per level -> ``[B, N, values]`` for the anchors of all levels."""
    flat = []
    for level, x in enumerate(features):
        x = layers.Conv2D(ANCHORS_PER_CELL * values, 1, name=f"{name}{level}")(x)
        flat.append(layers.Reshape((-1, values))(x))
    return layers.Concatenate(axis=1, dtype="float32")(flat)
