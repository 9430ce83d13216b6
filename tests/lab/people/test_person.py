import dataclasses

import numpy as np
import pytest

from facedancer.lab.people.heads import heads
from facedancer.lab.people.person import person

MILLIMETRES = 100  # in a decimetre


@pytest.fixture(scope="module")
def people():
    return [person(3, number) for number in range(120)]


@pytest.fixture(scope="module")
def faces(people) -> np.ndarray:
    """``[people, 68, 3]`` in millimetres from the middle."""
    dense = [heads().neutral(one.shape)[heads().landmark_vertices] for one in people]
    return (dense - np.mean(dense, axis=1, keepdims=True)) * MILLIMETRES


def test_a_number_is_one_person(people):
    again = person(3, 7)
    for field in dataclasses.fields(again):
        if field.name != "traits":
            np.testing.assert_equal(getattr(again, field.name), getattr(people[7], field.name))
    np.testing.assert_equal(vars(again.traits), vars(people[7].traits))
    assert not np.array_equal(person(4, 7).shape, again.shape)


def test_shapes_are_blends_of_macro_heads_and_sliders(people):
    head = heads()
    for one in people:
        macros, sliders = np.split(one.shape, [len(head.macro_names)])
        assert macros.sum() == pytest.approx(1, abs=1e-5)
        assert macros.min() >= 0
        assert sum(one.ancestry.values()) == pytest.approx(1)
        assert np.abs(sliders).max() < 1
        assert len(sliders) == len(head.slider_names)


def test_people_are_adults_of_all_kinds(people):
    ages = np.array([one.age for one in people])
    assert 18 <= ages.min() < 24 and 60 < ages.max() <= 75
    men = np.array([one.masculinity for one in people])
    assert 0.35 < (men > 0.5).mean() < 0.65
    assert ((men > 0.2) & (men < 0.8)).sum() > 5
    for ancestry in ("african", "asian", "caucasian"):
        shares = np.array([one.ancestry[ancestry] for one in people])
        assert (shares > 0.8).sum() > 10
        assert ((shares > 0.2) & (shares < 0.8)).sum() > 20


def test_faces_differ_as_peoples_do(faces):
    spread = np.sqrt(((faces - faces.mean(axis=0)) ** 2).sum(axis=2).mean())
    assert 2 < spread < 6  # millimetres a landmark: neither mannequins nor caricatures
    apart = np.sqrt(((faces[:, None] - faces) ** 2).sum(axis=3).mean(axis=2))
    assert apart[~np.eye(len(faces), dtype=bool)].min() > 1


def test_faces_are_a_little_asymmetric(faces):
    jaw = faces[:, :17]
    mirrored = jaw[:, ::-1] * [-1, 1, 1]
    asymmetry = np.sqrt(((jaw - mirrored) ** 2).sum(axis=2).mean(axis=1))
    assert 0.3 < np.median(asymmetry) < 4
