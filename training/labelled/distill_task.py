"""Learning from a teacher: its picture, what the identity encoder sees in it, and the source."""

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.inference.loading import load_keras_generator
from facedancer.losses.distances import cosine_distance, l1_distance
from facedancer.losses.identity import identity_loss
from facedancer.losses.ifsr import ifsr_distances
from facedancer.networks.generator import get_generator
from facedancer.utils.cli import UserError
from facedancer.utils.images import uint8_to_signed
from facedancer.utils.model_files import GENERATOR_FILE

from .distill_config import DistillConfig
from .labelled_faces_input import held_out_faces
from .labelled_step import Batch, rate_schedule

# Held-out batches that are judged: each goes through both generators.
_JUDGED = 10
_EMBEDDING = "embedding"


class DistillTask:
    """See `labelled_step.Task`; to be made in the strategy's scope.

    A batch's faces are targets, and each is the next one's source, but for ``same_ratio`` of them,
    which are their own.

    Args:
        config: the run.
        faces: to learn from.
        held_out: other people.

    Raises:
        UserError: a teacher of another side, or networks that cannot be read or built.
    """

    file_name = GENERATOR_FILE

    def __init__(
        self, config: DistillConfig, faces: LabelledFaces, held_out: LabelledFaces
    ) -> None:
        self._config = config
        self._teacher = load_keras_generator(config.teacher)
        self._teacher.trainable = False
        side = self._teacher.inputs[0].shape[1]
        if not faces.side == held_out.side == config.image_size == side:
            raise UserError(
                f"{config.teacher} makes pictures of {side} px, --image_size is "
                f"{config.image_size}, the crops have {faces.side} and {held_out.side}: all must "
                "be the same"
            )
        self._encoder = load_encoder(config.arcface_path)
        try:
            self.network = get_generator(
                config.up_types,
                config.mapping_depth,
                config.mapping_size,
                config.image_size,
                config.base_width,
                config.separable,
            )
        except ValueError as error:
            raise UserError(str(error)) from error
        self._held_out = held_out_faces(held_out, config.image_size)[:_JUDGED]
        self._judge = tf.function(self._judged, autograph=False)

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `labelled_step.Task`; each is weighted already."""
        config = self._config
        targets = uint8_to_signed(batch["image"])
        identity = self._identities(targets)
        wanted = tf.stop_gradient(self._teacher([targets, identity], training=False))
        changed = self.network([targets, identity], training=True)
        codes, changed_codes = encode(self._encoder, wanted), encode(self._encoder, changed)
        return {
            "loss/image": config.image_weight * tf.reduce_mean(l1_distance(wanted, changed)),
            "loss/feature": config.feature_weight
            * tf.reduce_mean(tf.reduce_sum(ifsr_distances(codes, changed_codes), 1)),
            "loss/identity": config.identity_weight
            * identity_loss(identity, changed_codes[_EMBEDDING]),
        }

    def validate(self) -> dict[str, float]:
        """See `labelled_step.Task`.

        The mean distance to the teacher's picture, in [-1, 1], whose negative is the score; and the
        cosine of both generators' swaps to their sources, by the encoder that was trained with.
        """
        rows = np.concatenate([self._judge(batch["image"]).numpy() for batch in self._held_out])
        image, identity, teacher_identity = rows.mean(0).tolist()
        return {
            "validation/image": image,
            "validation/identity": identity,
            "validation/teacher_identity": teacher_identity,
            "validation/score": -image,
        }

    def save(self, path: str) -> None:
        """See `labelled_step.Task`; its readers rebuild it in float32."""
        self.network.save(path)

    def _identities(self, targets: tf.Tensor) -> tf.Tensor:
        embeddings = encode(self._encoder, targets)[_EMBEDDING]
        count = tf.shape(targets)[0]
        own = tf.cast(tf.math.ceil(self._config.same_ratio * tf.cast(count, tf.float32)), tf.int32)
        is_own = tf.range(count)[:, None] < own
        return tf.where(is_own, embeddings, tf.roll(embeddings, 1, axis=0))

    def _judged(self, images: tf.Tensor) -> tf.Tensor:
        """``[B, 3]``: of swaps between different people; see `validate`."""
        targets = uint8_to_signed(images)
        sources = tf.roll(encode(self._encoder, targets)[_EMBEDDING], 1, axis=0)
        pictures = [
            tf.cast(one([targets, sources], training=False), tf.float32)
            for one in (self._teacher, self.network)
        ]
        alike = [
            1.0 - cosine_distance(encode(self._encoder, one)[_EMBEDDING], sources)
            for one in pictures
        ]
        return tf.stack([l1_distance(*pictures), alike[1], alike[0]], axis=1)


def make_adam(config: DistillConfig) -> keras.optimizers.Optimizer:
    """Adam, at the rate of `rate_schedule`."""
    return keras.optimizers.Adam(rate_schedule(config), beta_1=0.9, beta_2=0.99)
