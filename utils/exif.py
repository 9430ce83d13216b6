"""The part of a photograph's metadata that goes over to the picture that is made from it.

Kept is what says how and when a photograph was taken and whose it is. Everything else is left out,
unknown tags too: where it was taken, whose camera it was, and whatever may show the face as it was
(thumbnails, makers' notes).
"""

import struct

from PIL import ExifTags, Image

_BASE, _EXIF, _GPS = ExifTags.Base, ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo
_THUMBNAIL = ExifTags.IFD.IFD1
_OF_THE_PICTURE = frozenset(
    (
        _BASE.ImageDescription,
        _BASE.Make,
        _BASE.Model,
        _BASE.XResolution,
        _BASE.YResolution,
        _BASE.ResolutionUnit,
        _BASE.DateTime,
        _BASE.Artist,
        _BASE.Copyright,
    )
)
_OF_THE_SHOT = frozenset(
    (
        _BASE.ExposureTime,
        _BASE.FNumber,
        _BASE.ExposureProgram,
        _BASE.ISOSpeedRatings,
        _BASE.SensitivityType,
        _BASE.ExifVersion,
        _BASE.DateTimeOriginal,
        _BASE.DateTimeDigitized,
        _BASE.OffsetTime,
        _BASE.OffsetTimeOriginal,
        _BASE.OffsetTimeDigitized,
        _BASE.SubsecTime,
        _BASE.SubsecTimeOriginal,
        _BASE.SubsecTimeDigitized,
        _BASE.ShutterSpeedValue,
        _BASE.ApertureValue,
        _BASE.BrightnessValue,
        _BASE.ExposureBiasValue,
        _BASE.MaxApertureValue,
        _BASE.SubjectDistance,
        _BASE.MeteringMode,
        _BASE.LightSource,
        _BASE.Flash,
        _BASE.FocalLength,
        _BASE.ExposureMode,
        _BASE.WhiteBalance,
        _BASE.DigitalZoomRatio,
        _BASE.FocalLengthIn35mmFilm,
        _BASE.SceneCaptureType,
        _BASE.LensSpecification,
        _BASE.LensMake,
        _BASE.LensModel,
    )
)
# What Pillow raises over damaged metadata.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error)
_UNREADABLE = "camera data that cannot be read"


def orientation_of(image: Image.Image) -> int:
    """Tells how the stored picture lies: 1 (upright) to 8, as in EXIF; 1 where it does not say."""
    try:
        orientation = int(image.getexif().get(_BASE.Orientation, 1))
    except _DAMAGE:
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def kept_exif(image: Image.Image) -> tuple[bytes, list[str]]:
    """The EXIF block for the new picture, and what was left out of the old one's metadata.

    The block says nothing about orientation: the pixels are upright.

    Args:
        image: from a file, with its ``info``.

    Returns:
        The block, empty where there is nothing to keep; the names of what users may miss.
    """
    left_out = []
    try:
        exif = image.getexif()
        shot = exif.get_ifd(_EXIF)
        if exif.get_ifd(_GPS):
            left_out.append("where it was taken (GPS)")
        if exif.get_ifd(_THUMBNAIL) and image.format != "TIFF":
            left_out.append("thumbnail")
        if _BASE.MakerNote in shot:
            left_out.append("maker's notes")
        block = _block(exif, shot)
    except _DAMAGE:
        block, left_out = b"", [*left_out, _UNREADABLE]
    if image.info.get("xmp") or "XML:com.adobe.xmp" in image.info:
        left_out.append("XMP")
    if "photoshop" in image.info:
        left_out.append("IPTC")
    return block, left_out


def _block(exif: Image.Exif, shot: dict[int, object]) -> bytes:
    new = Image.Exif()
    for tag, value in exif.items():
        if tag in _OF_THE_PICTURE:
            new[tag] = _raw(value)
    # Some programs write what belongs to the shot next to the picture's tags.
    found = {**exif, **shot}
    kept = {tag: _raw(value) for tag, value in found.items() if tag in _OF_THE_SHOT}
    if kept:
        new.get_ifd(_EXIF).update(kept)
    return new.tobytes() if kept or new else b""


def _raw(value: object) -> object:
    # Pillow reads text as Latin-1 and writes it as ASCII; most files hold UTF-8.
    return value.encode("latin-1") if isinstance(value, str) and not value.isascii() else value
