"""Every kind of image file, made here, and what becomes of it."""

import io
import itertools
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageChops

from facedancer.utils.decoding import UndecodableError, decode_image

RED, GREEN, BLUE, GREY = (250, 10, 20), (10, 240, 30), (20, 10, 230), (120, 120, 120)


def four_corners(height=32, width=48):
    """A picture whose corners differ: the order of channels, rows and columns shows."""
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 2, : width // 2], image[: height // 2, width // 2 :] = RED, GREEN
    image[height // 2 :, : width // 2], image[height // 2 :, width // 2 :] = BLUE, GREY
    return image


def pil_bytes(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def cv2_bytes(pixels, suffix):
    return cv2.imencode(suffix, pixels)[1].tobytes()


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def assert_four_corners(image, tolerance=0, expected=None):
    expected = four_corners() if expected is None else expected
    assert image.dtype == np.uint8
    assert image.shape == expected.shape
    for corner in (np.s_[4, 4], np.s_[4, -4], np.s_[-4, 4], np.s_[-4, -4]):
        np.testing.assert_allclose(image[corner].astype(int), expected[corner], atol=tolerance)


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "jpeg", "quality": 95}, 9),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 6),
        ("AVIF", {"quality": 95}, 6),
        ("JPEG", {"quality": 95}, 4),
        ("JPEG", {"quality": 95, "progressive": True}, 4),
        ("JPEG", {"quality": 95, "keep_rgb": True}, 4),
    ],
)
def test_colours(kind, options, tolerance):
    image = decode_image(pil_bytes(Image.fromarray(four_corners()), kind, **options))
    assert_four_corners(image, tolerance)
    image[:] = 0  # Ours to write to.


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "BMP"])
def test_palettes(kind):
    paletted = Image.fromarray(four_corners()).quantize(4)
    assert_four_corners(decode_image(pil_bytes(paletted, kind)), tolerance=1)


@pytest.mark.parametrize(
    "data",
    [
        pil_bytes(Image.new("L", (8, 8), 77), "PNG"),
        pil_bytes(Image.new("L", (8, 8), 77), "JPEG"),
        pil_bytes(Image.new("L", (8, 8), 77), "TIFF"),
        cv2_bytes(np.full((8, 8), 77 * 257, np.uint16), ".png"),
        cv2_bytes(np.full((8, 8), 77 * 257, np.uint16), ".tiff"),
        cv2_bytes(np.full((8, 8, 3), 77 * 257, np.uint16), ".png"),
        cv2_bytes(np.full((8, 8, 3), 77 * 257, np.uint16), ".tiff"),
        cv2_bytes(np.full((8, 8, 4), [[[77 * 257] * 3 + [65535]]], np.uint16), ".png"),
    ],
    ids=["PNG", "JPEG", "TIFF", *(f"16 bit {kind}" for kind in "abcde")],
)
def test_grey_and_16_bit(data):
    np.testing.assert_array_equal(decode_image(data), np.full((8, 8, 3), 77, np.uint8))


def test_16_bits_keep_black_and_white():
    grey = np.array([[0, 128, 65535]], np.uint16)
    image = decode_image(cv2_bytes(grey, ".png"))
    assert image[0, :, 0].tolist() == [0, 0, 255]


def test_one_bit():
    assert decode_image(pil_bytes(Image.new("1", (8, 8), 1), "PNG")).min() == 255


def with_alpha(mode, colour, opacity):
    image = Image.new(mode, (8, 8), (*colour, opacity))
    return pil_bytes(image, "PNG")


def transparent_palette():
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    return pil_bytes(image, "PNG", transparency=1)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (with_alpha("RGBA", (10, 20, 30), 0), (255, 255, 255)),
        (with_alpha("RGBA", (10, 20, 30), 255), (10, 20, 30)),
        (with_alpha("RGBA", (0, 100, 200), 51), (204, 224, 244)),
        (with_alpha("LA", (100,), 51), (224, 224, 224)),
        (transparent_palette(), (255, 255, 255)),
        (pil_bytes(Image.new("RGB", (8, 8), RED), "PNG", transparency=RED), (255, 255, 255)),
        (pil_bytes(Image.new("RGBA", (8, 8)), "WEBP", lossless=True), (255, 255, 255)),
        (pil_bytes(Image.new("RGBA", (8, 8)), "TIFF"), (255, 255, 255)),
    ],
)
def test_transparency_is_laid_over_white(data, expected):
    np.testing.assert_allclose(decode_image(data)[3, 3].astype(int), expected, atol=1)


def without_adobe_marker(jpeg):
    """The same JPEG without its APP14 segment."""
    start = jpeg.index(b"\xff\xee")
    (length,) = struct.unpack(">H", jpeg[start + 2 : start + 4])
    return jpeg[:start] + jpeg[start + 2 + length :]


def cmyk_four_corners():
    return Image.fromarray(four_corners()).convert("CMYK")


@pytest.mark.parametrize(
    "data",
    [
        pil_bytes(cmyk_four_corners(), "TIFF"),
        pil_bytes(cmyk_four_corners(), "JPEG", quality=95),
        without_adobe_marker(pil_bytes(ImageChops.invert(cmyk_four_corners()), "JPEG", quality=95)),
    ],
    ids=["TIFF", "JPEG, inverted as Adobe's", "JPEG without Adobe's mark"],
)
def test_cmyk_by_formula(data):
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "CMYK"
    assert_four_corners(decode_image(data), tolerance=5)


