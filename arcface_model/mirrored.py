"""An identity encoder that looks at each face twice: as it is, and mirrored."""

import keras
from keras import layers, ops

from .interface import float32_policy


@keras.saving.register_keras_serializable(package="facedancer")
class BothViews(layers.Layer):
    """Puts the mirror images behind the pictures: ``[B, H, W, C]`` -> ``[2 B, H, W, C]``."""

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        return ops.concatenate([images, ops.flip(images, axis=2)], axis=0)


@keras.saving.register_keras_serializable(package="facedancer")
class SumOfViews(layers.Layer):
    """Adds the mirror images' values to the pictures': ``[2 B, ...]`` -> ``[B, ...]``."""

    def call(self, values: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        return ops.sum(ops.reshape(values, (2, -1, *values.shape[1:])), axis=0)


@keras.saving.register_keras_serializable(package="facedancer")
class FirstView(layers.Layer):
    """Keeps what the pictures themselves gave: ``[2 B, ...]`` -> ``[B, ...]``."""

    def call(self, values: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        return values[: ops.shape(values)[0] // 2]


@float32_policy()
def with_mirror(encoder: keras.Model) -> keras.Model:
    """Makes the encoder whose embedding is the sum of a face's and its mirror image's.

    The usual way to verify faces: a face and its mirror image are the same person, so what the two
    embeddings do not share is noise. It costs twice as much; the blocks' outputs are those of the
    face itself.

    Args:
        encoder: of the interface, in float32.

    Returns:
        A model of the same interface, which shares the encoder's weights.
    """
    image = keras.Input(encoder.input_shape[1:], name="image")
    codes = encoder(BothViews(name="both_views")(image))
    embedding = SumOfViews(name="embedding")(codes.pop("embedding"))
    blocks = {name: FirstView(name=f"first_{name}")(block) for name, block in codes.items()}
    return keras.Model(image, {"embedding": embedding, **blocks}, name=f"mirrored_{encoder.name}")
