"""A trained generator of any form, ready to swap faces."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.weights.kinds import Kind, ModelFile, reason

from ..cpu_form.form import on_this_device
from ..generator import with_attention
from ..layers import AFFA
from .int8 import int8_swap
from .keras_generator import ACCEPTED, INPUTS, OUTPUT, find_generator, read_generator
from .lite import call, lite_swap
from .saved_model import saved_model_swap

# The signature of a SavedModel of ours.
SIGNATURE = "serving_default"


@dataclasses.dataclass(frozen=True)
class Generator:
    """A trained generator, ready to swap faces.

    Attributes:
        image_size: the side S of its crops in pixels.
        description: what was loaded, for people.
        swap: ``(target [B, S, S, 3] signed RGB, identity [B, 512]) -> [B, S, S, 3]`` signed RGB,
            all float32, any B >= 1; the result may leave [-1, 1] a little. Calling the generator
            calls this.
        attend: the same inputs -> that result and ``[B, S, S]`` float32 in 0..1, where AFFA's gates
            let the new face through; in one call of the network. None: it has no AFFA, or is a
            SavedModel or a LiteRT file, which give their picture alone.
        least_batch: a result depends, by roundings, on the batch where that is smaller than this.
    """

    image_size: int
    description: str
    swap: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    attend: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]] | None = None
    least_batch: int = 4

    def __call__(self, target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        return self.swap(target, identity)


def load_generator(path: str | Path, precision: str = "float32") -> Generator:
    """Loads a generator; the content tells what it is.

    Args:
        path: a ``.keras`` file, a published Keras 2 ``.h5``, a training run's or a checkpoint's
            folder, a SavedModel folder, or a LiteRT file.
        precision: ``"float32"`` or ``"bfloat16"``, what the convolutions multiply; sums,
            normalisations, AFFA's gates and the last picture stay float32. ``"int8"``: see
            `int8_swap`. A SavedModel is the graph that it is: it computes in what it was exported
            in.

    Raises:
        UserError: there is nothing there, or it is something else.
    """
    found = find_generator(path)
    if found.kind in _PROGRAMS:
        return _PROGRAMS[found.kind](found)
    model, description = read_generator(found, precision, is_ready=True)
    side = model.inputs[0].shape[1]
    if precision == "int8":
        swap = int8_swap(model, OUTPUT)
        return Generator(side, f"{description}, {side} px, {precision}", swap)
    # Traced once for every batch size; op by op, the hundreds of small layers cost more.
    specs = [tf.TensorSpec(tensor.shape, tf.float32) for tensor in model.inputs]
    network = on_this_device(model)
    swap = tf.function(
        lambda target, identity: network([target, identity])[0],
        input_signature=specs,
        autograph=False,
    )
    return Generator(
        side, f"{description}, {side} px, {precision}", swap, _attend_function(model, specs)
    )


def describe_generator(path: str | Path) -> str:
    """Says what the two loaders find at a path, for people.

    Raises:
        UserError: nothing that could be a generator.
    """
    return str(find_generator(path))


def _attend_function(
    model: keras.Model, specs: list[tf.TensorSpec]
) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]] | None:
    """`Generator.attend`; made only when it is called."""
    if not any(isinstance(layer, AFFA) for layer in model.layers):
        return None

    @functools.cache
    def made() -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
        attending = on_this_device(with_attention(model))
        return tf.function(
            lambda target, identity: tuple(attending([target, identity])),
            input_signature=specs,
            autograph=False,
        )

    return lambda target, identity: made()(target, identity)


def _load_saved_model(found: ModelFile) -> Generator:
    path = found.path
    try:
        side, swap = saved_model_swap(path, SIGNATURE, INPUTS, OUTPUT)
    except ValueError as error:
        raise UserError(f"{path} is not a generator ({reason(error)}); {ACCEPTED}") from error
    return Generator(side, f"SavedModel {path}, {side} px", swap)


def _load_lite(found: ModelFile) -> Generator:
    side, network = lite_swap(found.path, INPUTS, OUTPUT)

    def swap(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        return call(network, OUTPUT, target=target, identity=identity)

    return Generator(side, f"{found}, {side} px", swap)


# Forms that run as they are; of all others a Keras model is made.
_PROGRAMS = {Kind.SAVED_MODEL: _load_saved_model, Kind.LITE: _load_lite}
