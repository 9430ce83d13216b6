"""Learning identities: the margin loss on people to learn from, verification on others."""

from collections.abc import Mapping
from types import MappingProxyType

import keras
import tensorflow as tf

from facedancer.arcface_model.backbones import finished, get_backbone
from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import SHAPE, SHAPE_SIZE
from facedancer.arcface_model.interface import EMBEDDING_SIZE
from facedancer.arcface_model.margin_classifier import EMBEDDING, READ, MarginClassifier
from facedancer.arcface_model.margins import cosines_of, margin_head, margin_loss
from facedancer.arcface_model.mirrored import with_mirror
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.utils.errors import UserError
from facedancer.utils.weights.origins import Origin

from ..settings.encoder import EncoderConfig
from .augmentation import jitter, mirror_some
from .faces_input import to_input
from .held_out_identities import HeldOutIdentities
from .labels import SHAPE_UNIT, find_labels, mirrored_shape
from .step import Batch

_SHAPE_LOSS = "loss/shape"


class EncoderTask:
    """See `step.Task`; to be made in the strategy's scope.

    Args:
        config: the run.
        faces: to learn from; all of known identity.
        held_out: other people.

    Raises:
        UserError: unknown identities, no label to read the shape from, held-out people of whom no
            pairs can be made, or an encoder to begin with of another backbone or side.
    """

    file_name = "encoder.keras"
    notes: Mapping[str, Origin] = MappingProxyType({})

    def __init__(
        self, config: EncoderConfig, faces: LabelledFaces, held_out: LabelledFaces
    ) -> None:
        for flag, one in (("data", faces), ("validation_data", held_out)):
            if not one.all_identities_known or len(one.names) < 2:
                raise UserError(
                    f"--{flag} must name the person of each face, and hold at least two people: "
                    "put each person's photographs into a separate folder before cropping"
                )
        self._config = config
        self.loss_weights: Mapping[str, float] = {_SHAPE_LOSS: config.shape_label_weight}
        reads = config.shape_label_weight > 0
        self._shape = find_labels("data", SHAPE, faces)[SHAPE] if reads else None
        encoder = get_backbone(config.backbone, config.image_size, config.precision)
        if config.init_encoder:
            _load_start(config.init_encoder, encoder)
        self.network = MarginClassifier(
            encoder, EMBEDDING_SIZE, len(faces.names), SHAPE_SIZE if reads else 0
        )
        self._held_out = HeldOutIdentities(held_out, config.image_size)
        self._embed = tf.function(self._embedding, autograph=False)

    def _embedding(self, images: tf.Tensor) -> tf.Tensor:
        """The finished encoder's embeddings of ``[B, S, S, 3]`` uint8 RGB, as they are stored."""
        faces = to_input(images, self._config.image_size)
        views = [faces, tf.reverse(faces, [2])] if self._config.mirrored else [faces]
        return tf.add_n([self.network(view, training=False)[EMBEDDING] for view in views])

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `step.Task`."""
        config = self._config
        images = to_input(batch["image"], config.image_size)
        images, is_mirrored = mirror_some(images, config.seed, step)
        images = jitter(images, config.jitter, config.seed, step)
        outputs = self.network(images, training=True)
        cosines = cosines_of(outputs[EMBEDDING], self.network.class_weights)
        margin = config.margin * growth(step, config.margin_warmup_steps)
        logits = margin_head(config.head)(cosines, batch["identity"], margin, config.scale)
        losses = {f"loss/{config.head}": tf.reduce_mean(margin_loss(logits, batch["identity"]))}
        if self._shape:
            shape = batch["labels"][:, self._shape]
            shape = tf.where(is_mirrored[:, None], mirrored_shape(shape), shape)
            # The layer tells units: decimetres would be so small that its steps overshot.
            losses[_SHAPE_LOSS] = tf.reduce_mean(tf.abs(outputs[READ] - shape / SHAPE_UNIT))
        return losses

    def validate(self) -> dict[str, float]:
        """See `step.Task` and `HeldOutIdentities.measure`."""
        return self._held_out.measure(self._embed)

    def save(self, path: str) -> None:
        """See `step.Task`."""
        config = self._config
        encoder = finished(config.backbone, config.image_size, self.network.network)
        (with_mirror(encoder) if config.mirrored else encoder).save(path)


def growth(step: tf.Tensor, steps: int) -> tf.Tensor:
    """The share, 0..1, that step ``step``, counted from 0, has of what grows over ``steps``."""
    return tf.minimum(tf.cast(step, tf.float32) / steps, 1.0) if steps else tf.ones([])


def _load_start(path: str, encoder: keras.Model) -> None:
    weights = load_encoder(path).get_weights()
    if [value.shape for value in weights] != [value.shape for value in encoder.get_weights()]:
        raise UserError(
            f"--init_encoder={path} has another network: give --backbone and --image_size as it "
            "was trained with, or another file"
        )
    encoder.set_weights(weights)
