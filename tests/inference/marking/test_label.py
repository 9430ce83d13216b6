import numpy as np
import pytest

from facedancer.inference.marking.label import draw_label


def corners_that_changed(image, labelled):
    changed = (image != labelled).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed.any()
    vertical = "bottom" if rows.min() > image.shape[0] / 2 else "top"
    return vertical, "right" if columns.min() > image.shape[1] / 2 else "left"


@pytest.mark.parametrize(
    ("faces", "corner"),
    [
        ((), ("bottom", "left")),
        ([(300, 200, 400, 300)], ("bottom", "left")),
        ([(0, 400, 100, 480)], ("top", "left")),
        ([(0, 400, 100, 480), (0, 0, 50, 50)], ("bottom", "right")),
        ([(0, 0, 640, 480)], ("bottom", "left")),
    ],
)
def test_it_keeps_off_faces(faces, corner):
    image = np.full((480, 640, 3), 90, np.uint8)
    labelled = draw_label(image, np.array(faces))
    assert corners_that_changed(image, labelled) == corner
    assert image.min() == image.max() == 90
    assert labelled.max() == 255


@pytest.mark.parametrize("shape", [(1, 1, 3), (20, 2000, 3), (100, 30, 3), (64, 64, 3)])
def test_any_shape_is_taken(shape):
    assert draw_label(np.zeros(shape, np.uint8)).shape == shape


def test_a_narrow_picture_gets_a_smaller_label():
    image = np.full((400, 120, 3), 90, np.uint8)
    changed = (draw_label(image) != image).any(axis=2)
    assert changed.any()
    assert not changed[:, -1].any() or changed[-1].all()
