"""Grids of captioned pictures."""

import numpy as np
import pytest

from facedancer.utils.contact_sheet import contact_sheet

RED = np.full((40, 40, 3), (200, 0, 0), np.uint8)
WIDE_GREEN = np.full((20, 200, 3), (0, 200, 0), np.uint8)


def where(sheet, image):
    """Rows and columns that show the picture's colour: first and last."""
    rows, columns = np.nonzero((sheet == image[0, 0]).all(-1))
    return rows.min(), rows.max(), columns.min(), columns.max()


def test_pictures_lie_in_rows_and_keep_their_shape():
    sheet = contact_sheet([RED, RED, WIDE_GREEN], ["", "", ""], columns=2, side=64)
    assert sheet.dtype == np.uint8
    top, bottom, left, right = where(sheet, RED)
    assert (bottom - top + 1, right - left + 1) == (64, 2 * 64 + 6)
    top, bottom, left, right = where(sheet, WIDE_GREEN)
    assert (bottom - top + 1, right - left + 1) == (6, 64)
    assert left == where(sheet, RED)[2], "the third of two columns begins the second row"


def test_a_sheet_is_no_wider_than_its_pictures():
    one = contact_sheet([RED], ["a"], columns=8, side=64)
    assert one.shape[1] < 2 * 64
    assert contact_sheet([RED] * 3, ["a"] * 3, columns=8, side=64).shape[0] == one.shape[0]


@pytest.mark.parametrize("caption", ["a", "very/long/" * 9 + "name.jpg", "Łódź", "one\ntwo"])
def test_captions_are_written_below_and_end_with_their_column(caption):
    sheet = contact_sheet([RED, RED], [caption, ""], columns=2, side=64)
    blank = contact_sheet([RED, RED], ["\n" * caption.count("\n"), ""], columns=2, side=64)
    rows, columns = np.nonzero((sheet != blank).any(-1))
    assert len(rows) > 10
    assert rows.min() > where(sheet, RED)[1]
    assert rows.max() < len(sheet) - 1, "cut off below"
    assert columns.max() <= 6 + 64 + 1


def test_what_is_left_of_a_long_caption_is_its_end():
    captions = ["x" * 60 + end for end in ("0001.jpg", "0002.jpg")]
    first, second = (contact_sheet([RED], [caption], side=128) for caption in captions)
    assert (first != second).any()


@pytest.mark.parametrize(("images", "captions"), [([], []), ([RED], []), ([RED], ["a", "b"])])
def test_a_caption_for_each(images, captions):
    with pytest.raises(ValueError, match="a caption a picture"):
        contact_sheet(images, captions)
