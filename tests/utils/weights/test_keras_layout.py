"""Tests weights that are set by their places in a file against Keras's own way."""

import keras
import numpy as np
import pytest

from facedancer.networks.generator import get_generator
from facedancer.utils.weights import keras_files
from facedancer.utils.weights.hdf5_tree import read_hdf5
from facedancer.utils.weights.keras_layout import assign_by_layout


def plain():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="one")(image)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.PReLU()(keras.layers.Conv2D(4, 3, name="two")(x))
    return keras.Model(image, keras.layers.Dense(2)(keras.layers.Dense(4)(x)))


def nested():
    up_types = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
    return get_generator(up_types, image_size=64, base_width=4)


def with_a_model():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    image = keras.Input((3,))
    return keras.Model(image, keras.layers.Dense(2)(inner(image)))


def filled(model, seed=0):
    draw = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(draw.normal(size=weight.shape))
    return model


@pytest.mark.parametrize("build", [plain, nested])
def test_every_weight_is_where_keras_puts_it(tmp_path, build):
    model = filled(build())
    model.save_weights(tmp_path / "one.weights.h5")
    again = build()
    assert assign_by_layout(again, read_hdf5(tmp_path / "one.weights.h5").arrays)
    for weight, expected in zip(again.weights, model.weights, strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize("change", ["lacks one", "has one more", "is another network"])
def test_nothing_is_set_where_arrays_and_weights_are_not_the_same(tmp_path, change):
    filled(plain()).save_weights(tmp_path / "one.weights.h5")
    arrays = read_hdf5(tmp_path / "one.weights.h5").arrays
    model = nested() if change == "is another network" else plain()
    if change == "lacks one":
        arrays.pop(next(reversed(arrays)))
    elif change == "has one more":
        arrays["layers/dense/vars/2"] = np.zeros(3, np.float32)
    before = [weight.numpy() for weight in model.weights]
    assert not assign_by_layout(model, arrays)
    for weight, expected in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_a_layout_that_is_not_known_is_left_to_keras(tmp_path):
    model = filled(with_a_model())
    model.save_weights(tmp_path / "one.weights.h5")
    assert not assign_by_layout(with_a_model(), read_hdf5(tmp_path / "one.weights.h5").arrays)
    loaded = keras_files.load_keras_weights(tmp_path / "one.weights.h5", lambda _: with_a_model())
    for weight, expected in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(weight, expected)
