"""Retrieval against galleries whose order is known by hand."""

import numpy as np
import pytest

from facedancer.evaluation.metrics.identity import cosines, retrieval_ranks


def at(*degrees):
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)


# Person 7 at 0 and 40 degrees, 3 at 10, 5 at 25, 9 at 90.
GALLERY, PEOPLE = at(0, 40, 10, 25, 90), np.array([7, 7, 3, 5, 9])


@pytest.mark.parametrize(
    ("swap", "wanted", "rank"),
    [
        (1, 7, 0),
        (1, 3, 1),
        (1, 5, 2),
        (1, 9, 3),
        (38, 7, 0),
        (31, 7, 1),
        (80, 9, 0),
        (80, 7, 1),
        (1, 4, np.nan),
        (1, 11, np.nan),
    ],
)
def test_rank_counts_people_not_pictures(swap, wanted, rank):
    # Lengths must not matter.
    found = retrieval_ranks(3 * at(swap), np.array([wanted]), 2 * GALLERY, PEOPLE)
    np.testing.assert_array_equal(found, [rank])


def test_without_the_source_s_own_picture():
    swaps, wanted = at(1, 1, 89), np.array([7, 7, 9])
    # Without its picture at 0 degrees, person 7 is the one at 40: behind 3 and 5.
    found = retrieval_ranks(swaps, wanted, GALLERY, PEOPLE, left_out=np.array([0, -1, 4]))
    # Person 9 has no other picture.
    np.testing.assert_array_equal(found, [2, 0, np.nan])


def test_a_tie_counts_against_the_swap():
    same_for_all = np.ones((4, 2), np.float32)
    found = retrieval_ranks(same_for_all, np.arange(4), same_for_all, np.arange(4))
    np.testing.assert_array_equal(found, [3, 3, 3, 3])


def test_many_swaps_as_one_by_one():
    rng = np.random.default_rng(0)
    swaps, gallery = rng.normal(size=(1500, 4)), rng.normal(size=(60, 4))
    people, wanted = rng.integers(0, 20, 60), rng.integers(0, 20, 1500)
    found = retrieval_ranks(swaps, wanted, gallery, people)
    for row in range(0, 1500, 131):
        one = retrieval_ranks(swaps[row : row + 1], wanted[row : row + 1], gallery, people)
        similarity = cosines(np.repeat(swaps[row : row + 1], 60, 0), gallery)
        by_person = {p: similarity[people == p].max() for p in people}
        if wanted[row] in by_person:
            own = by_person[wanted[row]]
            assert found[row] == one[0] == sum(s > own for s in by_person.values())
        else:
            assert np.isnan(found[row])


def test_cosines():
    found = cosines(np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]]), np.array([[4.0, 3.0]] * 3))
    np.testing.assert_allclose(found, [0.96, 0.8, 0.0], rtol=1e-6)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="an identity each"):
        retrieval_ranks(GALLERY, PEOPLE[:2], GALLERY, PEOPLE)
