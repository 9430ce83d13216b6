"""From files to a file, with the detector that ships, on real photographs."""

from pathlib import Path

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, load_encoder
from facedancer.inference.image_files import check_paths, swap_image_file
from facedancer.inference.loading import Generator
from facedancer.inference.swapper import NoFaceError, Swapper
from facedancer.retinaface.detector import load_detector
from facedancer.utils.cli import UserError
from facedancer.utils.images import read_image, write_image

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"
COLLINS = PHOTOS / "eileen_collins" / "astronaut.png"
HOPPER = PHOTOS / "grace_hopper" / "grace_hopper.jpg"


@pytest.fixture(scope="module")
def swapper():
    """Swaps by inverting the colours."""
    negative = Generator(128, "a stand-in", lambda target, identity: -target)
    return Swapper(negative, load_encoder(UNTRAINED_SMALL), load_detector())


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "blank.png"
    write_image(path, np.full((120, 160, 3), 128, np.uint8))
    return path


def test_the_written_picture_is_changed_at_the_face_alone(swapper, tmp_path):
    output = tmp_path / "new_folder" / "swapped.png"
    result = swap_image_file(swapper, HOPPER, COLLINS, output)
    before, after = read_image(HOPPER).astype(int), read_image(output).astype(int)
    np.testing.assert_array_equal(after, result.image)

    left, top, right, bottom = result.faces[0].face.box.astype(int)
    # Her cheeks and nose turn into the negative of a resampled crop; flag and medals stay.
    x, y = (left + right) // 2, (top + bottom) // 2
    middle = np.s_[y : y + 40, x - 40 : x + 40]
    assert np.abs(after[middle] - (255 - before[middle])).mean() < 8
    changed_rows, changed_columns = np.nonzero((after != before).any(axis=2))
    assert top - 20 < changed_rows.min() < changed_rows.max() < bottom + 20
    assert left - 40 < changed_columns.min() < changed_columns.max() < right + 40


def test_compare_puts_both_side_by_side(swapper, tmp_path):
    result = swap_image_file(swapper, HOPPER, COLLINS, tmp_path / "both.png", compare=True)
    expected = np.concatenate([read_image(HOPPER), result.image], axis=1)
    np.testing.assert_array_equal(read_image(tmp_path / "both.png"), expected)


def test_an_aligned_source_needs_no_detection(swapper, tmp_path, blank):
    result = swap_image_file(swapper, HOPPER, blank, tmp_path / "out.png", align_source=False)
    assert len(result.faces) == 1


@pytest.mark.parametrize("without_face", ["source", "target"])
def test_no_face_names_the_picture_and_writes_nothing(swapper, tmp_path, blank, without_face):
    output = tmp_path / "out.png"
    source, target = (blank, HOPPER) if without_face == "source" else (COLLINS, blank)
    with pytest.raises(NoFaceError, match=f"{without_face} picture .*blank.png: no face found"):
        swap_image_file(swapper, target, source, output)
    assert [path.name for path in tmp_path.iterdir()] == ["blank.png"]


@pytest.mark.parametrize(
    ("output", "inputs", "message"),
    [
        ("out.txt", [COLLINS], "cannot write .*out.txt"),
        ("out.png", [COLLINS, "missing.png"], "no such image file: missing.png"),
        (str(COLLINS.parent / ".." / COLLINS.parent.name / COLLINS.name), [COLLINS], "one of the"),
    ],
)
def test_bad_paths_are_refused(output, inputs, message):
    with pytest.raises(UserError, match=message):
        check_paths(output, inputs)


def test_an_output_that_cannot_be_written_is_one_clear_line(swapper, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        swap_image_file(swapper, HOPPER, COLLINS, tmp_path / "file" / "out.png")
