"""A picture in, its faces out: loads RetinaFace and does all the work around it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import keras
import numpy as np
import tensorflow as tf

from facedancer.utils.cli import UserError

from .anchors import decode, make_anchors, suppress, usable
from .backbones import BACKBONES
from .model import get_retinaface

SHIPPED_WEIGHTS = (
    Path(__file__).resolve().parents[1] / "model_zoo" / "retinaface_mobilenet.weights.h5"
)


@dataclass(frozen=True, eq=False)  # arrays have no single truth value to compare by
class Face:
    """One detected face, in pixels of the picture it was found in.

    Coordinates are (x, y) from the centre of the top left pixel, as in `utils.alignment`. They may
    lie outside the picture, where a face is cut off by its edge.

    Attributes:
        box: ``[4]`` float32: left, top, right, bottom.
        landmarks: ``[5, 2]`` float32: left eye, right eye, nose, left and right mouth corner, as
            seen in the picture.
        score: the network's probability, 0..1.
    """

    box: np.ndarray
    landmarks: np.ndarray
    score: float


class Detector:
    """Finds faces; one instance serves pictures of every size.

    Args:
        model: from `get_retinaface`, with its weights.
        min_score: faces must score higher. Plain faces score above 0.9; a lower bound finds more
            small, turned and hidden faces, and more that are none.
        nms_iou: of two boxes that overlap more than this (intersection over union) only the better
            one is a face.
        max_side: a picture whose longer side exceeds this is reduced to it before detection, which
            bounds time and memory; faces less than about 1/35 of that side high are then missed.
            None: never reduced. Pictures are never enlarged.

    Raises:
        ValueError: a setting is out of range.
    """

    def __init__(
        self,
        model: keras.Model,
        min_score: float = 0.6,
        nms_iou: float = 0.4,
        max_side: int | None = 640,
    ) -> None:
        if not (0 <= min_score < 1 and 0 <= nms_iou <= 1):
            raise ValueError(f"min_score {min_score} and nms_iou {nms_iou} must lie in 0..1")
        if max_side is not None and max_side < 1:
            raise ValueError(f"max_side must be positive or None, not {max_side}")
        self.model = model
        self.min_score = min_score
        self.nms_iou = nms_iou
        self.max_side = max_side
        # One trace for all batches and sizes: a new trace per picture size would take seconds each.
        any_images = tf.TensorSpec([None, None, None, 3], tf.uint8)
        self._find = tf.function(self._find_in_batch, input_signature=[any_images])

    def detect(self, image: np.ndarray) -> list[Face]:
        """The faces of one picture, best first; an empty list if there is none.

        Args:
            image: ``[H, W, 3]`` uint8 RGB, any size.

        Raises:
            ValueError: the image has another shape or type.
        """
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[np.ndarray]) -> list[list[Face]]:
        """The faces of several pictures of one size, in one pass of the network.

        Args:
            images: each ``[H, W, 3]`` uint8 RGB, all of the same height and width.

        Returns:
            A list per picture, as `detect` returns it.

        Raises:
            ValueError: an image has another shape or type, or the sizes differ.
        """
        if not len(images):
            return []
        for image in images:
            _check_image(image)
        if len({image.shape for image in images}) > 1:
            raise ValueError("pictures of one batch must have one size; pass others one by one")
        batch, scale = self._reduce(images)
        found = self._find(tf.constant(batch))
        return [[_as_face(row, scale) for row in rows.numpy()] for rows in found]

    def _reduce(self, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The batch ``[B, h, w, 3]`` at detection size, and the picture's (x, y) size over it."""
        height, width = images[0].shape[:2]
        longer = max(height, width)
        if self.max_side is None or longer <= self.max_side:
            return np.stack(images), np.ones(2)
        size = [max(1, round(side * self.max_side / longer)) for side in (width, height)]
        reduced = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images]
        return np.stack(reduced), np.array([width, height]) / size

    def _find_in_batch(self, images: tf.Tensor) -> tf.RaggedTensor:
        """``[B, H, W, 3]`` uint8 -> ``[B, (faces), 15]``: box, landmarks, score; best first."""
        shape = tf.shape(images)
        raw = self.model(tf.cast(images, tf.float32), training=False)
        anchors = make_anchors(shape[1], shape[2])
        boxes, landmarks = decode(raw["boxes"], raw["landmarks"], anchors)
        scores = tf.where(usable(boxes, landmarks, raw["scores"]), raw["scores"], 0.0)
        return tf.map_fn(
            lambda candidates: suppress(*candidates, self.min_score, self.nms_iou),
            (boxes, landmarks, scores),
            fn_output_signature=tf.RaggedTensorSpec([None, 15], tf.float32, ragged_rank=0),
        )


def load_detector(path: str | Path | None = None) -> Detector:
    """A detector with trained weights and default settings.

    Args:
        path: a ``.weights.h5`` file that ``save_weights`` of a `get_retinaface` model wrote; which
            backbone it holds is read from the file. None: the MobileNet that ships in model_zoo.
            For other settings make a new `Detector` of the result's ``model``.

    Raises:
        UserError: there is no such file, or it is something else.
    """
    path = SHIPPED_WEIGHTS if path is None else Path(path)
    if not path.is_file():
        raise UserError(f"no such detector file: {path}")
    wanted = f"want a .weights.h5 file of one of our detectors ({', '.join(BACKBONES)})"
    try:
        # Keras writes the model's name into its weights files.
        with h5py.File(path) as file:
            name = file["vars"].attrs["name"]
    except (OSError, KeyError) as error:
        raise UserError(f"{path} holds no weights that this project saved; {wanted}") from error
    models = {f"retinaface_{backbone}": backbone for backbone in BACKBONES}
    if name not in models:
        raise UserError(f"{path} holds weights of {name!r}, which is no detector; {wanted}")
    model = get_retinaface(models[name])
    try:
        with warnings.catch_warnings(action="ignore"):  # what Keras warns of, it then refuses
            model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        raise UserError(f"{path} is damaged, or not of this version's {name}; {wanted}") from error
    return Detector(model)


def _check_image(image: np.ndarray) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise ValueError(f"want a uint8 array, got {getattr(image, 'dtype', type(image).__name__)}")
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"want a picture [H, W, 3], got {list(image.shape)}")


def _as_face(row: np.ndarray, scale: np.ndarray) -> Face:
    # A pixel's centre x of the reduced picture lies at (x + 0.5) * scale - 0.5 of the whole one.
    points = ((row[:14].reshape(7, 2) + 0.5) * scale - 0.5).astype(np.float32)
    return Face(box=points[:2].reshape(4), landmarks=points[2:], score=float(row[14]))