def profile_of_odd_inks():
    """An ICC profile in which cyan ink looks red (Lab 54, 81, 70), black is black, and no more."""
    white, red, black = (255, 128, 128), (138, 209, 198), (0, 128, 128)
    grid = b""
    for cyan, _, _, key in itertools.product((0, 1), repeat=4):
        grid += bytes(black if key else red if cyan else white)
    identity = struct.pack(">9i", *(65536 * value for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    ramp = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + 4 * ramp + grid + 3 * ramp
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    head = struct.pack(">II", 144 + len(table), 0) + struct.pack(">I", 0x02400000)
    head += b"prtrCMYKLab " + bytes(12) + b"acsp" + bytes(28) + d50 + bytes(48)
    return head + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk_by_colour_profile(kind):
    profile = profile_of_odd_inks()
    assert len(profile) == struct.unpack(">I", profile[:4])[0]
    image = Image.new("CMYK", (16, 8), (0, 0, 0, 0))
    image.paste((255, 0, 0, 0), (0, 0, 8, 8))
    decoded = decode_image(pil_bytes(image, kind, icc_profile=profile))
    np.testing.assert_allclose(decoded[4, 3].astype(int), (255, 0, 0), atol=8)
    np.testing.assert_allclose(decoded[4, 12].astype(int), (255, 255, 255), atol=2)


def test_unusable_colour_profile_leaves_the_formula():
    data = pil_bytes(cmyk_four_corners(), "TIFF", icc_profile=b"no profile")
    assert_four_corners(decode_image(data), tolerance=1)


UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: lambda stored: np.rot90(stored),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "CMYK JPEG"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation(orientation, kind):
    stored = Image.fromarray(four_corners())
    if kind == "CMYK JPEG":
        stored = stored.convert("CMYK")
    data = pil_bytes(stored, kind.split()[-1], exif=exif_of(orientation), quality=95)
    expected = np.ascontiguousarray(UPRIGHT[orientation](four_corners()))
    assert_four_corners(decode_image(data), tolerance=6, expected=expected)


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG"])
def test_the_first_page_or_frame_is_taken(kind):
    pages = [Image.fromarray(four_corners()), Image.new("RGB", (48, 32), (255, 255, 0))]
    data = pil_bytes(pages[0], kind, save_all=True, append_images=pages[1:])
    assert_four_corners(decode_image(data), tolerance=6)


def png_of_claimed_size(side):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"not a picture", "not a picture"),
        (png_of_claimed_size(100_000), "million pixels"),
        (pil_bytes(Image.new("F", (8, 8)), "TIFF"), "kind F"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript file"),
    ],
    ids=["empty", "text", "10 gigapixels", "float", "a program"],
)
def test_what_is_no_picture_is_refused(data, message):
    with pytest.raises(UndecodableError, match=message):
        decode_image(data)


FILES = {
    "JPEG": pil_bytes(Image.fromarray(NOISE), "JPEG"),
    "progressive JPEG": pil_bytes(Image.fromarray(NOISE), "JPEG", progressive=True),
    "CMYK JPEG": pil_bytes(Image.fromarray(NOISE).convert("CMYK"), "JPEG"),
    "PNG": pil_bytes(Image.fromarray(NOISE), "PNG"),
    "PNG with EXIF": pil_bytes(Image.fromarray(NOISE), "PNG", exif=exif_of(6)),
    "WEBP": pil_bytes(Image.fromarray(NOISE), "WEBP", exif=exif_of(6)),
    "BMP": pil_bytes(Image.fromarray(NOISE), "BMP"),
    "TIFF": pil_bytes(Image.fromarray(NOISE), "TIFF"),
    "LZW TIFF": pil_bytes(Image.fromarray(NOISE), "TIFF", compression="tiff_lzw"),
    "GIF": pil_bytes(Image.fromarray(NOISE), "GIF"),
    "AVIF": pil_bytes(Image.fromarray(NOISE), "AVIF", exif=exif_of(6)),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.98])
def test_files_cut_short_are_refused(kind, share):
    data = FILES[kind]
    with pytest.raises(UndecodableError):
        decode_image(data[: int(share * len(data))])


def test_a_thumbnail_does_not_make_a_cut_file_whole():
    # A whole JPEG, with its end marker, lies in the EXIF block of one that was cut short.
    thumbnail = pil_bytes(Image.fromarray(NOISE[:8, :8]), "JPEG")
    data = pil_bytes(Image.fromarray(NOISE), "JPEG", comment=thumbnail)
    assert decode_image(data).shape == NOISE.shape
    with pytest.raises(UndecodableError, match="cut short"):
        decode_image(data[: len(data) // 2])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_bytes_after_the_end_do_no_harm(kind):
    whole = decode_image(FILES[kind])
    np.testing.assert_array_equal(decode_image(FILES[kind] + b"\0\n trailing"), whole)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "mutations", [40, pytest.param(2000, marks=pytest.mark.long)], ids=["small", "long"]
)
def test_flipped_bytes_give_a_picture_or_a_refusal(kind, mutations):
    rng = np.random.default_rng(1)
    for _ in range(mutations):
        data = bytearray(FILES[kind])
        # Most of the structure stands at the beginning.
        reach = len(data) if rng.random() < 0.3 else min(len(data), 700)
        for place in rng.integers(0, reach, rng.integers(1, 8)):
            data[place] = rng.integers(0, 256)
        with warnings.catch_warnings(action="ignore"):  # Pillow's, about the metadata
            try:
                image = decode_image(bytes(data))
            except UndecodableError:
                continue
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
