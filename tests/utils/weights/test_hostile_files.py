"""Model files that were made to harm: refused before they can fill the memory or take long."""

import json
import re
import time
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.weights.hdf5_tree import Hdf5Error, read_hdf5
from facedancer.utils.weights.keras_files import load_keras_model, load_keras_weights
from facedancer.utils.weights.kinds import recognise

# More than a good file of this size takes, in megabytes, and seconds on a busy machine.
MOST_MEMORY, MOST_SECONDS = 600, 20


def resident():
    """The process's largest memory so far in MB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if "VmHWM" in line)
    except (OSError, StopIteration):
        return 0


@pytest.fixture(autouse=True)
def _within_bounds():
    before, begun = resident(), time.monotonic()
    yield
    assert resident() - before < MOST_MEMORY
    assert time.monotonic() - begun < MOST_SECONDS


def build(name="small"):
    return keras.Sequential([keras.Input((32,)), keras.layers.Dense(16)], name=name)


@pytest.fixture
def archive(tmp_path):
    """What is in a good file, by member."""
    build().save(tmp_path / "good.keras")
    with zipfile.ZipFile(tmp_path / "good.keras") as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)


def described(change):
    """A file whose description was changed."""

    def spoil(members):
        config = json.loads(members["config.json"])
        change(config, config["config"]["layers"])
        members["config.json"] = json.dumps(config)

    return spoil


def member(name, content):
    return lambda members: members.update({name: content})


def add_many(config, layers):
    for number in range(1200):
        layers.append({**layers[-1], "config": {**layers[-1]["config"], "name": f"d{number}"}})


def as_class(**values):
    return described(lambda config, layers: layers[-1].update(values))


def set_dense(**values):
    def change(config, layers):
        layers[-1]["config"].update(values)
        layers[-1].pop("build_config")
        config.pop("build_config")

    return described(change)


def set_input(shape):
    def change(config, layers):
        layers[0]["config"]["batch_shape"] = shape
        layers[-1].pop("build_config")
        config.pop("build_config")

    return described(change)


def lone_initializer(config, layers):
    layers[-1]["config"]["kernel_initializer"]["class_name"] = "VarianceScaling.__init__"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (set_dense(units=10**5), "more weights than the 528 numbers"),
        (set_dense(units=10**12), "more weights than the 528 numbers"),
        (set_dense(units=-5), "Keras cannot build it"),
        (set_dense(units="many"), "Keras cannot build it"),
        (set_input([None, 40_000, 40_000, 32]), "that is no network of faces"),
        (set_input([None, 10**30]), "Keras cannot build it|more weights"),
        (set_input("wide"), "Keras cannot build it"),
        (as_class(class_name="Lambda"), "a Lambda of keras.layers, which no network here has"),
        (as_class(class_name="StringLookup"), "a StringLookup of keras.layers"),
        (as_class(module="os", class_name="system"), "a system of os"),
        (as_class(registered_name="builtins>Dense"), "a Dense of keras.layers"),
        (as_class(class_name=["Dense"]), "which no network here has"),
        (described(lone_initializer), "of keras.initializers, which no network here has"),
        (described(add_many), "more than 1000 layers"),
        (described(lambda config, layers: layers.clear()), "Keras cannot build it"),
        (
            described(lambda config, layers: layers[-1].update(inbound_nodes=[1, 2])),
            "is called 2 times",
        ),
        (member("config.json", "[" * 50_000), "nested too deep"),
        (member("config.json", "[1]"), "no JSON object"),
        (member("config.json", "{}"), "not a model|cannot build"),
        (member("config.json", b" " * 10**8), "config.json in it has 100,000,000 bytes"),
        (member("metadata.json", b" " * 10**8), "metadata.json in it has 100,000,000 bytes"),
        (member("notes.txt", b" " * 10**8), "notes.txt in it has 100,000,000 bytes"),
        (lambda members: members.pop("config.json"), "there is no config.json"),
        (member("model.weights.h5", b"\0" * 10**7), "file signature not found"),
    ],
)
def test_a_hostile_archive_is_refused(tmp_path, archive, spoil, message):
    spoil(archive)
    write(tmp_path / "hostile.keras", archive)
    with pytest.raises(ValueError, match=message):
        load_keras_model(recognise(tmp_path / "hostile.keras", "model", ""))


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path, archive):
    path = tmp_path / "hostile.keras"
    del archive["model.weights.h5"]
    write(path, archive)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("model.weights.h5", "w", force_zip64=True) as large,
    ):
        for _ in range(800):
            large.write(bytes(2**20))
    with pytest.raises(ValueError, match="model.weights.h5 in it has 838,860,800 bytes"):
        load_keras_model(recognise(path, "model", ""))


@pytest.mark.parametrize("count", [65, 70_000])
def test_an_archive_of_many_members_is_refused(tmp_path, archive, count):
    write(tmp_path / "hostile.keras", archive | {f"{number}": "" for number in range(count)})
    with pytest.raises(UserError, match="more than 64 members"):
        recognise(tmp_path / "hostile.keras", "model", "")


def test_two_members_of_one_name_are_refused(tmp_path, archive):
    write(tmp_path / "hostile.keras", archive)
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(tmp_path / "hostile.keras", "a") as file,
    ):
        file.writestr("config.json", "{}")
    with pytest.raises(UserError, match="two members"):
        recognise(tmp_path / "hostile.keras", "model", "")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path, archive, compression):
    write(tmp_path / "hostile.keras", archive, compression)
    with pytest.raises(ValueError, match="compressed in an unusual way"):
        load_keras_model(recognise(tmp_path / "hostile.keras", "model", ""))


KERNEL = "layers/dense/vars/0"


def replace(**options):
    def spoil(file):
        del file[KERNEL]
        file.create_dataset(KERNEL, **options)

    return spoil


def virtual(file):
    del file[KERNEL]
    layout = h5py.VirtualLayout((32, 16), "float32")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (32, 16))
    file.create_virtual_dataset(KERNEL, layout)


def many_groups(file):
    for number in range(20_001):
        file.create_group(f"layers/{number}")


def deep_groups(file):
    file.create_group("/".join(["layers", *"abcdefgh" * 10]))


def attribute(value, **options):
    return lambda file: file["layers"].attrs.create("extra", value, **options)


WIDE = {"shape": (30_000, 30_000), "dtype": "float32"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (replace(**WIDE), "larger than the whole file"),
        (replace(**WIDE, chunks=(3000, 3000), compression="gzip"), "larger than the whole file"),
        (replace(**WIDE, chunks=(30_000, 30_000), fillvalue=1.0), "larger than the whole file"),
        (replace(shape=(2**32, 2**32), dtype="int8", chunks=(1, 1)), "larger than the whole file"),
        (replace(shape=(32, 16), dtype="float32", chunks=(8, 8)), "stored in pieces or compressed"),
        (replace(data=np.zeros((32, 16), "complex64")), "not numbers"),
        (replace(data=np.zeros(512, [("a", "f4"), ("b", "i4")])), "not numbers"),
        (replace(data=np.full(3, "x" * 9, object), dtype=h5py.string_dtype()), "not numbers"),
        (replace(shape=(4,), dtype=h5py.ref_dtype), "not numbers"),
        (replace(data=h5py.Empty("float32")), "."),
        (replace(data=np.zeros((0, 16), "float32")), "."),
        (replace(data=np.zeros((16, 32), "float32")), "shape"),
        (virtual, "lies in another file"),
        (many_groups, "members"),
        (deep_groups, "more than 60 deep"),
        (attribute("x" * 60_000), "attribute extra of layers is too large"),
        (attribute(h5py.Empty("f4")), "."),
        (attribute(np.zeros(3, "complex64")), "."),
        (attribute(np.nan), "got lost in it"),
        (lambda file: file.create_group("layers/x\x1b[31m"), "a name in it is no word"),
        (lambda file: file.create_group("layers/" + "x" * 5000), "a name in it is no word"),
        (lambda file: file.move(KERNEL, "kernel"), "."),
    ],
)
def test_hostile_weights_are_refused(tmp_path, spoil, message):
    path = tmp_path / "hostile.weights.h5"
    build().save_weights(path)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(ValueError, match=message):
        load_keras_weights(path, build)


def test_a_large_attribute_is_refused(tmp_path):
    with h5py.File(tmp_path / "file.h5", "w", libver="latest") as file:
        file.attrs["layer_names"] = "x" * 17 * 2**20
    with pytest.raises(Hdf5Error, match="attributes are too large"):
        read_hdf5(tmp_path / "file.h5")


def test_many_references_to_one_text_are_refused(tmp_path):
    path = tmp_path / "hostile.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("text", data="x" * 3_500_000, dtype=h5py.string_dtype())
        group = file.create_group("layers")
        group.attrs.create("texts", np.full(4000, "y", object), dtype=h5py.string_dtype())
    with h5py.File(path) as file:
        place = file["text"].id.get_offset()
    content = path.read_bytes()
    # Each reference is a length of four bytes and where in the file the text is; h5py writes none
    # twice, so those to "y" are made to point to the long text, which would take 14 GB.
    references = re.compile(rb"(?:\x01\x00{3}.{12}){4000}", re.DOTALL)
    content, count = references.subn(lambda _: content[place : place + 16] * 4000, content, count=1)
    assert count == 1
    path.write_bytes(content)
    with pytest.raises(Hdf5Error):
        read_hdf5(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path, value):
    model = build()
    kernel, bias = model.get_weights()
    kernel[3, 5] = value
    model.set_weights([kernel, bias])
    model.save(tmp_path / "spoilt.keras")
    model.save_weights(tmp_path / "spoilt.weights.h5")
    with pytest.raises(ValueError, match="the weight .*dense.*/kernel is not finite"):
        load_keras_model(recognise(tmp_path / "spoilt.keras", "model", ""))
    with pytest.raises(ValueError, match="the weight .*dense.*/kernel is not finite"):
        load_keras_weights(tmp_path / "spoilt.weights.h5", build)
