"""Generators as Keras models, in the precision asked for whatever they were trained in."""

import dataclasses
from pathlib import Path
from typing import Any

import keras

from facedancer.utils.errors import UserError
from facedancer.utils.weights.keras_description import Adapt
from facedancer.utils.weights.keras_files import load_keras_model
from facedancer.utils.weights.kinds import GENERATOR_FILE, Kind, ModelFile
from facedancer.utils.weights.legacy_h5 import read_legacy_file
from facedancer.utils.weights.published import download_command
from facedancer.utils.weights.reading import KERAS_FORMS, NetworkReader

from ..cpu_form.ready_weights import ready_config
from ..generator import EMBEDDING_SIZE
from ..published_weights import import_generator

# The names of a generator's inputs and of its output, in every form.
INPUTS = ("target", "identity")
OUTPUT = "changed"
ACCEPTED = (
    "give a .keras generator, a published .h5 such as FaceDancer_config_c_HQ.h5 "
    f"({download_command('config_c_hq')} gets it), the folder of a "
    f"training run or of one of its checkpoints (it holds {GENERATOR_FILE}), a SavedModel "
    "folder from export/savedmodel.py, the folder of its versions, or the swap.tflite of "
    "export/convert.py"
)
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "int8": "float32"}
# What keeps float32 in `get_generator`, and the sum of the two, the picture: rounded to bfloat16
# each could cost a grey level.
_LAST = ("up_final_shortcut", "up_final_residual")


def find_generator(path: str | Path) -> ModelFile:
    """Tells by its content what lies at a path.

    Raises:
        UserError: nothing that could be a generator.
    """
    return _READER.find(path)


def load_keras_generator(path: str | Path, precision: str = "float32") -> keras.Model:
    """The Keras model ``([target, identity]) -> changed`` of whatever holds one.

    Args:
        path: as for `load_generator`, except a SavedModel that others wrote, which holds a graph
            and no Keras model.
        precision: as for `load_generator`; here a SavedModel of ours follows it too.

    Raises:
        UserError: there is no such file, or it is no generator.
    """
    return read_generator(find_generator(path), precision)[0]


def read_generator(
    found: ModelFile, precision: str, is_ready: bool = False
) -> tuple[keras.Model, str]:
    """The model of a file and what was found, for people.

    Args:
        found: the file.
        precision: as for `load_generator`.
        is_ready: as `with_ready_weights` has it: for a model that is only called.

    Raises:
        UserError: it is no generator.
    """

    def adapt(config: dict[str, Any]) -> dict[str, Any]:
        adapted = _config_in_policy(config, _POLICIES[precision])
        return ready_config(adapted) if is_ready and "layers" in adapted else adapted

    reader = dataclasses.replace(
        _READER,
        forms={**_READER.forms, **dict.fromkeys(KERAS_FORMS, lambda one: _read_keras(one, adapt))},
    )
    model, description = reader.read(found)
    if not _is_generator(model):
        raise UserError(
            f"{found.path} holds another Keras model, with inputs {_shapes(model)}, not a "
            f"generator; {ACCEPTED}"
        )
    return _adapted(model, adapt), description


def _read_published(found: ModelFile) -> tuple[keras.Model, str]:
    published = import_generator(read_legacy_file(found.path))
    configuration, depth = published.configuration, published.graph.mapping_depth
    return published.model, f"{found}, configuration {configuration}, mapping depth {depth}"


def _read_keras(found: ModelFile, adapt: Adapt) -> tuple[keras.Model, str]:
    # What is built in another precision than asked for would be built twice.
    return load_keras_model(found, adapt), str(found)


_READER = NetworkReader(
    "generator",
    ACCEPTED,
    {Kind.PUBLISHED: _read_published},
    {
        Kind.LITE: f"holds no Keras model and can only be used for swapping; {ACCEPTED}",
        Kind.WEIGHTS: f"do not record their configuration; {ACCEPTED}",
    },
)


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


def _adapted(model: keras.Model, adapt: Adapt) -> keras.Model:
    """The same network and weights by a changed configuration; itself where nothing changes."""
    config = model.get_config()
    if (changed := adapt(config)) == config:
        return model
    rebuilt = type(model).from_config(changed)
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def _config_in_policy(config: dict[str, Any], policy: str) -> dict[str, Any]:
    """A network's configuration, computing as a dtype policy says.

    A layer keeps the policy that it was saved with, and in half precision pictures may show it.
    The layers that make the picture stay in float32 always.
    """
    outputs = config.get("output_layers")
    if not isinstance(outputs, list) or not outputs:
        return config  # no generator, and refused when it is built
    output = outputs[0] if isinstance(outputs[0], str) else outputs[0][0]
    layers = [
        _with_policy(
            layer, "float32" if layer["name"] == output or layer["name"] in _LAST else policy
        )
        for layer in config["layers"]
    ]
    return {**config, "layers": layers}


def _with_policy(config: object, policy: str) -> object:
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {**config["config"], "name": policy}}
        return {key: _with_policy(value, policy) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_with_policy(value, policy) for value in config)
    return config
