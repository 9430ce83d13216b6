"""SavedModels of ours: a graph, its variables, and how Keras builds the model.

The last is in ``assets.extra/keras.json``. The numbers are in ``variables/`` alone, and once:
`keras.export.ExportArchive` would write each of them twice.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import tensorflow as tf

from ...bounded_json import MEGABYTE
from ...files import read_json
from ..keras_description import SPARE_NUMBERS, build_described
from ..mapping import assign_all
from .check import VARIABLES
from .trial import refuse_unsafe

_DESCRIPTION = Path("assets.extra") / "keras.json"
# A generator's takes 100 kB.
_MOST_DESCRIPTION, _MOST_NUMBERS = 2 * MEGABYTE, 2**27
_KEY = "model_weights/{}/.ATTRIBUTES/VARIABLE_VALUE"
# What TensorFlow raises for damaged variables.
_UNREADABLE = (tf.errors.OpError, IndexError, RuntimeError)


def write_saved_model(
    folder: Path,
    model: keras.Model,
    signatures: Mapping[str, Callable[..., dict]],
    others: Sequence[keras.Model] = (),
) -> None:
    """Writes a model whose weights, and those of ``others``, TensorFlow functions use.

    Args:
        folder: to be made.
        model: the one that `read_saved_model` gives back.
        signatures: the functions by name.
        others: further models that they call.
    """
    module = tf.Module()
    module.model_weights = [weight.value for weight in model.weights]
    models = (model, *others)
    module.all_variables = [variable.value for one in models for variable in one.variables]
    tf.saved_model.save(module, str(folder), signatures=dict(signatures))
    description = {
        "model": keras.saving.serialize_keras_object(model),
        "weights": [weight.path for weight in model.weights],
    }
    path = folder / _DESCRIPTION
    path.parent.mkdir()
    path.write_text(json.dumps(description))


def read_saved_model(folder: Path) -> keras.Model:
    """The model of a SavedModel of ours; of a stranger's too, for it is checked before.

    Layers of ours must have been imported.

    Raises:
        ValueError: the SavedModel is unsafe, damaged, or none of ours.
    """
    if (folder / _DESCRIPTION).is_file():
        refuse_unsafe(folder)
    return read_own_saved_model(folder)


def read_own_saved_model(folder: Path) -> keras.Model:
    """Builds the model and sets each of its weights from one variable of the SavedModel.

    The graph does not run. As `read_saved_model`, of one that this very process has written.
    """
    path = folder / _DESCRIPTION
    if not path.is_file():
        raise ValueError(
            "it holds a graph alone, no Keras model: one that export/savedmodel.py writes has both"
        )
    try:
        description = read_json(path, _MOST_DESCRIPTION)
        reader = tf.train.load_checkpoint(str(folder / VARIABLES))
        shapes = reader.get_variable_to_shape_map()
        keys = [_KEY.format(number) for number in range(len(description["weights"]))]
        numbers = sum(math.prod(shapes[key]) for key in keys)
        if numbers > _MOST_NUMBERS:
            raise ValueError(f"it has {numbers:,} weights: that is no network of faces")
        model = build_described(description["model"], numbers + SPARE_NUMBERS)
        stored = {
            name: reader.get_tensor(_KEY.format(number))
            for number, name in enumerate(description["weights"])
        }
    except (ValueError, TypeError, KeyError, AttributeError, OSError, *_UNREADABLE) as error:
        raise ValueError(f"the SavedModel is damaged: {error}") from error
    assign_all(model.weights, stored, [(name, name) for name in stored])
    return model
