"""The published expression embedder, as far as its file can be read.

Its exact layout is not known. Where the file's graph is made of plain Keras layers it is rebuilt
from its own description; else the first layer that is not is named.
"""

from pathlib import Path

import keras

from facedancer.utils.errors import UserError
from facedancer.utils.weights.keras_files import load_keras_model
from facedancer.utils.weights.kinds import Kind
from facedancer.utils.weights.legacy_h5 import read_legacy_file
from facedancer.utils.weights.reading import KERAS_FORMS, NetworkReader

from .plain_layers import build_plain_model

_ACCEPTED = "give the published ExpressionEmbedder-B0.h5, or the .keras that convert.py made of it"
_READER = NetworkReader(
    "expression embedder",
    _ACCEPTED,
    {
        Kind.PUBLISHED: lambda found: build_plain_model(read_legacy_file(found.path))[0],
        **dict.fromkeys(KERAS_FORMS, load_keras_model),
    },
    {Kind.WEIGHTS: f"do not record their network; {_ACCEPTED}"},
)


def load_expression_embedder(path: str | Path) -> keras.Model:
    """The network of a file, frozen: pictures -> one vector each.

    What range the pictures must have, the file does not say: a ``Rescaling`` or ``Normalization``
    at its beginning, which `keras.Model.summary` shows, is a hint.

    Raises:
        UserError: there is no such file, or its network is not made of plain Keras layers.
    """
    model = _READER.read(_READER.find(path))
    check_embedder(model, path)
    model.trainable = False
    return model


def check_embedder(model: keras.Model, path: str | Path) -> None:
    """Refuses a model that does not take one RGB picture and give one vector.

    Raises:
        UserError: the model is something else.
    """
    shapes = [tuple(tensor.shape) for tensor in (*model.inputs, *model.outputs)]
    if len(shapes) != 2 or len(shapes[0]) != 4 or shapes[0][3] != 3 or len(shapes[1]) != 2:
        raise UserError(
            f"{path} is not an expression embedder, which takes a picture and returns a vector: it "
            f"has {len(model.inputs)} inputs and {len(model.outputs)} outputs of shapes {shapes}; "
            f"{_ACCEPTED}"
        )
