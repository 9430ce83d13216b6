"""Reading ahead: in order, in groups of few pixels, whatever the files hold."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from facedancer.dataset.crops import photograph_reader
from facedancer.dataset.crops.photograph_list import Photograph
from facedancer.dataset.crops.photograph_reader import read_groups
from facedancer.utils.images import write_image


def groups(folder, names):
    photographs = [Photograph(name, name) for name in names]
    with ThreadPoolExecutor(3) as pool:
        return [
            ([photograph.path for photograph in group], list(images))
            for group, images in read_groups(folder, photographs, pool)
        ]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(photograph_reader, "_GROUP_SIZE", 3)
    monkeypatch.setattr(photograph_reader, "_GROUP_PIXELS", 500)
    for number in range(11):
        side = 30 if number == 4 else 10
        write_image(tmp_path / f"{number:02d}.png", np.full((side, side, 3), number, np.uint8))
    return tmp_path


def test_order_and_size_of_groups(folder):
    names = [f"{number:02d}.png" for number in range(11)]
    read = groups(folder, names)
    assert [len(images) for _, images in read] == [3, 2, 3, 3]
    assert sum((paths for paths, _ in read), []) == names
    pixels = [image for _, images in read for image in images]
    assert [image[0, 0, 0] for image in pixels] == list(range(11))


def test_what_cannot_be_read_is_told(folder):
    (folder / "broken.jpg").write_bytes(b"nothing")
    (folder / "deep.png").mkdir()
    [(_, images)] = groups(folder, ["broken.jpg", "gone.png", "deep.png"])
    assert "damaged" in images[0] and str(folder) not in images[0]
    assert "no such image file: gone.png" in images[1]
    assert "cannot be listed" in images[2]
    assert groups(folder, []) == []
