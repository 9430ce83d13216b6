"""Notes of origin inside a network's file: written, read, and refused where they are damaged."""

import zipfile

import keras
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.weights.half_precision import pack
from facedancer.utils.weights.kinds import Kind, ModelFile
from facedancer.utils.weights.origins import (
    COPY_OF,
    ENCODER,
    NOTES,
    Origin,
    read_notes,
    write_notes,
)

ARCFACE = Origin("arcface.keras", "ab" * 32)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "network.keras"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    return ModelFile(path, Kind.KERAS)


def test_a_keras_file_keeps_them_and_still_loads(saved):
    assert read_notes(saved) == {}
    write_notes(saved.path, {ENCODER: ARCFACE})
    assert read_notes(saved) == {ENCODER: ARCFACE}
    assert keras.saving.load_model(saved.path).count_params() == 3


def test_a_saved_model_keeps_them(tmp_path):
    found = ModelFile(tmp_path, Kind.SAVED_MODEL)
    assert read_notes(found) == {}
    write_notes(tmp_path, {COPY_OF: Origin("untrained_small")})
    assert read_notes(found) == {COPY_OF: Origin("untrained_small", None)}


def test_halving_keeps_them_and_adds(saved, tmp_path):
    write_notes(saved.path, {ENCODER: ARCFACE})
    halved = tmp_path / "halved.keras"
    pack(saved.path, halved, {COPY_OF: Origin("network.keras", "cd" * 32)})
    notes = read_notes(ModelFile(halved, Kind.KERAS))
    assert notes == {ENCODER: ARCFACE, COPY_OF: Origin("network.keras", "cd" * 32)}


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        '{"encoder": "arcface.keras"}',
        '{"encoder": {"name": 1, "sha256": null}}',
        '{"encoder": {"name": "arcface.keras", "sha256": ["a"]}}',
        '{"encoder": {"name": "arcface.keras"}}',
        "[" * 60_000,
        " " * 100_000,
        b"\xff\xfe\xff",
    ],
)
def test_damaged_notes_are_refused_in_one_line(saved, text):
    with zipfile.ZipFile(saved.path, "a") as archive:
        archive.writestr(NOTES, text)
    with pytest.raises(UserError, match="damaged record") as caught:
        read_notes(saved)
    assert "\n" not in str(caught.value)
