"""Published generators of every configuration, under any names; and files that are none."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.networks.published_graph import recognise_generator
from facedancer.networks.published_weights import CONFIGURATIONS
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.weights import hdf5_tree
from facedancer.utils.weights.legacy_graph import read_graph
from facedancer.utils.weights.legacy_h5 import LegacyFileError, read_legacy_file

SMALL = {"mapping_size": 8, "image_size": 64, "base_width": 4}
C = ("no_skip", "affa", "affa", "affa", "concat")  # of configuration C, what 64 pixels take


def flagfile(name, flags_folder):
    """Tells what a configuration's flagfile says of the network."""
    given = [f"--flagfile={flags_folder / name}.cfg", "--data=shards"]
    config, _ = parse_flags(TrainConfig, given)
    return config.up_types, config.mapping_depth


CONFIGS = ["baseline_1", "baseline_2", *(f"config_{letter}" for letter in "abcde")]


@pytest.fixture(scope="module")
def flags_folder(pytestconfig):
    return pytestconfig.rootpath / "flags"


def test_the_table_names_the_configurations(flags_folder):
    named = {flagfile(name, flags_folder) for name in CONFIGS}
    assert named == set(CONFIGURATIONS)


@pytest.mark.parametrize("name", CONFIGS)
def test_each_configuration_is_recognised(name, flags_folder, keras2, tmp_path):
    up_types, depth = flagfile(name, flags_folder)
    up_types = up_types[1:]  # five stages at 64 pixels
    keras.utils.set_random_seed(3)
    ours = get_generator(up_types, depth, **SMALL)
    path = tmp_path / "published.h5"
    keras2.generator_file(ours, up_types, depth, 64).write(path)
    loaded = load_keras_generator(path)
    assert [variable.path for variable in loaded.weights] == [v.path for v in ours.weights]
    for expected, got in zip(ours.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(expected, got, err_msg=expected.path)


@pytest.mark.parametrize("name", ["config_c", "config_e"])
def test_at_full_size_the_configuration_gets_its_name(name, flags_folder, keras2):
    up_types, depth = flagfile(name, flags_folder)
    ours = get_generator(up_types, depth, mapping_size=8, image_size=256, base_width=4)
    graph = read_graph(keras2.generator_file(ours, up_types, depth, 256).description())
    found = recognise_generator(graph)
    assert (found.up_types, found.mapping_depth) == (up_types, depth)
    assert CONFIGURATIONS[found.up_types, depth] == name[-1].upper()
    assert (found.image_size, found.base_width) == (256, 4)


@pytest.fixture(scope="module")
def small_generator():
    keras.utils.set_random_seed(3)
    return get_generator(C, 2, **SMALL)


@pytest.fixture
def model(keras2, small_generator):
    """A small published generator that a test may spoil."""
    return keras2.generator_file(small_generator, C, 2, 64)


def test_names_do_not_matter(model, tmp_path):
    model.write(tmp_path / "plain.h5")
    names = {name: f"layer_{index * 7 % 1009}" for index, name in enumerate(model.weights)}
    text = json.dumps([model.layers, list(model.inputs), list(model.outputs)])
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    model.layers, model.inputs, model.outputs = json.loads(text)
    model.weights = {names[name]: weights for name, weights in model.weights.items()}
    model.write(tmp_path / "renamed.h5")
    draw = np.random.default_rng(0)
    target = tf.constant(draw.uniform(-1, 1, (1, 64, 64, 3)), tf.float32)
    identity = tf.constant(draw.standard_normal((1, 512)), tf.float32)
    plain, renamed = (load_generator(tmp_path / f"{n}.h5") for n in ("plain", "renamed"))
    np.testing.assert_array_equal(plain(target, identity), renamed(target, identity))


def text_alone(value):
    """A test's id: a function's own would hold its address, which no two workers share."""
    return value[:40] if isinstance(value, str) else ""


def first(model, kind, number=0):
    return [layer for layer in model.layers if layer["class_name"].endswith(kind)][number]


def config(kind, number=0, **values):
    return lambda model: first(model, kind, number)["config"].update(values)


def turn_around(kind):
    def spoil(model):
        (call,) = first(model, kind)["inbound_nodes"]
        call[-2:] = call[-2:][::-1]

    return spoil


def in_a_circle(model):
    first(model, "Conv2D")["inbound_nodes"] = [[[model.outputs[0], 0, 0, {}]]]


def without_layer(model):
    model.layers.remove(first(model, "LeakyReLU"))


def with_lambda(model):
    first(model, "LeakyReLU")["class_name"] = "Lambda"


def with_idle_layer(model):
    model.add("Dropout", [model.inputs[0]], rate=0.5)


def used_twice(model):
    layer = first(model, "LeakyReLU")
    layer["inbound_nodes"] *= 2


def of_another_width(model):
    model.weights["conv2d"]["conv2d/bias:0"] = np.ones(5, np.float32)


def drop_weight(model):
    weights = model.weights["ada_in_1"]
    del weights[next(iter(weights))]


def drop_layer_of_weights(model):
    del model.weights["64x64"]


def add_weight(model):
    model.weights["conv2d"]["conv2d/extra:0"] = np.ones(3, np.float32)


def rename_weight(model):
    weights = model.weights["conv2d"]
    weights["conv2d/weights:0"] = weights.pop("conv2d/kernel:0")


def not_a_number(model):
    model.weights["conv2d"]["conv2d/bias:0"] = np.full(4, np.nan, np.float32)


def words(model):
    model.weights["conv2d"]["conv2d/bias:0"] = np.array([b"a"] * 4)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (config("LeakyReLU", alpha=0.3), "has alpha 0.3, where ours has 0.2"),
        (config("LeakyReLU", alpha=None), "has alpha None, where ours has 0.2"),
        (config("InstanceNormalization", epsilon=1e-5), "epsilon 1e-05, where ours has 0.001"),
        (config("InstanceNormalization", groups=2), "2 groups for 4 channels: that is no instance"),
        (config("UpSampling2D", interpolation="nearest"), "interpolation nearest"),
        (config("Conv2D", padding="valid"), "padding valid"),
        (config("Conv2D", filters="many"), "is not a generator"),
        (config("InputLayer", batch_input_shape=[None, 256]), "takes a picture and an identity"),
        (turn_around("AdaptiveAttention"), "encoder's feature first|joins"),
        (turn_around("Concatenate"), "joins|encoder's feature first"),
        (in_a_circle, "circle"),
        (without_layer, "which is not there"),
        (with_lambda, "Lambda.* stands where a generator has a LeakyReLU"),
        (with_idle_layer, r"dropout \(Dropout\) is no part of a generator"),
        (used_twice, "is used 2 times"),
        (of_another_width, r"conv2d/bias has the shape \(5,\), and stem/bias wants \(4,\)"),
        (drop_weight, "not two dense layers"),
        (
            drop_layer_of_weights,
            r"0 of the file's \d+ weights are left over and 2 of the network's \d+ are not set "
            r"\(32x32/expand/kernel|64x64/expand/kernel",
        ),
        (add_weight, r"1 of the file's \d+ weights are left over \(conv2d/conv2d/extra\)"),
        (rename_weight, r"1 of .* left over \(conv2d/conv2d/weights\) and 1 of .* \(stem/kernel\)"),
        (not_a_number, "conv2d/conv2d/bias holds values that are not finite"),
        (words, "not numbers"),
    ],
    ids=text_alone,
)
def test_a_spoilt_generator_is_refused_in_one_line(model, tmp_path, spoil, message):
    spoil(model)
    path = tmp_path / "spoilt.h5"
    model.write(path)
    with pytest.raises(UserError, match=message) as refusal:
        load_keras_generator(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def edit(change):
    def damage(path):
        with h5py.File(path, "a") as file:
            change(file["model_weights"], file)

    return damage


def names(group, attribute, change):
    values = list(group.attrs[attribute])
    del group.attrs[attribute]
    group.attrs[attribute] = change(values)


def outside(root, file):
    del root["conv2d/conv2d/bias:0"]
    root["conv2d/conv2d/bias:0"] = h5py.ExternalLink("/etc/hostname", "/x")


def aside(root, file):
    del root["conv2d/conv2d/bias:0"]
    root["conv2d/conv2d/bias:0"] = h5py.SoftLink("/model_weights/conv2d/conv2d/kernel:0")


def boundless(root, file):
    del root["conv2d/conv2d/bias:0"]
    root.create_dataset("conv2d/conv2d/bias:0", (10**12,), "float32", chunks=(1000,))


def in_another_file(root, file):
    del root["conv2d/conv2d/bias:0"]
    root.create_dataset(
        "conv2d/conv2d/bias:0", (4,), "float32", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)]
    )


