"""Formats that are not read are named by their content."""

import io
import struct

import pytest
from PIL import Image

from facedancer.utils.errors import UserError
from facedancer.utils.foreign_formats import foreign_format
from facedancer.utils.images import read_image


def boxed(major, *compatible):
    body = major + bytes(4) + b"".join(compatible)
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + b"\0\0\0\0meta"


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (boxed(b"heic", b"mif1", b"heic"), "HEIC"),
        (boxed(b"mif1", b"mif1", b"heic"), "HEIC"),
        (boxed(b"msf1", b"hevc"), "HEIC"),
        (boxed(b"crx ", b"crx ", b"isom"), "raw"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
        (b"8BPS\0\1", "PSD"),
        (b"%PDF-1.7", "PDF"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="">', "SVG"),
        (b"\xef\xbb\xbf<svg>", "SVG"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"P6\n8 8\n255\n", "Netpbm"),
    ],
)
def test_they_are_named_with_what_to_do(tmp_path, start, word):
    assert word in foreign_format(start)
    path = tmp_path / "named.jpg"
    path.write_bytes(start + bytes(100))
    with pytest.raises(UserError, match=rf"named\.jpg .*{word}.* first|download"):
        read_image(path)


@pytest.mark.parametrize(
    "start",
    [b"", b"\xff\xd8\xff\xe0", b"text", boxed(b"isom", b"avc1"), boxed(b"mif1", b"avif", b"heic")],
)
def test_others_are_not(start):
    assert foreign_format(start) is None


@pytest.mark.parametrize("tags", [{254: 1}, {50706: b"\1\4\0\0"}])
def test_the_preview_of_a_raw_picture_is_not_taken_for_it(tmp_path, tags):
    from PIL import TiffImagePlugin

    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        info[tag] = value
    file = io.BytesIO()
    Image.new("RGB", (16, 12)).save(file, "TIFF", tiffinfo=info)
    path = tmp_path / "photo.dng"
    path.write_bytes(file.getvalue())
    with pytest.raises(UserError, match="raw picture, which is not read: develop it"):
        read_image(path)
