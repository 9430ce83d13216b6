"""Weights by name from Keras 2 files: each is used exactly once or nothing changes."""

import h5py
import keras
import numpy as np
import pytest

from facedancer.arcface_model.legacy_weights import assign_legacy_weights, is_legacy

WEIGHTS = {"first/kernel:0": (3, 4), "first/bias:0": (4,), "second/kernel:0": (4, 2)}


def small_model():
    x = keras.Input((3,))
    first = keras.layers.Dense(4, name="first")(x)
    return keras.Model(x, keras.layers.Dense(2, use_bias=False, name="second")(first))


def write(path, groups, root_name="model_weights"):
    """``groups``: {group: {weight name: shape}}, filled with 1, 2, ..."""
    with h5py.File(path, "w") as file:
        root = file.require_group(root_name)
        root.attrs["layer_names"] = [group.encode() for group in groups]
        for name, weights in groups.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, shape in weights.items():
                values = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)
                group.create_dataset(weight, data=values)


@pytest.mark.parametrize("root_name", ["model_weights", "/"])
def test_nested_groups_are_read_by_name(tmp_path, root_name):
    first = {name: shape for name, shape in WEIGHTS.items() if "first" in name}
    second = {name: shape for name, shape in WEIGHTS.items() if "second" in name}
    write(tmp_path / "w.h5", {"head": second, "input": {}, "body": first}, root_name)
    model = small_model()
    with h5py.File(tmp_path / "w.h5") as file:
        assert is_legacy(file)
        assign_legacy_weights(model, file)
    for variable in model.weights:
        expected = np.arange(1, np.prod(variable.shape) + 1).reshape(variable.shape)
        np.testing.assert_array_equal(variable.numpy(), expected)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": {**WEIGHTS, "third/kernel:0": (1,)}}, "1 weights of the file are left over and 0"),
        ({"a": {"first/kernel:0": (3, 4)}}, "0 weights of the file are left over and 2"),
        ({"a": {**WEIGHTS, "first/bias:0": (5,)}}, r"first/bias is \(5,\), not \(4,\)"),
        ({"a": WEIGHTS, "b": {"first/bias:0": (4,)}}, "first/bias twice"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(tmp_path, groups, message):
    write(tmp_path / "w.h5", groups)
    model = small_model()
    before = model.get_weights()
    with h5py.File(tmp_path / "w.h5") as file, pytest.raises(ValueError, match=message):
        assign_legacy_weights(model, file)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_keras_3_weights_are_told_apart(tmp_path):
    small_model().save_weights(tmp_path / "ours.weights.h5")
    with h5py.File(tmp_path / "ours.weights.h5") as file:
        assert not is_legacy(file)