def cut(share):
    return lambda path: path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edit(lambda root, file: root.__delitem__("conv2d/conv2d/bias:0")), "listed but missing"),
        (edit(lambda root, file: root.__delitem__("conv2d")), "listed but missing"),
        (
            edit(lambda root, file: names(root["conv2d"], "weight_names", lambda n: n[:1])),
            "1 arrays are in no list of weights",
        ),
        (
            edit(lambda root, file: names(root["conv2d"], "weight_names", lambda n: [*n, n[0]])),
            "the weight conv2d/conv2d/kernel is listed twice",
        ),
        (
            edit(lambda root, file: names(root, "layer_names", lambda n: [*n, n[2]])),
            "is listed twice",
        ),
        (edit(lambda root, file: root["conv2d"].attrs.clear()), "has no list weight_names"),
        (edit(lambda root, file: file.attrs.__delitem__("model_config")), "without the graph"),
        (edit(lambda root, file: file.attrs.__setitem__("model_config", "{")), "is no JSON"),
        (edit(lambda root, file: file.attrs.__setitem__("model_config", "[1]")), "no JSON object"),
        (edit(lambda root, file: file.attrs.__setitem__("model_config", "{}")), "malformed"),
        (edit(outside), "is a link"),
        (edit(aside), "is a link"),
        (edit(in_another_file), "lies in another file"),
        (edit(boundless), "larger than the whole file"),
        (edit(lambda root, file: root.attrs.clear()), "is an HDF5 file, but holds no Keras model"),
        (
            edit(lambda root, file: root.attrs.__setitem__("keras_version", "3.15.0")),
            "Keras 3.15.0's copy of the old .h5 format",
        ),
        (cut(0.999), "a damaged HDF5 file, cut short perhaps"),
        (cut(0.5), "a damaged HDF5 file, cut short perhaps"),
        (cut(0), "an empty file"),
        (lambda path: path.write_text("<!DOCTYPE html><html>"), "a web page, not a model"),
        (lambda path: path.write_text("version https://git-lfs.github.com/"), "a Git LFS pointer"),
    ],
    ids=text_alone,
)
def test_a_damaged_file_is_refused_in_one_line(model, tmp_path, damage, message):
    path = tmp_path / "damaged.h5"
    model.write(path)
    damage(path)
    with pytest.raises(UserError, match=message) as refusal:
        load_keras_generator(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def read_scrambled(model, folder, count):
    """Files with a few bytes changed anywhere: what was said of each, None where it was read.

    Whatever libhdf5 does to the child that reads one, this process goes on.
    """
    model.write(folder / "whole.h5")
    whole = (folder / "whole.h5").read_bytes()
    draw = np.random.default_rng(0)
    changes = []
    for number in range(count):
        # Half of them in the first part, where HDF5 keeps its tables.
        places = draw.integers(0, len(whole) if number % 2 else 20_000, 1 + number % 8)
        changes.append([(place, draw.integers(256)) for place in places])

    def read(number):
        content = bytearray(whole)
        for place, value in changes[number]:
            content[place] = value
        path = folder / f"scrambled_{number}.h5"
        path.write_bytes(content)
        try:
            file = read_legacy_file(path)
            recognise_generator(read_graph(file.model_config))
        except ValueError as refusal:
            return str(refusal)
        finally:
            path.unlink()
        return None

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(read, range(count)))


