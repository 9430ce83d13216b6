"""Tests networks whose files are read before anybody asks: the same networks, the same refusals."""

import keras
import numpy as np
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.weights import hdf5_tree
from facedancer.utils.weights.ahead import loading_ahead
from facedancer.utils.weights.keras_files import load_keras_model, load_keras_weights
from facedancer.utils.weights.kinds import recognise


def small_model():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="dense")], name="small")


@pytest.fixture
def children(monkeypatch):
    """The files that children were started for, in turn."""
    started = []
    start = hdf5_tree.Hdf5Reading.__init__

    def noted(self, path, with_arrays=True):
        started.append(path)
        start(self, path, with_arrays)

    monkeypatch.setattr(hdf5_tree.Hdf5Reading, "__init__", noted)
    return started


@pytest.fixture
def files(tmp_path):
    model = small_model()
    model.save(tmp_path / "small.keras")
    model.save_weights(tmp_path / "small.weights.h5")
    return model, tmp_path / "small.keras", tmp_path / "small.weights.h5"


def load(path):
    found = recognise(path, "network", "give one")
    if path.suffix == ".keras":
        return load_keras_model(found)
    return load_keras_weights(path, lambda name: small_model())


def test_no_further_child_is_started_for_what_was_begun(files, children):
    model, *paths = files
    with loading_ahead(paths):
        begun = len(children)
        for path in paths:
            for weight, expected in zip(load(path).weights, model.weights, strict=True):
                np.testing.assert_array_equal(weight, expected)
        assert len(children) == begun == 3  # of an HDF5 file, one looks what it is
        # Only once: a file may have changed since.
        load(paths[0])
        assert len(children) == 4
    assert not hdf5_tree._ahead


def test_children_end_with_the_block(files):
    _, *paths = files
    with pytest.raises(KeyError), loading_ahead(paths):
        waiting = [reading._child for reading in hdf5_tree._ahead.values()]
        assert len(waiting) == 3
        raise KeyError
    assert all(child.poll() is not None for child in waiting)
    assert not hdf5_tree._ahead


def test_what_cannot_be_read_is_told_by_whoever_loads_it(tmp_path, files):
    _, archive, weights = files
    archive.write_bytes(archive.read_bytes()[:-100])
    weights.write_bytes(weights.read_bytes()[:3000])
    missing = tmp_path / "missing.keras"
    with loading_ahead([archive, weights, missing, tmp_path, "untrained_small"]):
        for path in (archive, weights, missing):
            with pytest.raises((UserError, ValueError)):
                load(path)
