"""Tests what each format keeps of a picture, and what is said where it cannot."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from facedancer.utils.decoding import decode_picture
from facedancer.utils.encoding import check_size, encode_picture
from facedancer.utils.errors import UserError
from facedancer.utils.picture import Picture
from facedancer.utils.suffixes import IMAGE_SUFFIXES, usual_suffix

from .icc import dark_grey, wide_gamut

SMOOTH = np.linspace(20, 230, 64 * 48 * 3).reshape(64, 48, 3).astype(np.uint8)
ALPHA = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (64, 1))


def exif():
    block = Image.Exif()
    block[0x010F] = "Maker"
    block.get_ifd(0x8769).update({0x9003: "2024:05:01 10:00:00", 0x829A: 0.01, 0x9000: b"0232"})
    return block.tobytes()


def whole():
    return Picture.of(SMOOTH, ALPHA, wide_gamut(), exif=exif())


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".tiff", ".avif"])
def test_these_hold_all_of_it(suffix):
    data, notes = encode_picture([whole()], suffix)
    assert notes == []
    again = decode_picture(data)
    np.testing.assert_allclose(again.alpha.astype(int), ALPHA, atol=2)
    assert (again.profile, b"Maker" in again.exif) == (wide_gamut(), True)
    assert b"2024:05:01" in again.exif
    seen = ALPHA > 40
    np.testing.assert_allclose(again.colours[seen].astype(int), SMOOTH[seen], atol=12)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_these_hold_it_to_the_bit(suffix):
    again = decode_picture(encode_picture([whole()], suffix)[0])
    np.testing.assert_array_equal(again.colours, SMOOTH)
    np.testing.assert_array_equal(again.alpha, ALPHA)


@pytest.mark.parametrize("suffix", [".jpg", ".jfif", ".bmp"])
def test_transparency_is_laid_over_white_with_a_note(suffix):
    data, notes = encode_picture([whole()], suffix)
    assert f"its transparency was laid over white: {suffix[1:]} holds none" in notes
    again = decode_picture(data)
    assert again.alpha is None
    np.testing.assert_allclose(again.seen.astype(int), whole().seen, atol=8)
    assert (b"Maker" in again.exif) == (suffix != ".bmp")


def test_jpeg_keeps_profile_and_bmp_says_that_it_does_not():
    opaque = Picture.of(SMOOTH, None, wide_gamut(), exif=exif())
    data, notes = encode_picture([opaque], ".jpg")
    assert (decode_picture(data).profile, notes) == (wide_gamut(), [])
    data, notes = encode_picture([opaque], ".bmp")
    assert notes == [
        "its colours became sRGB: bmp holds no colour profile",
        "left out: camera data (EXIF), which bmp does not hold",
    ]
    np.testing.assert_array_equal(decode_picture(data).seen, opaque.seen)


@pytest.mark.parametrize("suffix", IMAGE_SUFFIXES)
def test_every_suffix_is_written(suffix):
    data, _ = encode_picture([Picture.of(SMOOTH, None, None)], suffix.upper())
    assert decode_picture(data).seen.shape == SMOOTH.shape
    assert usual_suffix(suffix) in (".jpg", ".png", ".webp", ".bmp", ".tif", ".avif")


def test_pages():
    pages = [Picture.of(SMOOTH, None, None), Picture.of(255 - SMOOTH[:32], ALPHA[:32], None)]
    data, _ = encode_picture(pages, ".tif")
    assert b"2024" not in data
    dated = [dataclasses.replace(page, exif=exif()) for page in pages]
    assert decode_picture(encode_picture(dated, ".tif")[0]).pages == 2
    assert decode_picture(data).pages == 2
    np.testing.assert_array_equal(decode_picture(data).colours, SMOOTH)
    second = decode_picture(data, 1)
    np.testing.assert_array_equal(second.colours, 255 - SMOOTH[:32])
    np.testing.assert_array_equal(second.alpha, ALPHA[:32])


@pytest.mark.parametrize(
    ("suffix", "longest"), [(".webp", 16383), (".jpg", 65500), (".JPE", 65500), (".gif", 65535)]
)
def test_sizes_that_formats_do_not_hold(suffix, longest):
    check_size(longest, 1, suffix)
    with pytest.raises(UserError, match=f"holds at most {longest} a side: write it as PNG"):
        check_size(1, longest + 1, suffix)
    check_size(1, longest + 1, ".png")


@pytest.mark.parametrize(("form", "suffix"), [("WEBP", ".webp"), ("JPEG", ".jpg")])
def test_the_limits_are_the_libraries(form, suffix):
    longest = {"WEBP": 16383, "JPEG": 65500}[form]
    row = np.zeros((1, longest, 3), np.uint8)
    assert encode_picture([Picture.of(row, None, None)], suffix)[0]
    with pytest.raises((OSError, ValueError)):
        Image.new("RGB", (longest + 1, 1)).save(io.BytesIO(), form)


def test_profiles_of_grey_and_useless_ones_become_srgb():
    def saved(image, profile):
        file = io.BytesIO()
        image.save(file, "PNG", icc_profile=profile)
        return decode_picture(file.getvalue())

    grey = Image.new("L", (8, 8), 60)
    linear = saved(grey, dark_grey())
    assert linear.profile is None and linear.seen[0, 0, 0] > 110
    assert saved(grey, wide_gamut()).seen[0, 0].tolist() == [60, 60, 60]
    for useless in (b"no profile", dark_grey()):
        picture = saved(Image.new("RGB", (8, 8), (9, 99, 199)), useless)
        assert picture.seen[0, 0].tolist() == [9, 99, 199] and picture.profile is None
        assert picture.notes == (
            "its colour profile cannot be used: its numbers are taken as sRGB",
        )
