"""Files appear whole or not at all, whatever they are called."""

import errno

import numpy as np
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image
from facedancer.utils.whole_files import written_whole


@pytest.mark.parametrize("name", ["a.txt", "x" * 255, "顔" * 85])
def test_a_file_appears_when_it_is_whole(tmp_path, name):
    path = tmp_path / "new" / name
    with written_whole(path) as unfinished:
        unfinished.write_text("half")
        assert not path.exists()
    assert path.read_text() == "half" and list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(ValueError, match="mine"), written_whole(path) as unfinished:
        unfinished.write_text("half")
        raise ValueError("mine")
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room there"),
        (errno.EDQUOT, "make room there"),
        (errno.EFBIG, "no file may be as large there"),
        (errno.EROFS, "choose another place"),
    ],
)
def test_what_the_place_refuses_is_one_line_with_advice(tmp_path, number, advice):
    path = tmp_path / "a.txt"
    with pytest.raises(UserError, match=advice), written_whole(path) as unfinished:
        unfinished.write_text("half")
        raise OSError(number, "refused")
    assert list(tmp_path.iterdir()) == []


def test_a_name_too_long_and_a_file_for_a_folder_are_one_line(tmp_path):
    image = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(UserError, match="choose a shorter name"):
        write_image(tmp_path / f"{'x' * 252}.png", image)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="choose another place"):
        write_image(tmp_path / "file" / "a.png", image)
