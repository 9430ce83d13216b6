"""Siblings share colouring and years, but not their faces."""

import numpy as np
import pytest

from facedancer.lab.people.families import SIBLINGS, family, family_number
from facedancer.lab.people.heads import heads
from facedancer.lab.people.person import person

FAMILIES = 30


@pytest.fixture(scope="module")
def families():
    return [[person(3, SIBLINGS * n + k) for k in range(SIBLINGS)] for n in range(FAMILIES)]


def apart(families, value):
    """Measures how far apart siblings lie, and how far families' middles."""
    values = np.array([[value(one) for one in people] for people in families], float)
    return values.std(axis=1).mean(), values.mean(axis=1).std(axis=0).mean()


def test_a_number_tells_the_family():
    assert [family_number(n) for n in (0, 3, 4, 3_000_001)] == [0, 0, 1, 750_000]
    assert person(3, 9).family == 2
    assert family(3, 2) == family(3, 2) != family(4, 2)


@pytest.mark.parametrize(
    "value",
    [
        lambda one: one.traits.melanin,
        lambda one: one.age,
        lambda one: one.curl,
        lambda one: np.log(one.hair[0]),
        lambda one: np.log(one.traits.iris[2]),
    ],
    ids=["skin", "age", "curl", "hair", "irises"],
)
def test_siblings_are_much_alike_in_colouring_and_years(families, value):
    within, between = apart(families, value)
    assert within < 0.35 * between


def test_most_siblings_are_of_one_sex(families):
    men = np.array([[one.is_male for one in people] for people in families])
    most = np.maximum(men.sum(axis=1), SIBLINGS - men.sum(axis=1))
    assert 0.6 < most.mean() / SIBLINGS < 0.95


def test_siblings_have_faces_of_their_own(families):
    def face(one):
        points = heads().neutral(one.shape)[heads().landmark_vertices]
        return 100 * (points - points.mean(axis=0)).ravel()

    within, between = apart(families, face)
    assert within > between
    brows = apart(families, lambda one: one.traits.brow)
    assert brows[0] > brows[1]
