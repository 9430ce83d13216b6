"""Identities as files: what is kept, what is refused, and where they are taken."""

import dataclasses
import json

import numpy as np
import pytest

from facedancer.inference.faces.choosing import mean_identity
from facedancer.inference.faces.identity_file import SavedIdentity, read_identity, write_identity
from facedancer.inference.jobs.sources import identity_from, photographs, save_identity
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image
from facedancer.utils.weights.origins import Origin

ENCODER = Origin("arcface.keras", "ab" * 32)
ANNA = SavedIdentity(np.random.default_rng(0).normal(size=512).astype(np.float32), ENCODER, 3)


class Networks:
    """Tells a picture's identity by the brightness of its crop."""

    encoder_origin = ENCODER

    def identity_of_crop(self, crop):
        return np.random.default_rng(int(crop[0, 0, 0])).normal(size=512).astype(np.float32)

    identity_of = identity_of_crop


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"{level}.png" for level in (10, 20, 30)]
    for path in paths:
        write_image(path, np.full((8, 8, 3), int(path.stem), np.uint8))
    return paths


def test_it_is_small_and_read_as_it_was_written(tmp_path):
    path = tmp_path / "anna.identity"
    write_identity(path, ANNA)
    assert path.stat().st_size < 4_000
    found = read_identity(path)
    np.testing.assert_array_equal(found.identity, ANNA.identity)
    assert (found.encoder, found.pictures) == (ENCODER, 3)
    with pytest.raises(UserError, match=r"must end with \.identity"):
        write_identity(tmp_path / "anna.json", ANNA)


def test_it_stands_for_its_photographs(tmp_path, pictures):
    networks, path = Networks(), tmp_path / "anna.identity"
    saved = save_identity(networks, pictures[:2], path)
    assert saved.pictures == 2
    of_two = identity_from(networks, pictures[:2])
    np.testing.assert_array_equal(identity_from(networks, [path]), of_two)
    # Among photographs it counts as the two that it is made of.
    both = identity_from(networks, [path, pictures[2]])
    third = identity_from(networks, pictures[2:])
    np.testing.assert_allclose(
        both, mean_identity(np.stack([of_two, of_two, third])), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (Origin("arcface.keras", "cd" * 32), "sha256 cdcdcdcdcdcd"),
        (Origin("untrained_small"), "but untrained_small is in use"),
        (None, "not loaded from a file"),
    ],
)
def test_another_encoder_is_refused(tmp_path, encoder, words):
    path = tmp_path / "anna.identity"
    write_identity(path, ANNA)
    networks = Networks()
    networks.encoder_origin = encoder
    with pytest.raises(UserError, match=f"made by the identity encoder arcface.keras.*{words}"):
        identity_from(networks, [path])


def test_an_encoder_of_no_file_saves_nothing(tmp_path, pictures):
    networks = Networks()
    networks.encoder_origin = None
    with pytest.raises(UserError, match="must record its encoder"):
        save_identity(networks, pictures, tmp_path / "anna.identity")
    assert not (tmp_path / "anna.identity").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"identity": "AAAA"},
        {"identity": "not base64!"},
        {"identity": "AAAA" * 682 + "AAA="},  # 512 zeros
        {"identity": "AADAfw" + "AAAA" * 681 + "AA=="},  # NaN
        {"identity": 5},
        {"pictures": 0},
        {"pictures": True},
        {"pictures": 1e9},
        {"encoder": {"name": 1, "sha256": None}},
        {"encoder": "arcface.keras"},
        {"facedancer_identity": 2},
        {"padding": "x" * 70_000},
    ],
)
def test_a_hostile_file_is_one_line_before_networks_are_loaded(tmp_path, change):
    path = tmp_path / "anna.identity"
    write_identity(path, ANNA)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=r"anna\.identity is not a saved identity") as caught:
        photographs([path])
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0", b"[]", b"null", b"[" * 10_000])
def test_another_file_of_that_name_is_one_line(tmp_path, content):
    path = tmp_path / "anna.identity"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"anna\.identity is not a saved identity"):
        photographs([path])


def test_what_is_saved_is_all_there_is(tmp_path):
    path = tmp_path / "anna.identity"
    write_identity(path, dataclasses.replace(ANNA, pictures=1))
    assert set(json.loads(path.read_text())) == {
        "facedancer_identity",
        "encoder",
        "pictures",
        "identity",
    }
