"""Keras's own files: read as they are, or refused by ValueError where they are damaged."""

import hashlib
import zipfile

import h5py
import keras
import numpy as np
import pytest

from facedancer.utils.weights.hdf5_tree import Hdf5Error, read_hdf5
from facedancer.utils.weights.keras_files import load_keras_model, load_keras_weights
from facedancer.utils.weights.kinds import (
    Kind,
    ModelFile,
    fingerprint,
    is_saved_model,
    recognise,
)


def small_model(name="small", units=64):
    return keras.Sequential([keras.Input((32,)), keras.layers.Dense(units)], name=name)


def load(path):
    return load_keras_model(ModelFile(path, Kind.KERAS))


def assert_equal(model, other):
    for ours, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.fixture
def archive(tmp_path):
    small_model().save(tmp_path / "small.keras")
    return tmp_path / "small.keras"


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)


def in_the_middle_of(member):
    def damage(path):
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(member)
        flip(path, info.header_offset + 100 + info.compress_size // 2)

    return damage


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (in_the_middle_of("model.weights.h5"), "model.weights.h5 in it fails its checksum"),
        (in_the_middle_of("config.json"), "config.json in it fails its checksum"),
        (lambda path: flip(path, 0), "metadata.json in it cannot be read"),
        # Where the list of members begins.
        (lambda path: flip(path, path.stat().st_size - 6), "the file is damaged"),
        (cut_short, "the file is damaged"),
    ],
)
def test_a_damaged_archive_is_refused_before_keras_opens_it(archive, damage, message):
    assert load(archive).name == "small"
    damage(archive)
    with pytest.raises(ValueError, match=message):
        load(archive)


def test_an_archive_of_unknown_layers_is_refused(tmp_path):
    class Unknown(keras.layers.Layer):
        def call(self, x):
            return x

    keras.Sequential([keras.Input((3,)), Unknown()]).save(tmp_path / "unknown.keras")
    with pytest.raises(ValueError, match="Unknown"):
        load(tmp_path / "unknown.keras")


def test_a_fingerprint_is_of_a_file_or_of_a_saved_models_files(tmp_path, archive):
    assert fingerprint(archive) == hashlib.sha256(archive.read_bytes()).hexdigest()
    for name in ("one", "two"):
        (tmp_path / name / "variables").mkdir(parents=True)
        (tmp_path / name / "saved_model.pb").write_bytes(b"graph")
        (tmp_path / name / "variables" / "data").write_bytes(b"numbers")
    one, two = tmp_path / "one", tmp_path / "two"
    assert is_saved_model(one) and not is_saved_model(archive)
    assert fingerprint(one) == fingerprint(two)
    (two / "variables" / "data").write_bytes(b"Numbers")
    assert fingerprint(one) != fingerprint(two)


def test_weights_come_back_whatever_the_files_name(tmp_path):
    model = small_model()
    model.save_weights(tmp_path / "small.weights.h5")
    renamed = (tmp_path / "small.weights.h5").rename(tmp_path / "download(1)")
    assert recognise(renamed, "model", "").kind is Kind.WEIGHTS
    names = []

    def build(name):
        names.append(name)
        return small_model()

    assert_equal(load_keras_weights(renamed, build), model)
    assert names == ["small"]


def test_weights_of_another_model_are_refused(tmp_path):
    small_model(units=5).save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match="shape"):
        load_keras_weights(tmp_path / "other.weights.h5", lambda name: small_model())


def test_scrambled_weights_are_read_or_refused(tmp_path):
    small_model().save_weights(tmp_path / "small.weights.h5")
    whole = (tmp_path / "small.weights.h5").read_bytes()
    draw = np.random.default_rng(0)
    refused = 0
    for number in range(12):
        content = bytearray(whole)
        for place in draw.integers(0, 4000, 1 + number % 8):
            content[place] = draw.integers(256)
        (tmp_path / "scrambled.weights.h5").write_bytes(content)
        try:
            load_keras_weights(tmp_path / "scrambled.weights.h5", lambda name: small_model())
        except ValueError:
            refused += 1
    assert refused > 2


def test_a_tree_is_written_as_it_was_read(tmp_path):
    with h5py.File(tmp_path / "one.h5", "w") as file:
        file.attrs["words"], file.attrs["number"] = np.array([b"a", b"bc"]), 3
        file.create_group("empty/inner").attrs["text"] = "ü"
        for kind in ("f4", "f8", "i2", "u1"):
            file[f"group/{kind}"] = np.arange(6, dtype=kind).reshape(2, 3)
        file["scalar"], file["none"] = np.float32(1.5), np.zeros((0, 4), np.float32)
        file["group/f4"].attrs["unit"] = "px"
    tree = read_hdf5(tmp_path / "one.h5")
    assert tree.attributes[""] == {"words": ["a", "bc"], "number": 3}
    assert tree.attributes["empty/inner"] == {"text": "ü"}
    assert tree.attributes["group/f4"] == {"unit": "px"}
    assert tree.is_group("empty") and not tree.is_group("scalar") and not tree.is_group("x")
    assert not read_hdf5(tmp_path / "one.h5", with_arrays=False).arrays
    tree.write(tmp_path / "two.h5")
    again = read_hdf5(tmp_path / "two.h5")
    assert again.attributes == tree.attributes
    assert set(again.arrays) == {"group/f4", "group/f8", "group/i2", "group/u1", "scalar", "none"}
    for name, values in tree.arrays.items():
        assert again.arrays[name].dtype == values.dtype
        np.testing.assert_array_equal(again.arrays[name], values)


def hold_words(file):
    file["words"] = np.array([b"a", b"b"])


def name_twice(file):
    file["one"] = np.zeros(3)
    file["two"] = file["one"]


def hold_itself(file):
    file.create_group("group")["inner"] = file["/"]


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (hold_words, "words holds .*, not numbers"),
        (name_twice, "two stands there under another name too"),
        (hold_itself, "group/inner stands there under another name too"),
    ],
)
def test_what_keras_never_writes_is_refused(tmp_path, fill, message):
    with h5py.File(tmp_path / "file.h5", "w") as file:
        fill(file)
    with pytest.raises(Hdf5Error, match=message):
        read_hdf5(tmp_path / "file.h5")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path, value):
    model = small_model(units=16)
    kernel, bias = model.get_weights()
    kernel[3, 5] = value
    model.set_weights([kernel, bias])
    model.save(tmp_path / "spoilt.keras")
    model.save_weights(tmp_path / "spoilt.weights.h5")
    with pytest.raises(ValueError, match="the weight .*dense.*/kernel is not finite"):
        load_keras_model(recognise(tmp_path / "spoilt.keras", "model", ""))
    with pytest.raises(ValueError, match="the weight .*dense.*/kernel is not finite"):
        load_keras_weights(tmp_path / "spoilt.weights.h5", lambda name: small_model(name, 16))