def test_scrambled_files(model, tmp_path):
    said = read_scrambled(model, tmp_path, 16)
    assert sum(words is not None for words in said) > 2


@pytest.mark.long
def test_many_scrambled_files(model, tmp_path):
    said = read_scrambled(model, tmp_path, 3000)
    refused = [words for words in said if words is not None]
    crashed = [words for words in refused if "the HDF5 library crashed on it" in words]
    print(f"{len(said)} files: {len(refused)} refused, {len(crashed)} of them ended the child")
    assert len(refused) > 300


DIE = "import os; os.abort()"
LAST_WORDS = """
import json, os, sys
sys.stdout.write(json.dumps({"path": "", "attributes": {}}) + chr(10)); sys.stdout.flush()
"""
ARRAY = "print(json.dumps({{'path': 'a', 'attributes': {{}}, 'shape': {}, 'dtype': '{}'}}))"


@pytest.mark.parametrize(
    ("child", "message"),
    [
        (DIE, r"the HDF5 library crashed on it \(SIGABRT\)"),
        (LAST_WORDS + DIE, r"crashed on it \(SIGABRT\)"),
        (LAST_WORDS + "print(json.dumps({'end': True}), flush=True)\n" + DIE, "SIGABRT"),
        (LAST_WORDS, r"crashed on it \(exit status 0\)"),
        (LAST_WORDS + ARRAY.format("[9]", "<f4"), r"crashed on it \(exit status 0\)"),
        (LAST_WORDS + ARRAY.format("[10**9]", "<f4"), "is larger than the file"),
        (LAST_WORDS + ARRAY.format("['x']", "<f4"), "got lost in it"),
        (LAST_WORDS + ARRAY.format("[1]", "|O"), "are no numbers"),
        ("print('out of my mind')\nwhile True: print('!' * 10**6)", "got lost in it"),
        (LAST_WORDS + "print('[1]')", "got lost in it"),
    ],
)
def test_a_child_that_dies_or_raves_is_a_damaged_file(model, tmp_path, monkeypatch, child, message):
    model.write(tmp_path / "whole.h5")
    (tmp_path / "child.py").write_text(child)
    monkeypatch.setattr(hdf5_tree, "_CHILD", tmp_path / "child.py")
    with pytest.raises(LegacyFileError, match=message):
        read_legacy_file(tmp_path / "whole.h5")
    with pytest.raises(UserError, match="a damaged HDF5 file") as refusal:
        load_keras_generator(tmp_path / "whole.h5")
    assert "\n" not in str(refusal.value)


def test_a_fault_of_ours_in_the_child_is_no_damage(model, tmp_path, monkeypatch):
    model.write(tmp_path / "whole.h5")
    (tmp_path / "child.py").write_text("import no_such_package")
    monkeypatch.setattr(hdf5_tree, "_CHILD", tmp_path / "child.py")
    with pytest.raises(RuntimeError, match="No module named 'no_such_package'"):
        read_legacy_file(tmp_path / "whole.h5")
