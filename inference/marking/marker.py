"""The one place that marks what was made as synthetic. `verify.py` reads it back."""

import dataclasses
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.suffixes import usual_suffix

from .container_tags import TAGGED_SUFFIXES, read_container_types
from .content_credentials import UnsignedError, check, sign
from .credentials import Credentials, local_credentials, read_credentials
from .label import draw_label
from .message import TAG_BITS, message_bits
from .watermark import SMALLEST_SIDE, embed
from .xmp import (
    PACKET,
    SOURCE_TYPE,
    SOURCE_TYPES,
    NoPlaceError,
    add_source_type,
    read_source_types,
)

SWITCHED_OFF = "not marked: switched off"


@dataclasses.dataclass(frozen=True)
class Marking:
    """Marks to be made.

    Attributes:
        is_on: False marks nothing at all.
        watermark: the invisible one, in the pixels.
        tag: a number of the operator's own within the watermark, 0 to 65535.
        label: write "AI MODIFIED" where it can be seen.
        c2pa: sign a C2PA manifest.
        c2pa_cert: the signer's certificate chain, PEM; None: one made on this machine.
        c2pa_key: its private key, PEM.

    Raises:
        UserError: only one of certificate and key, or a tag that does not fit.
    """

    is_on: bool = True
    watermark: bool = True
    tag: int = 0
    label: bool = False
    c2pa: bool = True
    c2pa_cert: Path | None = None
    c2pa_key: Path | None = None

    def __post_init__(self) -> None:
        if (self.c2pa_cert is None) != (self.c2pa_key is None):
            raise UserError("--c2pa_cert and --c2pa_key go together: give both or none")
        if not 0 <= self.tag < 1 << TAG_BITS:
            raise UserError(f"the watermark's tag is a number from 0 to {(1 << TAG_BITS) - 1}")


class Marker:
    """Marks pictures, then the file they were written to.

    It keeps nothing from picture to picture: any thread may call it, in any order.
    """

    def __init__(self, marking: Marking) -> None:
        """Reads or makes the signing certificate.

        Raises:
            UserError: a certificate or key that cannot be used, or that C2PA does not accept.
        """
        self.marking = marking
        self._message = message_bits(marking.tag)
        self._credentials = _credentials(marking) if marking.is_on and marking.c2pa else None

    def mark_picture(self, image: np.ndarray, faces_boxes: np.ndarray | tuple = ()) -> np.ndarray:
        """The picture with what can lie in its pixels: the watermark and, if wanted, the label.

        Args:
            image: ``[H, W, 3]`` uint8 RGB; it stays as it is.
            faces_boxes: ``[N, 4]`` left, top, right, bottom, which the label avoids.
        """
        if not self.marking.is_on:
            return image
        if self.marking.label:
            image = draw_label(image, faces_boxes)
        return embed(image, self._message) if self.marking.watermark else image

    def mark_file(self, path: str | Path, suffix: str, parent: str | Path) -> list[str]:
        """Writes into a finished file what its format has a place for.

        Call it while the file still has its temporary name.

        Args:
            path: the file; changed in place.
            suffix: names its format, ``".jpg"``, ``".mp4"``, ...
            parent: the picture or video that it was made from.

        Returns:
            A line about each mark, for the report; also about those that could not be made.
        """
        if not self.marking.is_on:
            return [SWITCHED_OFF]
        path, suffix = Path(path), usual_suffix(suffix)
        return [
            *self._pixel_lines(),
            _add_metadata(path, suffix),
            self._sign(path, suffix, Path(parent)),
        ]

    @property
    def xmp(self) -> bytes | None:
        """For AVIF, into which only its writer can put the packet; None if nothing is marked."""
        return PACKET if self.marking.is_on else None

    def _pixel_lines(self) -> list[str]:
        lines = ["visible label: in a corner"] if self.marking.label else []
        if not self.marking.watermark:
            return [*lines, "invisible watermark: switched off"]
        return [*lines, f"invisible watermark: in every picture from {SMALLEST_SIDE} px a side"]

    def _sign(self, path: Path, suffix: str, parent: Path) -> str:
        if self._credentials is None:
            return "C2PA: switched off"
        try:
            sign(path, suffix, parent, self._credentials, self.marking.watermark)
        except UnsignedError as error:
            return f"C2PA: none ({error})"
        if self._credentials.is_local:
            return "C2PA: signed by a certificate of this machine, which others find untrusted"
        return f"C2PA: signed with {self.marking.c2pa_cert}"


def _credentials(marking: Marking) -> Credentials:
    if marking.c2pa_cert is None:
        return local_credentials()
    credentials = read_credentials(Path(marking.c2pa_cert), Path(marking.c2pa_key))
    try:
        check(credentials)
    except UnsignedError as error:
        raise UserError(f"cannot sign with {marking.c2pa_cert}: {error}") from error
    return credentials


def _add_metadata(path: Path, suffix: str) -> str:
    if suffix.lower() in TAGGED_SUFFIXES:
        # Whoever writes the file writes its tags: they lie before the pictures.
        found = read_container_types(path)
        return f"container tag: {found[0]}" if found else "container tag: none was written"
    if suffix == ".avif":
        # Here too: it lies among the pictures' own boxes.
        found = read_source_types(path)
        return f"XMP: digital source type {found[0]}" if found else "XMP: none was written"
    try:
        add_source_type(path, suffix)
    except NoPlaceError as error:
        return f"XMP: none ({error})"
    return f"XMP: digital source type {SOURCE_TYPE.removeprefix(SOURCE_TYPES)}"
