"""An expression embedder with a weight vector for each mood, which a margin head trains."""

import keras
import tensorflow as tf

from .face_regressor import FEATURE_SIZE

# Above what any pool of moods has: numbers that no face bears cost their vectors alone.
MOST_MOODS = 1_000


class MoodClassifier(keras.Model):
    """Faces ``[B, S, S, 3]`` unit RGB -> the regressor's outputs; see `margins`.

    Args:
        regressor: of `face_regressor`, for expressions.

    Attributes:
        mood_weights: ``[128, MOST_MOODS]`` float32.
    """

    def __init__(self, regressor: keras.Model) -> None:
        super().__init__(name="mood_classifier")
        self.regressor = regressor
        self.mood_weights = self.add_weight(
            shape=(FEATURE_SIZE, MOST_MOODS),
            # As of `identity_classifier.IdentityClassifier`.
            initializer=keras.initializers.RandomNormal(stddev=0.05),
            dtype="float32",
            name="mood_weights",
        )

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> dict[str, tf.Tensor]:
        """The activations and the embedding."""
        return self.regressor(inputs, training=training)
