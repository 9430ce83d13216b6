"""Reads a trained generator, in the precision asked for whatever it was trained in."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.weights.keras_files import load_keras_model
from facedancer.utils.weights.kinds import GENERATOR_FILE, Kind, ModelFile, reason, recognise
from facedancer.utils.weights.legacy_h5 import read_legacy_file
from facedancer.utils.weights.published import download_command

from ..generator import EMBEDDING_SIZE, with_attention
from ..layers import AFFA
from ..published_weights import import_generator
from .lite import call, lite_swap
from .saved_model import saved_model_swap

# A SavedModel of ours: this signature, with these names.
SIGNATURE = "serving_default"
INPUTS = ("target", "identity")
OUTPUT = "changed"
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
# Beside the sum that gives the picture, what keeps float32 in `get_generator`: rounded to bfloat16
# each could cost a grey level.
_LAST = ("up_final_shortcut", "up_final_residual")

_ACCEPTED = (
    "give a .keras generator, a published .h5 such as FaceDancer_config_c_HQ.h5 "
    f"({download_command('config_c_hq')} gets it), the folder of a "
    f"training run or of one of its checkpoints (it holds {GENERATOR_FILE}), a SavedModel "
    "folder from export/savedmodel.py, the folder of its versions, or the swap.tflite of "
    "export/convert.py"
)


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
    """

    image_size: int
    description: str
    swap: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    attend: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]] | None = None

    def __call__(self, target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        return self.swap(target, identity)


def load_generator(path: str | Path, precision: str = "float32") -> Generator:
    """Loads a generator; the content tells what it is.

    Args:
        path: a ``.keras`` file, a published Keras 2 ``.h5``, a training run's or a checkpoint's
            folder, a SavedModel folder, or a LiteRT file.
        precision: ``"float32"`` or ``"bfloat16"``, what the convolutions multiply; sums,
            normalisations, AFFA's gates and the last picture stay float32. A SavedModel is the
            graph that it is: it computes in what it was exported in.

    Raises:
        UserError: there is nothing there, or it is something else.
    """
    found = recognise(path, "generator", _ACCEPTED)
    if found.kind is Kind.SAVED_MODEL:
        return _load_saved_model(found.path)
    if found.kind is Kind.LITE:
        return _load_lite(found)
    model, description = _read(found, precision)
    side = model.inputs[0].shape[1]
    # Traced once for every batch size; op by op, the hundreds of small layers cost more.
    specs = [tf.TensorSpec(tensor.shape, tf.float32) for tensor in model.inputs]
    swap = tf.function(
        lambda target, identity: model([target, identity], training=False), input_signature=specs
    )
    return Generator(
        side, f"{description}, {side} px, {precision}", swap, _attend_function(model, specs)
    )


def describe_generator(path: str | Path) -> str:
    """Says what the two loaders find at a path, for people.

    Raises:
        UserError: nothing that could be a generator.
    """
    return str(recognise(path, "generator", _ACCEPTED))


def load_keras_generator(path: str | Path, precision: str = "float32") -> keras.Model:
    """The Keras model ``([target, identity]) -> changed`` of whatever holds one.

    Args:
        path: as for `load_generator`, except a SavedModel that others wrote, which holds a graph
            and no Keras model.
        precision: as for `load_generator`; here a SavedModel of ours follows it too.

    Raises:
        UserError: there is no such file, or it is no generator.
    """
    return _read(recognise(path, "generator", _ACCEPTED), precision)[0]


def _read(found: ModelFile, precision: str) -> tuple[keras.Model, str]:
    """The model of a file and what was found, for people."""
    description = str(found)
    try:
        if found.kind is Kind.PUBLISHED:
            published = import_generator(read_legacy_file(found.path))
            model = published.model
            depth = published.graph.mapping_depth
            description += f", configuration {published.configuration}, mapping depth {depth}"
        elif found.kind is Kind.LITE:
            raise UserError(f"{found} holds no Keras model: only swapping takes it; {_ACCEPTED}")
        elif found.kind is Kind.WEIGHTS:
            raise UserError(f"{found} lack the configuration that they are of; {_ACCEPTED}")
        else:
            model = load_keras_model(found)
    # Beside ValueError, what a published file's malformed graph raises.
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{found.path} is not a generator ({reason(error)}); {_ACCEPTED}"
        ) from error
    if not _is_generator(model):
        raise UserError(
            f"{found.path} holds another Keras model, with inputs {_shapes(model)}, not a "
            f"generator; {_ACCEPTED}"
        )
    return _in_policy(model, _POLICIES[precision]), description


def _shapes(model: keras.Model) -> dict[str, tuple[int | None, ...]]:
    return {tensor.name: tuple(tensor.shape) for tensor in model.inputs}


def _is_generator(model: keras.Model) -> bool:
    shapes = _shapes(model)
    if tuple(shapes) != INPUTS or len(model.outputs) != 1:
        return False
    target, identity = shapes.values()
    return (
        len(target) == 4
        and target[1] is not None
        and target == (None, target[1], target[1], 3)
        and identity == (None, EMBEDDING_SIZE)
        and tuple(model.outputs[0].shape) == target
    )


def _attend_function(
    model: keras.Model, specs: list[tf.TensorSpec]
) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]] | None:
    """`Generator.attend`; traced only when it is called."""
    if not any(isinstance(layer, AFFA) for layer in model.layers):
        return None
    attending = with_attention(model)
    return tf.function(
        lambda target, identity: tuple(attending([target, identity], training=False)),
        input_signature=specs,
    )


def _in_policy(model: keras.Model, policy: str) -> keras.Model:
    """The same network and weights, computing as a dtype policy says.

    A layer keeps the policy that it was saved with, and in half precision pictures may show it.
    The layers that make the picture stay in float32 always.
    """
    config = model.get_config()
    output = config["output_layers"][0]
    output = output if isinstance(output, str) else output[0]
    layers = [
        _with_policy(
            layer, "float32" if layer["name"] == output or layer["name"] in _LAST else policy
        )
        for layer in config["layers"]
    ]
    rebuilt_config = {**config, "layers": layers}
    if rebuilt_config == config:
        return model
    rebuilt = type(model).from_config(rebuilt_config)
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def _with_policy(config: object, policy: str) -> object:
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {**config["config"], "name": policy}}
        return {key: _with_policy(value, policy) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_with_policy(value, policy) for value in config)
    return config


def _load_saved_model(path: Path) -> Generator:
    try:
        side, swap = saved_model_swap(path, SIGNATURE, INPUTS, OUTPUT)
    except ValueError as error:
        raise UserError(f"{path} is not a generator ({reason(error)}); {_ACCEPTED}") from error
    return Generator(side, f"SavedModel {path}, {side} px", swap)


def _load_lite(found: ModelFile) -> Generator:
    side, network = lite_swap(found.path, INPUTS, OUTPUT)

    def swap(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        return call(network, OUTPUT, target=target, identity=identity)

    return Generator(side, f"{found}, {side} px", swap)
