"""Close-ups and crowds as the benchmark lays them out."""

import numpy as np
import pytest

from facedancer.benchmarks.detector_sizes import (
    CROWD,
    SIDE,
    Subject,
    closeup,
    closeup_table,
    crowd,
    miss,
)
from facedancer.retinaface.face import Face

MARKS = np.array([[40, 40], [60, 40], [50, 50], [42, 60], [58, 60]], float)


def subject():
    image = np.zeros((100, 100, 3), np.uint8)
    image[36:45, 36:45] = 255  # about the left eye
    return Subject(image, MARKS)


@pytest.mark.parametrize("share", [0.05, 0.5, 1.5])
@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_a_closeup_has_its_landmarks_where_it_says(share, shift):
    picture, landmarks = closeup(subject(), share, shift)
    assert picture.shape == (SIDE, SIDE, 3)
    y, x = np.argwhere(picture[..., 0] > 127).mean(0)
    eyes = np.linalg.norm(landmarks[1] - landmarks[0])
    assert 3 * eyes == pytest.approx(share * SIDE, rel=0.02)
    assert np.hypot(*(landmarks[0] - (x, y))) < 0.1 * eyes + 1


def test_a_crowd_has_its_faces_where_it_says():
    picture, landmarks = crowd([subject()], 60)
    assert picture.shape[:2] == CROWD
    assert len(landmarks) == 24
    for points in landmarks:
        x, y = points[0].round().astype(int)
        assert picture[y, x].min() > 200


def test_misses():
    assert miss([], MARKS) == np.inf
    faces = [Face(np.zeros(4), MARKS + (20, 0), 0.9), Face(np.zeros(4), MARKS + (0, 2), 0.5)]
    assert miss(faces, MARKS) == pytest.approx(0.1)


class Blind:
    """A detector that finds nothing."""

    def reduced_size(self, *size):
        return size

    def detect_in(self, batch, areas):
        return [[] for _ in batch]

    def detect(self, image):
        return []


def test_the_table_counts_what_is_not_found():
    lines = closeup_table(Blind(), {"one": [subject()]}).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "| 1.5 | inf | 2 of 2 | inf | 2 of 2 |"
