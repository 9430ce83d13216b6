"""Tests which metadata goes over to a new picture, and which way is up."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from facedancer.utils.decoding import decode_image, decode_picture

EXIF, GPS = 0x8769, 0x8825
CORNERS = np.zeros((32, 48, 3), np.uint8)
CORNERS[:16, :24] = (250, 10, 20)


def photograph(exif, kind="JPEG", **options):
    file = io.BytesIO()
    Image.fromarray(CORNERS).save(file, kind, exif=exif, quality=95, **options)
    return file.getvalue()


def block(order, entries, kind):
    """An EXIF block of numbers; ``kind`` 3 is short, 4 long."""
    code = {3: "H2x", 4: "I"}[kind]
    rows = b"".join(
        struct.pack(f"{order}HHI{code}", tag, kind, 1, value) for tag, value in entries.items()
    )
    head = b"II*\0" if order == "<" else b"MM\0*"
    return (
        b"Exif\0\0"
        + head
        + struct.pack(f"{order}IH", 8, len(entries))
        + rows
        + struct.pack(f"{order}I", 0)
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [3, 4])
def test_the_orientation_may_be_a_short_or_a_long_number_of_either_order(kind, order, size):
    data = photograph(block(order, {0x0112: 6}, size), kind)
    image = decode_image(data)
    np.testing.assert_allclose(image[4, -4].astype(int), (250, 10, 20), atol=6)
    assert image.shape == (48, 32, 3)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(value):
    assert decode_image(photograph(block(">", {0x0112: value}, 3))).shape == (32, 48, 3)


def full():
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 1", 6
    exif[0x013B], exif[0x0131] = "Zoë".encode(), "Phone OS 3"
    exif.get_ifd(EXIF).update(
        {0x9003: "2024:05:01 10:00:00", 0x829A: 0.01, 0xA431: "serial 77", 0x927C: b"face"}
    )
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 8.0, 0.0)})
    return exif


def test_what_is_kept_and_what_is_left_out():
    picture = decode_picture(photograph(full(), xmp=b"<x:xmpmeta/>"))
    kept = Image.Exif()
    kept.load(picture.exif)
    assert (kept[0x010F], kept[0x0110]) == ("Maker", "Model 1")
    assert kept[0x013B].encode("latin-1") == "Zoë".encode()
    assert kept.get_ifd(EXIF) == {0x9003: "2024:05:01 10:00:00", 0x829A: 0.01}
    assert not kept.get_ifd(GPS) and 0x0112 not in kept and 0x0131 not in kept
    for gone in (b"serial", b"face", b"Phone OS"):
        assert gone not in picture.exif
    assert picture.notes == (
        "left out of its metadata: where it was taken (GPS), maker's notes, XMP",
    )


def test_a_thumbnail_would_show_the_face_as_it_was():
    thumbnail = photograph(Image.Exif())
    exif = block("<", {0x010F: 1}, 3)[6:-4]
    at = len(exif) + 4
    second = struct.pack("<IH", at, 2)
    second += struct.pack("<HHII", 0x0201, 4, 1, at + 30) + struct.pack(
        "<HHII", 0x0202, 4, 1, len(thumbnail)
    )
    data = photograph(b"Exif\0\0" + exif + second + bytes(4) + thumbnail)
    picture = decode_picture(data)
    assert thumbnail[:20] not in picture.exif
    assert "left out of its metadata: thumbnail" in picture.notes


def test_a_date_that_lies_beside_the_maker_is_kept_too():
    exif = Image.Exif()
    exif[0x9003] = "2024:05:01 10:00:00"
    kept = Image.Exif()
    kept.load(decode_picture(photograph(exif)).exif)
    assert kept.get_ifd(EXIF)[0x9003] == "2024:05:01 10:00:00"


def test_damaged_metadata_do_not_cost_the_picture():
    good = photograph(full())
    at = good.index(b"Exif\0\0")
    random = np.random.default_rng(3)
    for _ in range(60):
        data = bytearray(good)
        for place in random.integers(at + 6, at + 200, 5):
            data[place] = random.integers(256)
        assert decode_picture(bytes(data)).seen.shape in ((32, 48, 3), (48, 32, 3))


def test_without_metadata_nothing_is_said():
    picture = decode_picture(photograph(Image.Exif()))
    assert (picture.exif, picture.notes) == (b"", ())
