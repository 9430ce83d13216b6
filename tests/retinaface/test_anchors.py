import numpy as np
import pytest
import tensorflow as tf

from facedancer.retinaface.anchors import decode, make_anchors, suppress, usable

FACE_BOX = [10.0, 20.0, 60.0, 80.0]
FACE_POINTS = [[20.0, 40.0], [50.0, 40.0], [35.0, 55.0], [25.0, 70.0], [45.0, 70.0]]


@pytest.mark.parametrize(("height", "width"), [(64, 64), (1, 300), (97, 161)])
def test_anchors_are_those_of_plain_loops(reference, height, width):
    expected = reference.reference_anchors(height, width) * [width, height, width, height]
    anchors = make_anchors(tf.constant(height), tf.constant(width)).numpy()
    np.testing.assert_allclose(anchors[:, [0, 1, 2, 2]], expected, rtol=1e-6)


def test_decoding_is_that_of_plain_loops(reference):
    height, width = 50, 90
    rng = np.random.default_rng(0)
    anchors = make_anchors(height, width)
    offsets = rng.normal(0, 2, (2, len(anchors), 14)).astype(np.float32)
    boxes, landmarks = decode(offsets[..., :4], offsets[..., 4:], anchors)
    fractions = reference.reference_anchors(height, width)
    for picture, anchor in [(0, 0), (1, 33), (1, len(anchors) - 1)]:
        row = offsets[picture, anchor].astype(np.float64)
        box, points = reference.reference_decode(row[:4], row[4:], fractions[anchor], height, width)
        np.testing.assert_allclose(boxes[picture, anchor], box, rtol=1e-5, atol=1e-4)
        np.testing.assert_allclose(landmarks[picture, anchor], points, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("box", "points", "score", "expected"),
    [
        (FACE_BOX, FACE_POINTS, 0.9, True),
        ([10.0, 20.0, 10.0, 80.0], FACE_POINTS, 0.9, False),
        ([10.0, 20.0, np.inf, 80.0], FACE_POINTS, 0.9, False),
        (FACE_BOX, [[20.0, 40.0]] * 5, 0.9, False),
        (FACE_BOX, [[20.0, float(y)] for y in range(5)], 0.9, True),
        (FACE_BOX, [[np.nan, 40.0], *FACE_POINTS[1:]], 0.9, False),
        (FACE_BOX, FACE_POINTS, np.nan, False),
    ],
)
def test_dots_and_non_finite_candidates_are_not_usable(box, points, score, expected):
    result = usable(tf.constant([box]), tf.constant([points]), tf.constant([score]))
    assert result.numpy().tolist() == [expected]


def test_suppression_keeps_the_best_of_each_pile():
    boxes = np.array(
        [[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10], [30, 1, 40, 11], [60, 0, 70, 10]],
        np.float32,
    )
    scores = np.array([0.7, 0.8, 0.95, 0.9, 0.5], np.float32)
    assert suppress(boxes, scores, 0.4).tolist() == [2, 1, 4]
    assert suppress(boxes, scores, 0.9).tolist() == [2, 3, 1, 0, 4]
