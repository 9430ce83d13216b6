"""An encoder with a weight vector for each identity: the network that a margin head trains."""

import keras
import tensorflow as tf

from .interface import EMBEDDING_SIZE


class IdentityClassifier(keras.Model):
    """Faces ``[B, S, S, 3]`` unit RGB -> embeddings ``[B, 512]`` float32; see `margins`.

    Args:
        encoder: of `backbones`.
        identities: N, how many there are to tell apart.

    Attributes:
        identity_weights: ``[512, N]`` float32.
    """

    def __init__(self, encoder: keras.Model, identities: int) -> None:
        super().__init__(name="identity_classifier")
        self.encoder = encoder
        self.identity_weights = self.add_weight(
            shape=(EMBEDDING_SIZE, identities),
            # Directions alone count; short vectors would turn fast, long ones slowly.
            initializer=keras.initializers.RandomNormal(stddev=0.05),
            dtype="float32",
            name="identity_weights",
        )

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """The embeddings, not normalised."""
        return self.encoder(inputs, training=training)["embedding"]
