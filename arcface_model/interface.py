"""What every identity encoder has in common, so that losses and training need not know which.

An encoder takes ``[B, 112, 112, 3]`` unit RGB and returns a dict: ``"embedding"``, ``[B, 512]``,
not normalised, and the output of each of ResNet50's 16 residual blocks under its name.
"""

import contextlib
from collections.abc import Iterator

import keras

IMAGE_SIZE = 112
EMBEDDING_SIZE = 512

# Residual blocks of each of ResNet50's stages, with keras.applications' names.
STAGES = {"conv2": 3, "conv3": 4, "conv4": 6, "conv5": 3}
# Shallow to deep; IFSR (the paper's section 3.3) picks its taps from these by name.
BLOCK_NAMES = tuple(
    f"{stage}_block{number}_out"
    for stage, count in STAGES.items()
    for number in range(1, count + 1)
)


@contextlib.contextmanager
def float32_policy() -> Iterator[None]:
    """Layers made within compute in float32, whatever the global dtype policy is.

    IFSR's margins lie between 0.035 and 0.13 of a cosine distance, which bfloat16's 8 bits would
    blur; the encoder is a small part of a step's work.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def has_interface(model: keras.Model) -> bool:
    """Whether a model takes and gives what this module's docstring says."""
    outputs = getattr(model, "output", None)
    return (
        isinstance(outputs, dict)
        and set(outputs) == {"embedding", *BLOCK_NAMES}
        and outputs["embedding"].shape == (None, EMBEDDING_SIZE)
        and model.input_shape == (None, IMAGE_SIZE, IMAGE_SIZE, 3)
    )
