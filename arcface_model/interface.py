"""The interface of every identity encoder, so that losses and training need not know which it is.

An encoder takes ``[B, S, S, 3]`` unit RGB, S being its own, and returns a dict: ``"embedding"``,
``[B, 512]``, not normalised, and the outputs of residual blocks under the names that ResNet50's 16
have. A network of fewer blocks lacks some of them.
"""

import contextlib
from collections.abc import Iterable, Iterator

import keras

from facedancer.utils.errors import UserError

from .block_names import BLOCK_NAMES
from .sizes import EMBEDDING_SIZE


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Layers made within have this dtype policy, whatever the global one is."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def float32_policy() -> contextlib.AbstractContextManager[None]:
    """Layers made within compute in float32, whatever the global dtype policy is.

    Encoders are built, saved and measured so. A training in bfloat16 takes a copy whose maps are
    rounded, see `low_precision`.
    """
    return dtype_policy("float32")


def input_side(encoder: keras.Model) -> int:
    """The side S of the pictures that an encoder takes, in pixels."""
    return encoder.input_shape[1]


def has_interface(model: keras.Model) -> bool:
    """Tells whether a model takes and gives what this module's docstring says."""
    outputs = getattr(model, "output", None)
    return (
        isinstance(outputs, dict)
        and outputs.keys() - {*BLOCK_NAMES} == {"embedding"}
        and outputs["embedding"].shape == (None, EMBEDDING_SIZE)
        and all(len(outputs[name].shape) == 4 for name in block_names(model))
        and len(outputs) > 1
        and takes_square_pictures(model)
    )


def block_names(encoder: keras.Model) -> tuple[str, ...]:
    """The blocks whose outputs an encoder gives, shallow to deep: of `BLOCK_NAMES`."""
    return tuple(name for name in BLOCK_NAMES if name in encoder.output)


def check_blocks(encoder: keras.Model, wanted: Iterable[str], flag: str) -> None:
    """Refuses blocks that an encoder lacks.

    Args:
        encoder: of this interface.
        wanted: names of blocks.
        flag: which flag named them.

    Raises:
        UserError: it lacks one.
    """
    found = block_names(encoder)
    if missing := [name for name in wanted if name not in found]:
        raise UserError(
            f"{flag} names {', '.join(missing)}, which the encoder {encoder.name} does not have: "
            f"choose from {', '.join(found)}; evaluation/ifsr.py measures their margins"
        )


def takes_square_pictures(model: keras.Model) -> bool:
    """Tells whether a model's only input is ``[B, S, S, 3]`` with a fixed S."""
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        return False
    return shape[1] is not None and shape[1] == shape[2] and shape[3] == 3
