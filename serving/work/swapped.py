"""The answer to a swap of a picture."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Swapped:
    """A picture that was swapped.

    Attributes:
        content: the file, with its marks.
        suffix: of its format, ``".jpg"``.
        media_type: ``"image/jpeg"``.
        report: the line of the report about it: faces found, swapped and left alone, marks, notes.
    """

    content: bytes
    suffix: str
    media_type: str
    report: dict[str, Any]
