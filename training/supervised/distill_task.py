"""Learning from a teacher: its picture, what the identity encoder sees in it, and the source."""

import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.folding import fold_normalisations
from facedancer.arcface_model.origin import encoder_origin
from facedancer.arcface_model.pairing import check_encoder
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.losses.distances import cosine_distance, l1_distance
from facedancer.losses.identity import identity_loss
from facedancer.losses.ifsr import ifsr_distances
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_unit, uint8_to_signed
from facedancer.utils.weights.kinds import GENERATOR_FILE
from facedancer.utils.weights.origins import ENCODER

from ..settings.distill import DistillConfig
from .augmentation import jitter, mirror_some
from .faces_input import held_out_faces
from .step import Batch

# Held-out faces that are judged, each by both generators, and how many at a time: a generator's
# features take far more memory than an encoder's.
_JUDGED, _JUDGED_BATCH = 1_000, 16
_EMBEDDING = "embedding"


class DistillTask:
    """See `step.Task`; to be made in the strategy's scope.

    A batch's faces, mirrored by chance and jittered, are targets, and each is the next one's
    source, but for ``same_ratio`` of them, which are their own.

    Args:
        config: the run.
        faces: to learn from.
        held_out: other people.

    Raises:
        UserError: a teacher of another side or encoder, networks that cannot be read or built, a
            single face a replica, or held-out faces of one person alone.
    """

    file_name = GENERATOR_FILE

    def __init__(
        self, config: DistillConfig, faces: LabelledFaces, held_out: LabelledFaces
    ) -> None:
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if config.batch_size < 2 * replicas:
            raise UserError(
                f"--batch_size={config.batch_size} leaves one face for each of {replicas} devices, "
                f"so every face would be its own source: use {2 * replicas} or more"
            )
        self._config = config
        check_encoder(config.teacher, config.encoder, config.any_encoder)
        self.notes = {ENCODER: encoder_origin(config.encoder)}
        self._teacher = load_keras_generator(config.teacher)
        self._teacher.trainable = False
        side = self._teacher.inputs[0].shape[1]
        if not faces.side == held_out.side == config.image_size == side:
            raise UserError(
                f"{config.teacher} makes pictures of {side} px, --image_size is "
                f"{config.image_size}, the crops have {faces.side} and {held_out.side} px: all "
                "must be equal"
            )
        self._encoder = fold_normalisations(load_encoder(config.encoder))
        try:
            self.network = config.new_generator(config.image_size)
        except ValueError as error:
            raise UserError(str(error)) from error
        self.loss_weights = {
            f"loss/{name}": getattr(config, f"{name}_weight")
            for name in ("image", "feature", "identity")
        }
        self._held_out = held_out_faces(held_out, config.image_size, _JUDGED, _JUDGED_BATCH)
        if not any(_is_other(batch).any() for batch in self._held_out):
            raise UserError(
                "--validation_data shows only one person, and swaps are judged between two "
                "people: give shards of at least two"
            )
        self._judge = tf.function(self._judged, autograph=False)

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `step.Task`."""
        config = self._config
        images, _ = mirror_some(uint8_to_signed(batch["image"]), config.seed, step)
        if config.jitter:
            unit = jitter(signed_to_unit(images), config.jitter, config.seed, step)
            images = 2.0 * unit - 1.0
        identity = self._identities(images, step)
        wanted = tf.stop_gradient(self._teacher([images, identity], training=False))
        changed = self.network([images, identity], training=True)
        codes, changed_codes = encode(self._encoder, wanted), encode(self._encoder, changed)
        return {
            "loss/image": tf.reduce_mean(l1_distance(wanted, changed)),
            "loss/feature": tf.reduce_mean(tf.reduce_sum(ifsr_distances(codes, changed_codes), 1)),
            "loss/identity": identity_loss(identity, changed_codes[_EMBEDDING]),
        }

    def validate(self) -> dict[str, float]:
        """See `step.Task`; of swaps between different people alone.

        The mean distance to the teacher's picture, in [-1, 1], whose negative is the score; and the
        cosine of both generators' swaps to their sources, by the encoder that was trained with.
        """
        rows = np.concatenate(
            [self._judge(one["image"]).numpy()[_is_other(one)] for one in self._held_out]
        )
        image, identity, teacher_identity = rows.mean(0).tolist()
        return {
            "validation/image": image,
            "validation/identity": identity,
            "validation/teacher_identity": teacher_identity,
            "validation/score": -image,
        }

    def save(self, path: str) -> None:
        """See `step.Task`; its readers rebuild it in float32."""
        self.network.save(path)

    def _identities(self, targets: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        embeddings = encode(self._encoder, targets)[_EMBEDDING]
        is_own = _own_sources(tf.shape(targets)[0], step, self._config.same_ratio)
        return tf.where(is_own[:, None], embeddings, tf.roll(embeddings, 1, axis=0))

    def _judged(self, images: tf.Tensor) -> tf.Tensor:
        """``[B, 3]``: of swaps with the face before as the source; see `validate`."""
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


def _own_sources(count: tf.Tensor, step: tf.Tensor, ratio: float) -> tf.Tensor:
    """``[count]``: which faces of this replica's batch are their own source.

    All steps' and replicas' faces are counted through, and every 1/``ratio``-th is: the share is
    right in the long run, however small a batch is.
    """
    context = tf.distribute.get_replica_context()
    replica = tf.cast(context.replica_id_in_sync_group, tf.float64)
    batches = tf.cast(step, tf.float64) * context.num_replicas_in_sync + replica
    numbers = batches * tf.cast(count, tf.float64) + tf.range(tf.cast(count, tf.float64))
    return tf.floor(ratio * (numbers + 1)) > tf.floor(ratio * numbers)


def _is_other(batch: dict[str, np.ndarray]) -> np.ndarray:
    """``[B]``: whether the face before, which is the source, is another person's."""
    return batch["identity"] != np.roll(batch["identity"], 1)
