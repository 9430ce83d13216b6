"""Small labelled faces, and a task on them that is all of one but its size."""

import json
from types import MappingProxyType

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.margins import margin_loss
from facedancer.dataset.crops.listing import CROP_LIST_NAME
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.training.settings.supervised import SupervisedConfig
from facedancer.training.supervised.faces_input import to_input
from facedancer.utils.images import write_image

SIDE = 32
ONE_STEP = {"total_steps": 1, "warmup_steps": 0}


def write_faces(folder, first, people, images):
    """People who differ in colour, and pictures that differ in where a bar stands."""
    rng = np.random.default_rng(first)
    lines = []
    for person in range(first, first + people):
        colour = np.random.default_rng(person).integers(60, 255, 3)
        for number in range(images):
            place = int(rng.integers(0, SIDE - 4))
            pixels = np.tile(colour, (SIDE, SIDE, 1)) - rng.integers(0, 20, (SIDE, SIDE, 1))
            pixels[:, place : place + 4] = 0
            path = f"{person:03d}/{number}.png"
            write_image(folder / path, pixels.astype(np.uint8))
            points = (np.arange(10.0).reshape(5, 2) ** 1.5).tolist()
            labels = {
                "pose": [place - SIDE / 2, 0.0, 0.0],
                "landmarks": np.ravel(points).tolist(),
                "gaze": [2.0 * place, -1.0],
                "shape": np.linspace(0, 0.001 * person, 204).tolist(),
                "expression": [place / SIDE] * 52,
                "mood": [place // 8],
            }
            lines.append(
                {
                    "path": path,
                    "source_path": path,
                    "identity": f"{person:03d}",
                    "landmarks": points,
                    "box": [0, 0, 9, 9],
                    "score": 1.0,
                    "matrix": [[1, 0, 0], [0, 1, 0]],
                    "side": SIDE,
                    "shrink_factor": 1.0,
                    "yaw": 0.0,
                    "sharpness": 9.0,
                    "found_by": "test",
                    "labels": labels,
                }
            )
    (folder / CROP_LIST_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """``train`` and ``held_out``, of other people; ``unlabelled``, of unknown ones."""
    folder = tmp_path_factory.mktemp("faces")
    for name, first, people in (("train", 0, 6), ("held_out", 100, 4)):
        write_faces(folder / "crops" / name, first, people, 6)
        shard_folder(folder / "crops" / name, folder / name, name, 1)
    for number in range(4):
        pixels = np.full((SIDE, SIDE, 3), 40 * number, np.uint8)
        write_image(folder / "crops/unlabelled" / f"{number}.png", pixels)
    shard_folder(folder / "crops/unlabelled", folder / "unlabelled", "unlabelled", 1)
    return folder


@pytest.fixture
def settings(data, tmp_path):
    return {
        "data": str(data / "train"),
        "validation_data": str(data / "held_out"),
        "run_dir": str(tmp_path / "run"),
        "image_size": SIDE,
        "batch_size": 8,
        "total_steps": 4,
        "warmup_steps": 1,
        "learning_rate": 0.05,
        "log_every": 1,
        "validate_every": 2,
        "checkpoint_every": 2,
    }


class SmallTask:
    """Tells people apart with one convolution: all of a task but its size."""

    file_name = "small.keras"
    loss_weights = MappingProxyType({})
    notes = MappingProxyType({})

    def __init__(self, faces, held_out):
        image = keras.Input((SIDE, SIDE, 3))
        x = keras.layers.Conv2D(8, 3, 4, activation="relu")(image)
        x = keras.layers.Dense(len(faces.names))(keras.layers.Flatten()(x))
        self.network = keras.Model(image, x)

    def losses(self, batch, step):
        logits = self.network(to_input(batch["image"], SIDE), training=True)
        return {"loss/small": tf.reduce_mean(margin_loss(logits, batch["identity"]))}

    def validate(self):
        return {"validation/score": 0.5}

    def save(self, path):
        self.network.save(path)


class DropoutTask(SmallTask):
    """Draws random numbers of Keras's own, as the published encoder's network does."""

    def __init__(self, faces, held_out):
        super().__init__(faces, held_out)
        logits = self.network.outputs[0]
        self.network = keras.Model(self.network.inputs, keras.layers.Dropout(0.5)(logits))


def config_of(settings, **changes):
    return SupervisedConfig(**{**settings, **changes})


def weights_of(path):
    return keras.saving.load_model(path, compile=False).get_weights()
