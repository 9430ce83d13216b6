"""The pairs of the report's picture of the face's shape."""

import numpy as np

from facedancer.lab.swap_answers import choose_pairs


def test_pairs_whose_outline_moves_most_and_nobody_twice():
    faces = np.zeros((5, 8, 8, 2), bool)
    for pair, moved in enumerate((3, 8, 6, 7, 1)):
        faces[pair, 0, :moved, 0] = True
    people = np.array([[0, 1], [2, 3], [4, 5], [3, 6], [7, 8]])
    # Pair 3 would be the second, but one of its people is in pair 1.
    assert choose_pairs(faces, people, 2) == [1, 2]
    assert choose_pairs(faces, people, 9) == [0, 1, 2, 4]
