"""The one table of the suffixes that files of pictures and videos have, and what they mean here.

In a folder the suffix decides what is looked at; of a file the content decides what it is.
"""

from collections.abc import Sequence

# A still picture's suffix -> its format, which is read and written.
PICTURE_FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".dib": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
}
IMAGE_SUFFIXES = tuple(PICTURE_FORMATS)

# Read and written.
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
ANIMATION_SUFFIXES = (".gif", ".webp", ".apng", ".png")
# An animation may have the suffix of a still picture; what only animations have.
_ANIMATIONS_ALONE = (".gif", ".apng")

# Videos that are read only -> what is written in their place, which holds their usual sound.
WRITTEN_AS = {
    ".mts": ".mp4",
    ".m2ts": ".mp4",
    ".ts": ".mp4",
    ".mpg": ".mp4",
    ".mpeg": ".mp4",
    ".m2v": ".mp4",
    ".vob": ".mp4",
    ".flv": ".mp4",
    ".f4v": ".mp4",
    ".ogv": ".mkv",
    ".3gp": ".mov",
    ".3g2": ".mov",
    ".qt": ".mov",
    ".dv": ".mov",
    ".mxf": ".mov",
    ".wmv": ".avi",
    ".asf": ".avi",
}

# All that is looked at in a folder.
MOVING_SUFFIXES = (*VIDEO_SUFFIXES, *_ANIMATIONS_ALONE, *WRITTEN_AS)
MEDIA_SUFFIXES = frozenset((*IMAGE_SUFFIXES, *MOVING_SUFFIXES))


def usual_suffix(suffix: str) -> str:
    """The suffix by which most programs know a format: ``.jpe`` -> ``.jpg``, ``.APNG`` -> ``.png``.

    One that is not of a still picture, or of none, is only put into small letters.
    """
    suffix = suffix.lower()
    form = "PNG" if suffix == ".apng" else PICTURE_FORMATS.get(suffix)
    return next((one for one, other in PICTURE_FORMATS.items() if other == form), suffix)


# What systems put into folders unasked, and nobody misses.
_OF_SYSTEMS = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx"))


def is_hidden(parts: Sequence[str]) -> bool:
    """Tells whether a file, by its path below a folder, is hidden there or is a system's own.

    ``._photo.jpg`` is what macOS notes about ``photo.jpg``, and no picture.
    """
    return any(part.startswith(".") or part.lower() in _OF_SYSTEMS for part in parts)
