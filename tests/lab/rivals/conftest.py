"""Small faces with the labels that a rival is given, and the smallest network that takes them."""

import json

import keras
import numpy as np
import pytest

from facedancer.dataset.crops.listing import CROP_LIST_NAME
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.rivals.codes import CODE_SIZE
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.utils.images import write_image

SIDE = 64


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Three people's faces with labels, each of a colour."""
    folder = tmp_path_factory.mktemp("labelled")
    rng = np.random.default_rng(0)
    lines = []
    for number in range(6):
        name = f"{number % 3}/{number}.png"
        coarse = rng.integers(0, 256, (4, 4, 3), np.uint8)
        crop = np.kron(coarse, np.ones((SIDE // 4, SIDE // 4, 1), np.uint8))
        write_image(folder / "crops" / name, crop)
        line = {"path": name, "source_path": name, "identity": str(number % 3)}
        line |= {"landmarks": [[1, 2]] * 5, "box": [0, 0, 9, 9], "score": 1.0, "yaw": 0.0}
        line |= {"matrix": [[1, 0, 0], [0, 1, 0]], "side": SIDE, "shrink_factor": 1.0}
        line |= {"sharpness": 9.0, "found_by": "test"}
        shape = rng.normal(0, 0.03, 204).tolist()
        expression = rng.uniform(0, 1, 52).tolist()
        line["labels"] = {"pose": [10.0, -5.0, 0.0], "shape": shape, "expression": expression}
        lines.append(json.dumps(line))
    (folder / "crops" / CROP_LIST_NAME).write_text("\n".join(lines) + "\n")
    shard_folder(folder / "crops", folder / "shards", "labelled", 1)
    return folder / "shards"


def tiny_generator(side, identity_size=EMBEDDING_SIZE + CODE_SIZE):
    """Adds a colour, which the identity and its code say, to the target."""
    target = keras.Input((side, side, 3), name="target")
    identity = keras.Input((identity_size,), name="identity")
    colour = keras.layers.Dense(3, use_bias=False, name="colour")(identity)
    changed = keras.layers.Add()([target, keras.layers.Reshape((1, 1, 3))(colour)])
    return keras.Model([target, identity], changed)
