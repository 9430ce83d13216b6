"""Image files in and out, and the value ranges."""

import numpy as np
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.images import (
    encode_image,
    find_images,
    read_image,
    signed_to_uint8,
    signed_to_unit,
    uint8_to_signed,
    write_image,
)

RED, GREEN, BLUE, GREY = (250, 10, 20), (10, 240, 30), (20, 10, 230), (120, 120, 120)


def four_corners(height=32, width=48):
    """A picture whose corners have different colours: channel order and orientation show."""
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 2, : width // 2], image[: height // 2, width // 2 :] = RED, GREEN
    image[height // 2 :, : width // 2], image[height // 2 :, width // 2 :] = BLUE, GREY
    return image


@pytest.mark.parametrize(
    ("suffix", "tolerance"),
    [(".png", 0), (".PNG", 0), (".bmp", 0), (".tiff", 0), (".tif", 0), (".jpg", 4), (".jpeg", 4)],
)
def test_write_then_read(tmp_path, suffix, tolerance):
    image = four_corners()
    path = tmp_path / "sub folder" / f"ünïcode{suffix}"
    write_image(path, image)
    difference = np.abs(read_image(path).astype(int) - image)[4:12, 4:12].max()
    assert difference <= tolerance
    assert [p.name for p in path.parent.iterdir()] == [path.name], "a temporary file was left"


def test_jpeg_quality_counts():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert len(encode_image(noise, ".jpg", 50)) < len(encode_image(noise, ".jpg", 95)) / 2


def test_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.png"
    write_image(path, four_corners())
    with pytest.raises(ValueError, match=r"\[H, W, 3\] uint8"):
        write_image(path, np.zeros((4, 4, 3), np.float32))
    np.testing.assert_array_equal(read_image(path), four_corners())


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot write .*a.txt: use one of .jpg"):
        write_image(tmp_path / "a.txt", four_corners())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        encode_image(four_corners(), ".jpg")[:300],
    ],
    ids=["empty", "text", "cut short"],
)
def test_unreadable_files_are_named(tmp_path, content):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"not a readable image: .*bad\.jpg"):
        read_image(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"no such image file: .*nowhere\.png"):
        read_image(tmp_path / "nowhere.png")
    with pytest.raises(UserError, match="no such image file"):
        read_image(tmp_path)


def test_find_images(tmp_path):
    for name in ("b/2.JPG", "b/1.png", "a.webp", "notes.txt", ".a.png.unfinished"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)]
    assert found == ["a.webp", "b/1.png", "b/2.JPG"]


def test_find_images_errors(tmp_path):
    with pytest.raises(UserError, match="no such folder: .*nowhere"):
        find_images(tmp_path / "nowhere")
    with pytest.raises(UserError, match="no images .* below"):
        find_images(tmp_path)


def test_ranges():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    signed = uint8_to_signed(levels)
    assert signed.dtype == "float32"
    assert (float(signed.numpy().min()), float(signed.numpy().max())) == (-1.0, 1.0)
    np.testing.assert_array_equal(signed_to_uint8(signed), levels)
    np.testing.assert_allclose(signed_to_unit(signed), levels / 255, atol=1e-6)


def test_signed_to_uint8_rounds_and_clips():
    values = np.array([-7.0, -1.0, 0.4 / 127.5 - 1, 0.6 / 127.5 - 1, 1.0, 7.0], np.float16)
    assert signed_to_uint8(values).numpy().tolist() == [0, 0, 0, 1, 255, 255]
