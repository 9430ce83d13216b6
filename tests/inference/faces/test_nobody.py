"""Identities that belong to nobody: where they lie, whom they are given to, and how to ask."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.inference.core.frames import Observation
from facedancer.inference.faces.choosing import MOST_LIKE, NOBODY, Choice, Role, is_nobody
from facedancer.inference.faces.identity import unit
from facedancer.inference.faces.nobody import draw_nobody
from facedancer.inference.faces.planning import VideoPlanner
from facedancer.inference.jobs.sources import read_mapping, role_of, roles_of_mapping
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import align_face, template
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, uint8_to_signed, write_image
from facedancer.utils.weights.published import MODEL_ZOO

from .test_identity_file import Networks

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def encoder():
    """An encoder that uses 16 of its 512 dimensions' directions, and is off the middle."""
    picture = keras.Input((8, 8, 3))
    x = layers.Flatten()(picture)
    dense = layers.Dense(512, use_bias=False)
    norm = layers.BatchNormalization()
    model = keras.Model(picture, {"embedding": norm(dense(x))})
    dense.kernel.assign(RNG.normal(size=(192, 16)) @ RNG.normal(size=(16, 512)))
    norm.gamma.assign(np.full(512, 0.5))
    norm.beta.assign(np.full(512, 0.1))
    return model


def test_they_lie_where_the_encoder_can_put_anybody(encoder):
    drawn = draw_nobody(encoder, 3)
    assert drawn.shape == (8, 512) and drawn.dtype == np.float32
    kernel = encoder.layers[2].kernel.numpy().astype(float)
    directions = np.linalg.svd(kernel, full_matrices=False)[2][:16]
    off = (drawn - 0.1) / np.linalg.norm(drawn - 0.1, axis=1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(off @ directions.T, axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(drawn - 0.1, axis=1), 0.5 * np.sqrt(512), rtol=1e-4)
    np.testing.assert_array_equal(drawn, draw_nobody(encoder, 3))
    assert abs(unit(drawn[0]) @ unit(draw_nobody(encoder, 4)[0])) < 0.95


def test_of_the_encoder_that_ships():
    encoder = load_encoder(MODEL_ZOO / "lab" / "arcface.keras")
    drawn = np.concatenate([draw_nobody(encoder, seed) for seed in range(12)])
    # Real ones are as long as that, about 21.5, and two people's cosines deviate by 0.17.
    assert 20 < np.linalg.norm(drawn, axis=1).mean() < 25
    units = np.stack([unit(one) for one in drawn])
    between = (units @ units.T)[np.triu_indices(len(units), 1)]
    assert abs(between.mean()) < 0.03 and 0.1 < between.std() < 0.22


def test_of_dlibs_encoder_they_are_as_long_as_real_ones():
    encoder = load_encoder(MODEL_ZOO / "dlib" / "encoder.keras")
    photographs = Path(__file__).resolve().parents[3] / "assets" / "photos"
    places = {
        "eileen_collins/astronaut.png": [
            (205, 101),
            (247, 103),
            (224, 129),
            (203, 138),
            (244, 141),
        ],
        "grace_hopper/grace_hopper.jpg": [
            (219, 188),
            (303, 187),
            (260, 247),
            (232, 273),
            (299, 273),
        ],
    }
    crops = [
        align_face(read_image(photographs / name), np.array(points, np.float32), 162)[0]
        for name, points in places.items()
    ]
    real = encode(encoder, uint8_to_signed(np.stack(crops)))["embedding"].numpy()
    drawn = np.concatenate([draw_nobody(encoder, seed) for seed in range(12)])
    lengths = np.linalg.norm(real, axis=1)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), lengths.mean(), rtol=0.1)
    np.testing.assert_array_equal(drawn[:, 128:], 0)
    units = np.stack([unit(one) for one in drawn])
    between = (units @ units.T)[np.triu_indices(len(units), 1)]
    assert abs(between.mean()) < 0.03 and 0.1 < between.std() < 0.22


def test_without_such_a_layer():
    with pytest.raises(UserError, match="needs the encoder's last layers"):
        draw_nobody(object(), 0)


def test_whoever_is_like_the_first_gets_the_next():
    a, b, c = np.eye(3, 512, dtype=np.float32)
    role = Role(a, others=(b, c))
    assert role.given_to(None) is a and role.given_to(c) is a
    assert role.given_to(a) is b and role.given_to(a + b) is c
    # Of all that are alike, the least.
    assert role.given_to(a + 2 * b + 3 * c) is a
    assert Choice([role]).needs_embeddings and not Choice([Role(a)]).needs_embeddings
    assert Choice([role]).fingerprint() != Choice([Role(a)]).fingerprint()


def test_in_a_video_whoever_has_one_keeps_it():
    a, b, own = np.eye(3, 512, dtype=np.float32)
    planner = VideoPlanner(Choice([Role(a, others=(b,))]))
    face = Face(np.array([0, 0, 80, 80], np.float32), template(80), 0.9)
    plans = []
    for number in range(40):
        # A face that becomes a little more like the first, to just beyond the limit.
        looks = own + (0.15 + 0.005 * number) * a
        seen = Observation(number, number / 25, (face,), looks[None], np.zeros(192, np.float32))
        plans += planner.push(seen)
    plans += planner.finish()
    assert unit(looks) @ a > MOST_LIKE
    assert all(one.source is a and one.identity is a for [one] in plans)


def test_how_to_ask(tmp_path, monkeypatch, encoder):
    monkeypatch.chdir(tmp_path)
    networks = Networks()
    networks.encoder = encoder
    assert is_nobody([NOBODY]) and not is_nobody([NOBODY, "a.jpg"]) and not is_nobody([])
    role = role_of(networks, [NOBODY], seed=5)
    np.testing.assert_array_equal(role.identity, draw_nobody(encoder, 5)[0])
    assert len(role.others) == 7 and role.reference is None
    photograph = tmp_path / "anna.png"
    write_image(photograph, np.full((8, 8, 3), 10, np.uint8))
    mapping = [{"name": n, "reference": "anna.png", "source": "nobody"} for n in ("a", "b")]
    (tmp_path / "who.json").write_text(json.dumps(mapping))
    first, second = roles_of_mapping(networks, read_mapping(tmp_path / "who.json"), seed=5)
    np.testing.assert_array_equal(first.identity, role.identity)
    assert not np.array_equal(first.identity, second.identity)
    # A file of that name is what it says.
    (tmp_path / NOBODY).touch()
    assert not is_nobody([NOBODY])
