"""Learning identities: the margin loss on people to learn from, verification on others."""

import numpy as np
import tensorflow as tf

from facedancer.arcface_model.backbones import finished, get_backbone
from facedancer.arcface_model.interface import EMBEDDING_SIZE
from facedancer.arcface_model.margin_classifier import MarginClassifier
from facedancer.arcface_model.margins import HEADS, cosines_of, margin_loss
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.evaluation.metrics.verification import draw_pairs, similarities, verify
from facedancer.utils.cli import UserError

from .encoder_config import EncoderConfig
from .face_augmentation import jitter, mirror_some
from .labelled_faces_input import held_out_faces, to_input
from .labelled_step import Batch

# Pairs of each kind in a validation pass: a rate of 1e-3 is then ten of them.
_PAIRS = 10_000
_EMBEDDING = "embedding"


class EncoderTask:
    """See `labelled_step.Task`; to be made in the strategy's scope.

    Args:
        config: the run.
        faces: to learn from; all of known identity.
        held_out: other people.

    Raises:
        UserError: unknown identities, or held-out people of whom no pairs can be made.
    """

    file_name = "encoder.keras"

    def __init__(
        self, config: EncoderConfig, faces: LabelledFaces, held_out: LabelledFaces
    ) -> None:
        for which, one in (("train", faces), ("validation", held_out)):
            if not one.all_identities_known or len(one.names) < 2:
                raise UserError(
                    f"--{which}_data must say whose each face is, and show two people or more: put "
                    "each person's photographs into a folder of their own before cropping"
                )
        self._config = config
        encoder = get_backbone(config.backbone, config.image_size, config.precision)
        self.network = MarginClassifier(encoder, EMBEDDING_SIZE, len(faces.names))
        self._held_out = held_out_faces(held_out, config.image_size)
        identities = np.concatenate([batch["identity"] for batch in self._held_out])
        try:
            self._pairs = draw_pairs(identities, _PAIRS, seed=0)
        except ValueError as error:
            raise UserError(f"--validation_data: {error}") from error
        self._embed = tf.function(
            lambda images: self.network(to_input(images, config.image_size), training=False)[
                _EMBEDDING
            ],
            autograph=False,
        )

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `labelled_step.Task`."""
        config = self._config
        images = to_input(batch["image"], config.image_size)
        images, _ = mirror_some(images, config.seed, step)
        images = jitter(images, config.jitter, config.seed, step)
        embeddings = self.network(images, training=True)[_EMBEDDING]
        cosines = cosines_of(embeddings, self.network.class_weights)
        logits = HEADS[config.head](cosines, batch["identity"], config.margin, config.scale)
        return {f"loss/{config.head}": tf.reduce_mean(margin_loss(logits, batch["identity"]))}

    def validate(self) -> dict[str, float]:
        """See `labelled_step.Task`; the score is the true acceptance at 1e-3."""
        embeddings = np.concatenate([self._embed(batch["image"]) for batch in self._held_out])
        result = verify(similarities(embeddings, self._pairs), self._pairs.same)
        measures = {
            "validation/auc": result.auc,
            "validation/accuracy": result.accuracy,
            **{f"validation/tar_at_far_{rate:g}": tar for rate, tar in result.tar.items()},
        }
        return {**measures, "validation/score": result.tar[1e-3]}

    def save(self, path: str) -> None:
        """See `labelled_step.Task`."""
        config = self._config
        finished(config.backbone, config.image_size, self.network.network).save(path)
