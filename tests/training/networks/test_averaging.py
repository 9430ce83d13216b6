"""The mean of generators: its weights, its notes, and what is refused."""

import numpy as np
import pytest

from facedancer.arcface_model.pairing import also_trained_with, trained_with
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.training.average_weights import Settings
from facedancer.training.networks.averaging import average_generators
from facedancer.utils.errors import UserError
from facedancer.utils.weights.origins import ENCODER, SECOND_ENCODER, Origin, write_notes

A, B = Origin("a.keras", "a" * 64), Origin("b.keras", "b" * 64)


@pytest.fixture
def made(tmp_path):
    """Writes a small generator whose weights are all ``value``."""

    def make(name, value, width=4, **notes):
        path = tmp_path / name
        network = get_generator(["concat"] * 5, 0, 16, 64, width)
        network.set_weights([np.full_like(w, value) for w in network.get_weights()])
        network.save(path)
        write_notes(path, {ENCODER: A, **notes})
        return path

    return make


def weights_of(path):
    return load_keras_generator(path).get_weights()


def test_each_counts_by_its_share(made, tmp_path):
    generators = [made("one.keras", 1.0), made("two.keras", 5.0)]
    average_generators(generators, [3.0, 1.0], tmp_path / "mean.keras")
    for weights in weights_of(tmp_path / "mean.keras"):
        np.testing.assert_allclose(weights, 2.0)
    assert trained_with(tmp_path / "mean.keras") == A
    assert also_trained_with(tmp_path / "mean.keras") is None


def test_the_mean_may_take_the_place_of_one_and_says_who_trained_any(made):
    one, two = made("one.keras", 1.0), made("two.keras", 3.0, **{SECOND_ENCODER: B})
    average_generators([one, two], [1.0, 1.0], one)
    np.testing.assert_allclose(weights_of(one)[0], 2.0)
    assert also_trained_with(one) == B


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({ENCODER: B}, "different identity encoders"),
        ({"width": 8}, "different forms"),
    ],
)
def test_what_has_no_mean_is_refused_and_nothing_is_written(made, tmp_path, other, message):
    generators = [made("one.keras", 1.0), made("two.keras", 1.0, **other)]
    with pytest.raises(UserError, match=message):
        average_generators(generators, [1.0, 1.0], tmp_path / "mean.keras")
    assert not (tmp_path / "mean.keras").exists()


def test_two_second_encoders_are_refused(made, tmp_path):
    generators = [made(f"{o.name}", 1.0, **{SECOND_ENCODER: o}) for o in (A, B)]
    with pytest.raises(UserError, match="different second encoders"):
        average_generators(generators, [1.0, 1.0], tmp_path / "mean.keras")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generators": ("a",)}, "two or more"),
        ({"shares": (1.0,)}, "has 1 numbers for 2 generators"),
        ({"shares": (1.0, 0.0)}, "positive"),
        ({"shares": (1.0, float("inf"))}, "positive"),
        ({"output": "x.h5"}, r"must end in \.keras"),
    ],
)
def test_flags_that_do_not_fit(changes, message):
    valid = {"generators": ("a", "b"), "shares": (1.0, 2.0), "output": "x.keras"}
    Settings(**valid)
    with pytest.raises(UserError, match=message):
        Settings(**valid | changes)
