"""The picture of photographs that are swapped with each other."""

import numpy as np
import pytest

from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.marking.watermark import read
from facedancer.inference.swap_result import SwapResult
from facedancer.lab.pictures.shown_photographs import show_photographs
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError

BOX = np.array([40, 60, 100, 140], np.float32)


class Swapper:
    """Paints the picture in its source's mean colour."""

    def __init__(self, finds=True, box=BOX):
        self.finds, self.box = finds, box
        self.detector = self

    def detect(self, image):
        return [Face(self.box, template(60) + self.box[:2], 1.0)] if self.finds else []

    def role_of_picture(self, image):
        return image.mean(axis=(0, 1))

    def swap(self, image, identity):
        crop = np.zeros([64, 64, 3], np.uint8)
        face = SwappedFace(self.detect(image)[0], np.eye(2, 3), crop, crop)
        return SwapResult(np.full_like(image, identity), (face,), image)


def plain(colour):
    return np.full([180, 160, 3], colour, np.uint8)


def test_each_one_is_swapped_with_each_other_one_and_the_sheet_is_marked():
    sheet = show_photographs(Swapper(), [plain(50), plain(120), plain(200)])
    height, width = sheet.shape[:2]
    rows = [height * (2 * row + 1) // 12 for row in range(6)]
    # The watermark moves grey levels by a few.
    shown = [
        [round(float(sheet[row - 20 : row + 20, at - 20 : at + 20].mean()), -1) for at in columns]
        for row in rows
        for columns in [[width // 6, width // 2, width * 5 // 6]]
    ]
    pairs = [(50, 120), (50, 200), (120, 50), (120, 200), (200, 50), (200, 120)]
    assert shown == [[target, source, source] for target, source in pairs]
    assert read([sheet]) is not None


def test_a_face_in_a_corner_is_shown_as_far_as_the_photograph_reaches():
    corner = Swapper(box=BOX - BOX[[0, 1, 0, 1]])
    sheet = show_photographs(corner, [plain(50), plain(120)])
    assert sheet.shape == show_photographs(Swapper(), [plain(50), plain(120)]).shape


@pytest.mark.parametrize(
    ("finds", "count", "message"), [(True, 1, "name at least two"), (False, 2, "in photograph 1")]
)
def test_what_cannot_be_swapped_is_refused(finds, count, message):
    with pytest.raises(UserError, match=message):
        show_photographs(Swapper(finds), [plain(50)] * count)
