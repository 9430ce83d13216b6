"""From marked pixels through a file's encoder to what the reader of marks finds."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facedancer.inference.marking.findings import find_marks
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.inference.marking.samples import sample_pictures
from facedancer.utils.images import read_image

from .files import write_file, write_video

PHOTO = Path(__file__).parents[3] / "assets" / "photos" / "eileen_collins" / "astronaut.png"


@pytest.fixture(scope="module")
def marker() -> Marker:
    return Marker(Marking(tag=4711))


@pytest.fixture(scope="module")
def picture(marker: Marker) -> np.ndarray:
    return marker.mark_picture(read_image(PHOTO)[:256, :320])


@pytest.mark.parametrize(
    ("suffix", "animated", "pictures"),
    [
        (".bmp", False, 1),
        (".tif", False, 1),
        (".gif", True, 2),
        (".webp", True, 2),
        (".mp4", False, 3),
        (".avi", False, 3),
        (".webm", False, 3),
    ],
)
def test_the_watermark_is_read_out_of_the_file(
    suffix: str, animated: bool, pictures: int, tmp_path: Path, picture: np.ndarray
) -> None:
    path = tmp_path / f"file{suffix}"
    write_file(path, picture, animated)
    found = find_marks(path, 3)
    assert found.pictures == pictures and found.is_marked
    assert [one.tag for one in found.readings] == [4711] * pictures


def test_writing_a_file_anew_removes_all_but_the_watermark(
    tmp_path: Path, marker: Marker, picture: np.ndarray
) -> None:
    path = tmp_path / "swapped.jpg"
    write_file(path, picture)
    marker.mark_file(path, ".jpg", PHOTO)
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.save(buffer, "JPEG", quality=75)
    path.write_bytes(buffer.getvalue())
    found = find_marks(path, 1)
    assert found.source_types == () and found.manifest is None
    assert found.readings[0].tag == 4711 and found.is_marked


def test_an_invalid_manifest_alone_is_no_mark(tmp_path: Path, marker: Marker) -> None:
    """It was signed for other bytes, so it states nothing about these."""
    path = tmp_path / "forged.png"
    write_file(path, read_image(PHOTO)[:128, :128])
    marker.mark_file(path, ".png", PHOTO)
    assert find_marks(path, 1).is_marked
    path.write_bytes(path.read_bytes().replace(b"DigitalSourceType>", b"DigitalSourceTypo>"))
    found = find_marks(path, 1)
    assert found.manifest.state == "Invalid" and not found.is_marked


def test_samples_lie_all_over_a_video_also_where_it_breaks_off(
    tmp_path: Path, picture: np.ndarray
) -> None:
    path = tmp_path / "video.mkv"
    write_video(path, picture, frames=20)
    assert len(sample_pictures(path, 8)) == 8
    assert len(sample_pictures(path, 40)) == 20
    # Nearly all of a still video is its first picture: cut off some of those that follow.
    path.write_bytes(path.read_bytes()[:-600])
    assert 1 <= len(sample_pictures(path, 8)) <= 8
