"""Likeness to another picture of the source's person."""

import numpy as np

from facedancer.evaluation.metrics.search import (
    Gallery,
    IdentitySearch,
    cosine_to_another_picture,
)


def test_the_likest_other_picture_of_the_person_counts():
    # Person 0 has three pictures, person 1 has one.
    gallery = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
    search = IdentitySearch(
        swaps=np.array([[2, 0], [2, 0], [2, 0]], np.float32),
        targets=np.zeros((3, 2), np.float32),
        gallery=Gallery(gallery, np.array([0, 0, 0, 1]), source=np.array([0, 1, 3])),
    )
    found = cosine_to_another_picture(search)
    assert np.allclose(found[:2], [0.8, 1.0], atol=1e-6) and np.isnan(found[2])
