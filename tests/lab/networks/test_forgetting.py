"""A generator that does not see its source's glasses."""

from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.arcface_model.pairing import trained_with
from facedancer.lab.networks.forgetting import (
    Direction,
    find_direction,
    forget,
    forget_glasses,
)
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights.origins import ENCODER, Origin, write_notes

RNG = np.random.default_rng(0)
UNIT = np.eye(512, dtype=np.float32)[3]
# 60 people with four pictures each, two of them with glasses.
PEOPLE = np.repeat(np.arange(60), 4)
SHOWS = np.tile([False, True], 120)


def small_generator(depth=2):
    return get_generator(["concat"] * 5, depth, 16, 64, 4)


def embeddings(moved=8.0):
    own = RNG.normal(size=(60, 512))[PEOPLE] + 0.3 * RNG.normal(size=(240, 512))
    return (own + np.where(SHOWS, moved, -1.0)[:, None] * UNIT).astype(np.float32)


def faces(shows=SHOWS, label=True):
    def read(numbers, batch_size):
        for start in range(0, len(numbers), batch_size):
            some = numbers[start : start + batch_size]
            image = np.zeros((len(some), 2, 2, 3), np.uint8)
            image[:, 0, 0, 0] = some
            labels = np.zeros((len(some), 5), np.float32)
            labels[:, 2] = shows[some]
            yield {
                name: TensorLike(value) for name, value in (("image", image), ("labels", labels))
            }

    return SimpleNamespace(
        count=240,
        identities=PEOPLE,
        columns=lambda name: slice(2, 3) if label else None,
        read=read,
    )


class TensorLike(np.ndarray):
    """An array that can be asked for itself, as a tensor can."""

    def __new__(cls, value):
        return np.asarray(value).view(cls)

    def numpy(self):
        return np.asarray(self)


def test_the_direction_is_found_and_judged_on_others():
    found = find_direction(embeddings(), PEOPLE, SHOWS)
    assert found.unit @ UNIT > 0.95
    assert np.linalg.norm(found.unit) == pytest.approx(1, abs=1e-5)
    assert found.without == pytest.approx(-1, abs=0.6)
    assert found.auc > 0.99
    nothing = find_direction(embeddings(moved=-1.0), PEOPLE, SHOWS)
    assert 0.3 < nothing.auc < 0.7


def test_the_first_layer_takes_every_identity_to_be_without():
    network = small_generator()
    targets = RNG.uniform(-1, 1, (3, 64, 64, 3)).astype(np.float32)
    identity = RNG.normal(size=(3, 512)).astype(np.float32)
    unit = RNG.normal(size=512)
    direction = Direction((unit / np.linalg.norm(unit)).astype(np.float32), -0.7, 1.0)
    without = identity - np.outer(identity @ direction.unit + 0.7, direction.unit)
    expected = network([targets, without.astype(np.float32)]).numpy()
    before = network([targets, identity]).numpy()
    forget(network, direction)
    found = network([targets, identity]).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(found - before).max() > 1e-4
    moved = identity + 9 * direction.unit
    np.testing.assert_allclose(network([targets, moved]).numpy(), expected, atol=1e-5)


def test_the_file_has_its_notes(tmp_path):
    path, output = tmp_path / "a.keras", tmp_path / "b.keras"
    small_generator().save(path)
    origin = Origin("encoder.keras", "a" * 64)
    write_notes(path, {ENCODER: origin})
    known = embeddings()
    direction = forget_glasses(path, faces(), lambda image: known[image[:, 0, 0, 0]], output)
    assert direction.auc > 0.99
    assert trained_with(output) == origin
    old, new = (load_keras_generator(one).get_layer("mapping_1") for one in (path, output))
    assert np.abs(direction.unit @ new.get_weights()[0]).max() < 1e-5
    assert np.abs(direction.unit @ old.get_weights()[0]).max() > 1e-2


@pytest.mark.parametrize(
    ("known", "seen", "message"),
    [
        (embeddings(), faces(label=False), "no label 'glasses'"),
        (embeddings(), faces(shows=PEOPLE % 2 == 0), "0 people have pictures both"),
        (embeddings(moved=-1.0), faces(), "do not tell glasses"),
    ],
)
def test_what_is_refused(tmp_path, known, seen, message):
    path = tmp_path / "a.keras"
    small_generator().save(path)
    with pytest.raises(UserError, match=message):
        forget_glasses(path, seen, lambda image: known[image[:, 0, 0, 0]], tmp_path / "b.keras")
    assert not (tmp_path / "b.keras").exists()
    with pytest.raises(UserError, match="no mapping network"):
        forget(small_generator(depth=0), Direction(UNIT, 0.0, 1.0))
