"""Tests what a swap in memory gives back, and how it is written."""

import numpy as np
import pytest

from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.marking.findings import find_marks
from facedancer.inference.marking.marker import Marking
from facedancer.inference.swap_result import SwapResult
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image


def result_of(changed):
    """A picture with one face, whose crop became ``changed`` grey levels brighter."""
    rng = np.random.default_rng(0)
    original = rng.integers(60, 180, (160, 200, 3), np.uint8)
    face = Face(np.array([20, 30, 84, 94], np.float32), template(64) + [20, 30], 0.9)
    crop = original[30:94, 20:84]
    swapped = SwappedFace(face, np.eye(2, 3), crop, crop + np.uint8(changed))
    image = original.copy()
    image[30:94, 20:84] = swapped.changed
    return SwapResult(image, (swapped,), original)


def test_one_line_says_what_it_is():
    assert repr(result_of(40)) == "<SwapResult: 200x160 px, 1 of 1 faces swapped>"
    assert repr(result_of(0)) == "<SwapResult: 200x160 px, 0 of 1 faces swapped>"
    (face,) = result_of(40).faces
    assert repr(face) == "<SwappedFace: box [20, 30, 84, 94], changed by 40.0 grey levels>"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_it_is_marked_as_the_commands_mark(tmp_path, suffix):
    path = tmp_path / "new" / f"swapped{suffix}"
    marks = result_of(40).save(path)
    assert len(marks) == 3 and marks[0].startswith("invisible watermark: in every picture")
    found = find_marks(path, 1)
    assert found.source_types and found.readings
    assert found.manifest.parents == ("picture.png (without a manifest)",)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_file_that_it_came_from_is_named(tmp_path):
    result = result_of(40)
    write_image(tmp_path / "scene.png", result.original)
    result.save(tmp_path / "swapped.png", parent=tmp_path / "scene.png")
    assert find_marks(tmp_path / "swapped.png", 1).manifest.parents == (
        "scene.png (without a manifest)",
    )


def test_marks_are_left_out_where_that_is_asked_for(tmp_path):
    result = result_of(40)
    result.save(tmp_path / "swapped.png", marking=Marking(is_on=False))
    np.testing.assert_array_equal(read_image(tmp_path / "swapped.png"), result.image)
    assert not find_marks(tmp_path / "swapped.png", 1).is_marked


@pytest.mark.parametrize(
    ("changed", "arguments", "words"),
    [
        (0, ("swapped.png",), "nothing was swapped, so nothing is written"),
        (40, ("swapped.mp4",), "use one of .jpg"),
        (40, ("swapped",), "use one of .jpg"),
        (40, (7,), "the path must be a path, not 7"),
        (40, ("file/swapped.png",), "cannot write file/swapped.png"),
        (40, ("swapped.png", None, True), "marking must be a Marking, not True"),
        (40, ("swapped.png", "gone.png"), "cannot write swapped.png"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(tmp_path, monkeypatch, changed, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UserError) as caught:
        result_of(changed).save(*arguments)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
