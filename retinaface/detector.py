"""A picture in, its faces out: loads RetinaFace and does all the work around it."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.utils.weights.kinds import Kind

from .anchors import decode, make_anchors, suppress, usable
from .face import Face
from .lite_detector import LiteRetinaFace
from .loading import READER, load_retinaface
from .model import network_of_bgr
from .scales import coarser_sizes, with_large
from .shipped import SHIPPED_WEIGHTS
from .views import whole

# RGB of a batch's part beyond its pictures: what the networks subtract, so that it is 0 to them, as
# the space around a picture is.
PADDING = (123, 117, 104)


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
        any_areas = tf.TensorSpec([None, 4], tf.float32)
        # No branch in it depends on a tensor: autograph would read its source for nothing.
        self._find = tf.function(
            self._candidates, input_signature=[any_images, any_areas], autograph=False
        )

    def detect(self, image: np.ndarray) -> list[Face]:
        """The faces of one picture, best first; an empty list if there is none.

        Args:
            image: ``[H, W, 3]`` uint8 RGB, any size.

        Raises:
            ValueError: the image has another shape or type.
        """
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[np.ndarray]) -> list[list[Face]]:
        """The faces of several pictures of one size, in one pass of the network for each scale.

        A second look, at a quarter of the size, is for faces that fill the picture (`scales`).
        For pictures of several sizes there is `search.FaceSearch`.

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
            check_image(image)
        if len({image.shape for image in images}) > 1:
            raise ValueError("pictures of one batch must have one size; FaceSearch takes others")
        size = self.reduced_size(*images[0].shape[:2])
        found = self._detect_at(images, size)
        for coarse, least in coarser_sizes(size, images[0].shape[:2]):
            large = self._detect_at(images, coarse)
            found = [with_large(*both, least) for both in zip(found, large, strict=True)]
        return found

    def _detect_at(self, images: Sequence[np.ndarray], size: tuple[int, int]) -> list[list[Face]]:
        views = [whole(image, size) for image in images]
        found = self.detect_in(
            np.stack([view.draw() for view in views]), [view.area for view in views]
        )
        return [
            [face.moved(view.to_picture) for face in faces]
            for faces, view in zip(found, views, strict=True)
        ]

    def reduced_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width, in pixels, at which a picture of this size is looked at."""
        longer = max(height, width)
        if self.max_side is None or longer <= self.max_side:
            return height, width
        reduced = [max(1, round(side * self.max_side / longer)) for side in (height, width)]
        return reduced[0], reduced[1]

    def detect_in(
        self, batch: np.ndarray, areas: Sequence[tuple[int, int, int, int]]
    ) -> list[list[Face]]:
        """One pass of the network, as it is: nothing is reduced here.

        Args:
            batch: ``[B, H, W, 3]`` uint8 RGB. Smaller pictures lie in the top left corner of their
                plane, the rest is `PADDING`.
            areas: left, top, right, bottom of each picture's part in which faces may be centred.

        Returns:
            A list per picture, best first, in pixels of the batch.
        """
        pictures, rows = self._find(self._filled_up(batch), np.asarray(areas, np.float32))
        pictures, rows = pictures.numpy(), rows.numpy()
        found: list[list[Face]] = [[] for _ in range(len(batch))]
        for picture in np.unique(pictures):
            faces = [_as_face(row) for row in rows[pictures == picture]]
            found[picture] = self.best(faces)
        return found

    def _filled_up(self, batch: np.ndarray) -> np.ndarray:
        """With padding to sides that the network takes; Keras's take any."""
        multiple = getattr(self.model, "side_multiple", 1)
        count, height, width, _ = batch.shape
        if height % multiple == width % multiple == 0:
            return batch
        sides = (side + -side % multiple for side in (height, width))
        filled = np.empty([count, *sides, 3], np.uint8)
        filled[:] = PADDING
        filled[:, :height, :width] = batch
        return filled

    def best(self, faces: Sequence[Face]) -> list[Face]:
        """Keeps the better ones of faces that overlap by more than ``nms_iou``; best first."""
        kept = suppress(
            np.stack([face.box for face in faces]),
            np.array([face.score for face in faces], np.float32),
            self.nms_iou,
        )
        return [faces[index] for index in kept]

    def _look(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """``[B, H, W, 3]`` uint8 RGB -> what the network says of each anchor."""
        if isinstance(self.model, keras.Model) and (network := network_of_bgr(self.model)):
            return network(tf.cast(tf.reverse(images, [-1]), tf.float32), training=False)
        return self.model(tf.cast(images, tf.float32), training=False)

    def _candidates(self, images: tf.Tensor, areas: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """``[B, H, W, 3]`` uint8, ``[B, 4]`` -> all that score enough, overlapping ones too.

        Returns:
            ``[M]``, the picture of each, and ``[M, 15]``: box, landmarks, score.
        """
        shape = tf.shape(images)
        raw = self._look(images)
        anchors = make_anchors(shape[1], shape[2])
        # Few anchors of thousands see a face: only those are decoded.
        centres, areas = anchors[:, :2], areas[:, None]
        inside = tf.reduce_all((centres >= areas[..., :2]) & (centres < areas[..., 2:]), -1)
        where = tf.where((raw["scores"] > self.min_score) & inside)
        boxes, landmarks, scores = (
            tf.gather_nd(raw[name], where) for name in ("boxes", "landmarks", "scores")
        )
        boxes, landmarks = decode(boxes, landmarks, tf.gather(anchors, where[:, 1]))
        rows = tf.concat([boxes, tf.reshape(landmarks, [-1, 10]), scores[:, None]], 1)
        sound = usable(boxes, landmarks, scores)
        return tf.boolean_mask(where[:, 0], sound), tf.boolean_mask(rows, sound)


def load_detector(path: str | Path | None = None) -> Detector:
    """A detector with trained weights and default settings.

    Args:
        path: what `loading.load_retinaface` takes: the published RetinaFace-Res50.h5, or a .keras
            or .weights.h5 file of ours; or a LiteRT file of it. None: the MobileNet that ships in
            model_zoo. For other settings make a new `Detector` of the result's ``model``.

    Raises:
        UserError: there is no such file, or it is something else.
    """
    path = SHIPPED_WEIGHTS if path is None else path
    is_lite = READER.find(path).kind is Kind.LITE
    return Detector(LiteRetinaFace(path) if is_lite else load_retinaface(path))


def check_image(image: np.ndarray) -> None:
    """Raises ValueError where ``image`` is not ``[H, W, 3]`` uint8 with pixels in it."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise ValueError(f"want a uint8 array, got {getattr(image, 'dtype', type(image).__name__)}")
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"want a picture [H, W, 3], got {list(image.shape)}")


def _as_face(row: np.ndarray) -> Face:
    return Face(box=row[:4], landmarks=row[4:14].reshape(5, 2), score=float(row[14]))
