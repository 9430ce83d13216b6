"""Faces as a network takes them: from records' bytes to unit RGB."""

import numpy as np
import tensorflow as tf

from facedancer.dataset.labelled_faces import LabelledFaces, evenly
from facedancer.utils.images import signed_to_unit, uint8_to_signed

# Held-out faces that are looked at: more would hardly change a measure, and take memory and time.
MOST_HELD_OUT = 4_000
_BATCH = 100


def to_input(images: tf.Tensor, side: int) -> tf.Tensor:
    """``[B, S, S, 3]`` uint8 RGB -> ``[B, side, side, 3]`` float32 unit RGB, resized bilinearly."""
    images = signed_to_unit(uint8_to_signed(images))
    return images if images.shape[1] == side else tf.image.resize(images, [side, side])


def held_out_faces(
    faces: LabelledFaces, side: int, most: int = MOST_HELD_OUT, batch_size: int = _BATCH
) -> list[dict[str, np.ndarray]]:
    """Batches of at most ``most`` faces to validate on, of as many people as possible, in memory.

    They are as `LabelledFaces.read` gives them, but the images are ``[b, side, side, 3]``, uint8.
    """
    return [
        {
            **{name: value.numpy() for name, value in batch.items()},
            "image": np.rint(255 * to_input(batch["image"], side).numpy()).astype(np.uint8),
        }
        for batch in faces.read(evenly(faces, most), batch_size)
    ]
