import numpy as np
import pytest

from facedancer.benchmarks.detector_accuracy import FAULTS, Trial, judge, markdown, turned
from facedancer.retinaface.detector import Face


@pytest.mark.parametrize("turn", [0, 45, 90, 180, 270])
@pytest.mark.parametrize("scale", [2.0, 1.0, 0.5])
def test_the_matrix_leads_to_the_same_place(turn, scale):
    image = np.zeros((60, 100, 3), np.uint8)
    image[20:28, 70:78] = 255
    picture, matrix = turned(image, scale, turn)
    y, x = np.argwhere(picture[..., 0] > 200).mean(0)
    np.testing.assert_allclose(matrix @ (73.5, 23.5, 1), (x, y), atol=0.6)
    if turn == 90:
        assert picture.shape[:2] == (round(100 * scale), round(60 * scale))
        assert x < picture.shape[1] * 2 / 3 < y


def test_the_best_face_is_judged():
    points = np.arange(10, dtype=np.float32).reshape(5, 2)
    faces = [Face(np.zeros(4), points + 99, 0.7), Face(np.zeros(4), points + (3, 4), 0.9)]
    assert judge(faces, points, 10.0) == (0.9, pytest.approx(0.5))
    assert judge([], points, 10.0) == (0.0, np.inf)


@pytest.mark.parametrize(
    ("eyes", "score", "miss", "fault"),
    [
        (50, 0.9, 0.1, ""),
        (50, 0.9, 0.5, "misread"),
        (50, 0.0, np.inf, "not seen"),
        (3, 0.0, np.inf, "too small"),
    ],
)
def test_faults(eyes, score, miss, fault):
    trial = Trial(1.0, 0, eyes, score, miss)
    assert trial.fault == fault
    text = markdown({"detector": [trial], "FaceSearch": [trial]})
    for name in FAULTS:
        row = next(line for line in text.splitlines() if line.startswith(f"| {name}"))
        assert row.endswith("| 1 | 1 |" if name == fault else "| 0 | 0 |")
