"""A network with a weight vector for each class: what a margin head trains."""

import keras
import tensorflow as tf

EMBEDDING = "embedding"
READ = "read"
# An embedding's length as the linear layer sees it: at 1 it would learn much later than the rest.
_LENGTH = 4.0


class MarginClassifier(keras.Model):
    """Faces ``[B, S, S, 3]`` unit RGB -> the network's own outputs; see `margins`.

    Args:
        network: gives embeddings among its outputs.
        size: D, of an embedding.
        classes: N, how many identities, or moods, there are to tell apart.
        read: K, how many numbers a linear layer reads from the embedding's direction; 0: none.

    Attributes:
        network: as given.
        class_weights: ``[D, N]`` float32.
    """

    def __init__(self, network: keras.Model, size: int, classes: int, read: int = 0) -> None:
        super().__init__(name="margin_classifier")
        self.network = network
        self.class_weights = self.add_weight(
            shape=(size, classes),
            # Directions alone count; short vectors would turn fast, long ones slowly.
            initializer=keras.initializers.RandomNormal(stddev=0.05),
            dtype="float32",
            name="class_weights",
        )
        self._reader = None
        if read:
            self._reader = keras.layers.Dense(
                read, kernel_initializer="zeros", dtype="float32", name=READ
            )
            self._reader.build((None, size))

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> dict[str, tf.Tensor]:
        """The network's outputs; embeddings are not normalised. With ``read``, also ``[B, K]``."""
        outputs = self.network(inputs, training=training)
        if not self._reader:
            return outputs
        direction = tf.math.l2_normalize(outputs[EMBEDDING], axis=-1)
        return {**outputs, READ: self._reader(_LENGTH * direction)}
