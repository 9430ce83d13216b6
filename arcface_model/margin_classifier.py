"""A network with a weight vector for each class: what a margin head trains."""

import keras
import tensorflow as tf


class MarginClassifier(keras.Model):
    """Faces ``[B, S, S, 3]`` unit RGB -> the network's own outputs; see `margins`.

    Args:
        network: gives embeddings among its outputs.
        size: D, of an embedding.
        classes: N, how many identities, or moods, there are to tell apart.

    Attributes:
        network: as given.
        class_weights: ``[D, N]`` float32.
    """

    def __init__(self, network: keras.Model, size: int, classes: int) -> None:
        super().__init__(name="margin_classifier")
        self.network = network
        self.class_weights = self.add_weight(
            shape=(size, classes),
            # Directions alone count; short vectors would turn fast, long ones slowly.
            initializer=keras.initializers.RandomNormal(stddev=0.05),
            dtype="float32",
            name="class_weights",
        )

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> dict[str, tf.Tensor]:
        """The network's outputs; embeddings are not normalised."""
        return self.network(inputs, training=training)
