"""Matroska and WebM have no place for XMP: there a tag names the digital source type."""

from pathlib import Path

from facedancer.utils.errors import UserError

from ..video.container import open_container
from .xmp import SOURCE_TYPE, SOURCE_TYPES

TAGGED_SUFFIXES = (".mkv", ".webm")
# What Matroska calls its tags is free; FFmpeg gives them back in any case.
CONTAINER_TAGS = {"DIGITALSOURCETYPE": SOURCE_TYPE}
_MATROSKA = b"\x1a\x45\xdf\xa3"


def read_container_types(path: Path) -> list[str]:
    """The digital source types that a Matroska or WebM file's tags state, without their URI."""
    with path.open("rb") as file:
        if file.read(len(_MATROSKA)) != _MATROSKA:
            return []
    try:
        with open_container(path) as container:
            tags = container.metadata.items()
            values = [value for name, value in tags if name.upper() in CONTAINER_TAGS]
    except UserError:
        return []
    return [value.removeprefix(SOURCE_TYPES) for value in values]
