"""Regressors of pose and expression: outputs, files, and what is refused."""

import keras
import numpy as np
import pytest

from facedancer.arcface_model.choices import TARGETS
from facedancer.arcface_model.face_regressor import (
    finished_regressor,
    get_regressor,
    load_loss_regressor,
    load_regressor,
    regress,
    with_error,
)
from facedancer.utils.errors import UserError

SHAPES = {
    "pose": {"pose": (3,)},
    "gaze": {"gaze": (2,)},
    "shape": {"shape": (204,), "shape_error": (204,)},
    "expression": {"expression": (52,), "embedding": (128,)},
}


@pytest.mark.parametrize("target", TARGETS)
def test_saved_and_loaded(target, tmp_path):
    trained = get_regressor(target, 64, "mixed_bfloat16")
    pictures = np.random.default_rng(0).uniform(0, 1, (4, 64, 64, 3)).astype(np.float32)
    trained(pictures, training=True)
    finished = finished_regressor(target, 64, trained)
    if target == "shape":
        finished = with_error(finished, np.linspace(0, 1, 204))
    finished.save(tmp_path / "regressor.keras")
    regressor = load_regressor(tmp_path / "regressor.keras")
    assert not regressor.trainable_variables
    outputs = regress(regressor, pictures * 2 - 1)
    assert {name: tuple(value.shape[1:]) for name, value in outputs.items()} == SHAPES[target]
    exact = get_regressor(target, 64)
    exact.set_weights(trained.get_weights())
    for name, value in exact(pictures, training=False).items():
        assert outputs[name].dtype == "float32"
        np.testing.assert_allclose(outputs[name], value, rtol=1e-4, atol=1e-5)
    assert regress(regressor, np.zeros((1, 80, 80, 3)))[next(iter(outputs))].shape[0] == 1


def tiny(**counts):
    """A network that is a regressor by its outputs' names alone."""
    image = keras.Input((8, 8, 3), name="image")
    flat = keras.layers.Flatten()(image)
    return keras.Model(image, {n: keras.layers.Dense(c)(flat) for n, c in counts.items()})


def test_a_regressor_of_the_shape_knows_its_error(tmp_path):
    errors = np.linspace(0, 0.1, 204)
    with_error(tiny(shape=204), errors).save(tmp_path / "shape.keras")
    outputs = regress(
        load_loss_regressor("shape", tmp_path / "shape.keras"), np.zeros((2, 8, 8, 3))
    )
    np.testing.assert_allclose(outputs["shape_error"], np.tile(errors, (2, 1)), rtol=1e-5)


@pytest.mark.parametrize(
    ("target", "outputs"),
    [
        ("shape", {"shape": 204, "shape_error": 204}),
        ("pose", {"pose": 3}),
        ("expression", {"expression": 52, "embedding": 128}),
    ],
)
def test_a_regressor_for_a_loss_is_told_from_others(target, outputs, tmp_path):
    tiny(**outputs).save(tmp_path / "right.keras")
    assert not load_loss_regressor(target, tmp_path / "right.keras").trainable
    tiny(gaze=2).save(tmp_path / "gaze.keras")
    with pytest.raises(UserError, match=f"predicts gaze, not the {target}"):
        load_loss_regressor(target, tmp_path / "gaze.keras")


def test_expressions_are_activations():
    regressor = get_regressor("expression", 64)
    outputs = regressor(100 * np.random.default_rng(0).normal(size=(2, 64, 64, 3)))
    assert outputs["expression"].numpy().min() >= 0
    assert outputs["expression"].numpy().max() <= 1


def write_other(path):
    keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "no such face regressor"),
        (lambda path: path.write_text("hello"), "neither a Keras nor an HDF5"),
        (write_other, "not a face regressor"),
    ],
)
def test_other_files_are_refused(tmp_path, write, message):
    path = tmp_path / "file.keras"
    write(path)
    with pytest.raises(UserError, match=message):
        load_regressor(path)
