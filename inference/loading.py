"""Reads a trained generator, in float32 whatever precision it was trained in."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

# The first import registers the generator's own layers, so that Keras can read them.
import facedancer.networks.blocks  # noqa: F401
from facedancer.arcface_model.interface import EMBEDDING_SIZE
from facedancer.utils.cli import UserError

# A SavedModel of ours: this signature, with these names.
SIGNATURE = "serving_default"
INPUTS = ("target", "identity")
OUTPUT = "changed"

_RUN_FILE = "generator.keras"
_ACCEPTED = (
    f"give a .keras generator, a training run's folder (it holds {_RUN_FILE}), or a SavedModel "
    "folder from export/savedmodel.py"
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
    """

    image_size: int
    description: str
    swap: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

    def __call__(self, target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        return self.swap(target, identity)


def load_generator(path: str | Path) -> Generator:
    """Loads a generator from a ``.keras`` file, a training run's folder or a SavedModel folder.

    Raises:
        UserError: there is nothing there, or it is something else.
    """
    path = Path(path)
    if (path / "saved_model.pb").is_file():
        return _load_saved_model(path)
    model = load_keras_generator(path)
    side = model.inputs[0].shape[1]
    # Traced once for every batch size; op by op, the hundreds of small layers cost more.
    specs = [tf.TensorSpec(tensor.shape, tf.float32) for tensor in model.inputs]
    swap = tf.function(
        lambda target, identity: model([target, identity], training=False), input_signature=specs
    )
    return Generator(side, f"Keras generator {_keras_file(path)}, {side} px", swap)


def load_keras_generator(path: str | Path) -> keras.Model:
    """The Keras model ``([target, identity]) -> changed`` of a ``.keras`` file or a run's folder.

    All its layers compute in float32.

    Raises:
        UserError: there is no such file, or it is no generator.
    """
    file = _keras_file(Path(path))
    try:
        model = keras.saving.load_model(file, compile=False)
    # What Keras raises for a damaged archive, a foreign file and an unknown layer.
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise UserError(f"{file} is not a Keras generator ({error}); {_ACCEPTED}") from error
    if not _is_generator(model):
        raise UserError(
            f"{file} holds another Keras model, with inputs {_shapes(model)}, not a generator; "
            f"{_ACCEPTED}"
        )
    return _in_float32(model)


def _keras_file(path: Path) -> Path:
    if not path.exists():
        raise UserError(f"no such generator: {path}; {_ACCEPTED}")
    file = path / _RUN_FILE if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"no generator in the folder {path}; {_ACCEPTED}")
    return file


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


def _in_float32(model: keras.Model) -> keras.Model:
    """The same network and weights, computing in float32.

    A layer keeps the dtype policy that it was saved with, and in float16 and bfloat16 pictures
    show it.
    """
    config = model.get_config()
    rebuilt_config = _with_float32_policies(config)
    if rebuilt_config == config:
        return model
    rebuilt = type(model).from_config(rebuilt_config)
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def _with_float32_policies(config: object) -> object:
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {**config["config"], "name": "float32"}}
        return {key: _with_float32_policies(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_with_float32_policies(value) for value in config)
    return config


def _load_saved_model(path: Path) -> Generator:
    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise UserError(f"{path} is a damaged SavedModel ({error}); {_ACCEPTED}") from error
    signature = loaded.signatures.get(SIGNATURE)
    inputs = signature.structured_input_signature[1] if signature else {}
    if set(inputs) != set(INPUTS) or OUTPUT not in signature.structured_outputs:
        raise UserError(
            f"{path} is a SavedModel with inputs {sorted(inputs)}, not a generator; {_ACCEPTED}"
        )

    def swap(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        # `loaded` owns the variables: named here, it lives as long as the signature.
        return loaded.signatures[SIGNATURE](target=target, identity=identity)[OUTPUT]

    side = inputs["target"].shape[1]
    return Generator(side, f"SavedModel {path}, {side} px", swap)
