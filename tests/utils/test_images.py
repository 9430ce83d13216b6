"""Image files in and out, and the value ranges."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from facedancer.utils.cli import UserError
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
    ("name", "stored"),
    [
        ("grey", np.full((8, 8), 77, np.uint8)),
        ("grey 16 bit", np.full((8, 8), 77 * 257, np.uint16)),
        ("alpha", np.dstack([np.full((8, 8, 3), 77, np.uint8), np.zeros((8, 8), np.uint8)])),
        ("colour 16 bit", np.full((8, 8, 3), 77 * 257, np.uint16)),
    ],
)
def test_every_kind_of_png_becomes_rgb(tmp_path, name, stored):
    path = tmp_path / "a.png"
    path.write_bytes(cv2.imencode(".png", stored)[1].tobytes())
    image = read_image(path)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.full((8, 8, 3), 77, np.uint8))


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda stored: stored),
        (2, lambda stored: stored[:, ::-1]),
        (3, lambda stored: stored[::-1, ::-1]),
        (4, lambda stored: stored[::-1]),
        (5, lambda stored: stored.swapaxes(0, 1)),
        (6, lambda stored: np.rot90(stored, -1)),
        (7, lambda stored: stored[::-1, ::-1].swapaxes(0, 1)),
        (8, lambda stored: np.rot90(stored)),
    ],
)
def test_exif_orientation(tmp_path, orientation, upright):
    jpeg = encode_image(four_corners(), ".jpg")
    # A little-endian TIFF header, one directory of one entry: tag 0x0112, a short, one value.
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg[:2] + segment + jpeg[2:])
    image, expected = read_image(path), upright(four_corners())
    assert image.shape == expected.shape
    for corner in (np.s_[4, 4], np.s_[4, -4], np.s_[-4, 4], np.s_[-4, -4]):
        np.testing.assert_allclose(image[corner], expected[corner], atol=4)


def png_of_claimed_size(side):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        encode_image(four_corners(), ".jpg")[:300],
        png_of_claimed_size(100_000),
    ],
    ids=["empty", "text", "cut short", "10 gigapixels"],
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
