"""Formats of pictures that are not read: told by their content, so that users hear which it is."""

import re

_CONVERT = "convert it to JPEG, PNG or TIFF first"
_HEIC = (
    f"a HEIC picture, which is not read: {_CONVERT}, with heif-convert, ImageMagick or the phone"
)
_RAW = "a camera's raw picture, which is not read: develop it to JPEG or TIFF first"

# The first bytes -> what it is and what to do.
_STARTS = {
    b"\xff\x0a": f"a JPEG XL picture, which is not read: {_CONVERT}, with djxl",
    b"\0\0\0\x0cJXL ": f"a JPEG XL picture, which is not read: {_CONVERT}, with djxl",
    b"\0\0\0\x0cjP  ": f"a JPEG 2000 picture, which is not read: {_CONVERT}",
    b"\xff\x4f\xff\x51": f"a JPEG 2000 picture, which is not read: {_CONVERT}",
    b"8BPS": "a Photoshop file (PSD), which is not read: export it as PNG or TIFF first",
    b"gimp xcf": "a GIMP file (XCF), which is not read: export it as PNG or TIFF first",
    b"%PDF": "a PDF, which is not read: save its pictures as PNG or TIFF first",
    b"%!PS": "a PostScript file, which is not read: save it as PNG first",
    b"\0\0\1\0": f"an icon (ICO), which is not read: {_CONVERT}",
    b"icns": f"an icon (ICNS), which is not read: {_CONVERT}",
    b"v/1\x01": f"an OpenEXR picture, which is not read: {_CONVERT}",
    b"#?RADIANCE": f"a Radiance HDR picture, which is not read: {_CONVERT}",
    b"qoif": f"a QOI picture, which is not read: {_CONVERT}",
    b"DDS ": f"a DDS texture, which is not read: {_CONVERT}",
    b"FUJIFILMCCD-RAW": _RAW,
    b"FOVb": _RAW,
    b"IIRO": _RAW,
    b"IIRS": _RAW,
    b"IIU\0": _RAW,
    b"MMOR": _RAW,
}
_CANON_RAW = (b"II*\0", b"CR")  # at 0, at 8
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif"}
_MARKUP = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|<!doctype svg[^>]*>|\s)*<svg\b", re.I | re.S)
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.I | re.S)
_NETPBM = re.compile(rb"P[1-7]\s")
# How much of a file's beginning `foreign_format` wants to see.
START_BYTES = 2048

RAW_PICTURE = _RAW


def foreign_format(start: bytes) -> str | None:
    """Tells what a file is that holds no picture we read, and what to do; None: nothing known.

    Args:
        start: the first `START_BYTES` of the file, or all of it.
    """
    for signature, told in _STARTS.items():
        if start.startswith(signature):
            return told
    if start[:4] == _CANON_RAW[0] and start[8:10] == _CANON_RAW[1]:
        return _RAW
    if start[4:8] == b"ftyp":
        return _of_brands(start)
    if _MARKUP.match(start.removeprefix(b"\xef\xbb\xbf")):
        return "a drawing (SVG), which is not read: save it as PNG first"
    if _PAGE.match(start.removeprefix(b"\xef\xbb\xbf")):
        return "a web page, not a picture: download the picture itself"
    if _NETPBM.match(start):
        return f"a Netpbm picture (PPM, PGM), which is not read: {_CONVERT}"
    return None


def _of_brands(start: bytes) -> str | None:
    length = min(int.from_bytes(start[:4], "big"), len(start))
    major = start[8:12]
    compatible = {start[at : at + 4] for at in range(16, length - 3, 4)}
    if major == b"crx ":
        return _RAW
    if major in _HEIF_BRANDS:
        return _HEIC
    if major in (b"mif1", b"msf1") and compatible & _HEIF_BRANDS and b"avif" not in compatible:
        return _HEIC
    return None
