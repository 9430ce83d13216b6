"""Keras archives that were made to harm: refused before they can fill the memory or take long."""

import json
import zipfile

import keras
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.weights.keras_files import load_keras_model
from facedancer.utils.weights.kinds import recognise

pytestmark = pytest.mark.usefixtures("within_bounds")


def build(name="small"):
    return keras.Sequential([keras.Input((32,)), keras.layers.Dense(16)], name=name)


@pytest.fixture
def archive(tmp_path):
    """Tells what is in a good file, by member."""
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
