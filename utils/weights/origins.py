"""Notes inside a network's file: the encoder that a generator learnt by, and what a copy is of.

A ``.keras`` archive holds them as the member ``facedancer.json``, a SavedModel as
``assets.extra/facedancer.json``, a LiteRT file as a metadata buffer of that name. They are JSON:
``{"encoder": {"name": "arcface.keras", "sha256": "..."}}``.
"""

import dataclasses
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..archives import open_archive, read_member
from ..bounded_json import parse_json
from ..errors import UserError
from .kinds import Kind, ModelFile

NOTES = "facedancer.json"
# The keys. A generator learnt by two encoders at most, and swapping needs only the first; a network
# may have been written again in another form.
ENCODER, SECOND_ENCODER, COPY_OF = _KEYS = "encoder", "second_encoder", "copy_of"
_IN_SAVED_MODEL = Path("assets.extra") / NOTES
# Notes are a few hundred bytes; a longer member is none of ours.
_MOST_BYTES = 65_536


@dataclasses.dataclass(frozen=True)
class Origin:
    """The very file that a network is, whatever form it was copied to since.

    Attributes:
        name: the file's, without folders.
        sha256: hexadecimal, of its bytes; None: nobody knows, or the code itself makes the network.
    """

    name: str
    sha256: str | None = None

    def __str__(self) -> str:
        return f"{self.name} (sha256 {self.sha256[:12]})" if self.sha256 else self.name


def to_json(notes: dict[str, Origin]) -> dict[str, dict[str, str | None]]:
    """The notes as JSON has them."""
    return {key: dataclasses.asdict(origin) for key, origin in notes.items()}


def write_notes(path: Path, notes: dict[str, Origin]) -> None:
    """Adds notes to a ``.keras`` file that was just written, or to a SavedModel's folder.

    Args:
        path: the file or folder. It is changed in place: it must not have its final name yet.
        notes: by one of the keys above; none leave the file as it is.
    """
    if not notes:
        return
    text = json.dumps(to_json(notes), indent=1) + "\n"
    if path.is_dir():
        (path / _IN_SAVED_MODEL).parent.mkdir(exist_ok=True)
        (path / _IN_SAVED_MODEL).write_text(text)
        return
    with zipfile.ZipFile(path, "a") as archive:
        # An entry of this kind has a fixed date, so that equal networks stay equal files.
        archive.writestr(zipfile.ZipInfo(NOTES), text)


def read_notes(found: ModelFile) -> dict[str, Origin]:
    """The notes of a network's file; none where it has none.

    Raises:
        UserError: they are damaged.
    """
    try:
        text = _text(found)
        if text is None:
            return {}
        notes = parse_json(text, _MOST_BYTES).items()
        return {key: _origin(note) for key, note in notes if key in _KEYS}
    # What JSON of another form and flatbuffers raise for damaged bytes; an ArchiveError is a
    # ValueError.
    except (OSError, ValueError, TypeError, AttributeError, LookupError, struct.error) as error:
        raise UserError(
            f"{found.path} has a damaged record of its encoder ({error!r}): copy it again"
        ) from error


def _origin(note: dict[str, object]) -> Origin:
    name, sha256 = note["name"], note["sha256"]
    if not isinstance(name, str) or not isinstance(sha256, str | None):
        raise ValueError("name and sha256 must be strings")
    return Origin(name, sha256)


def _text(found: ModelFile) -> bytes | None:
    if found.kind is Kind.SAVED_MODEL:
        path = found.path / _IN_SAVED_MODEL
        return _short(path.stat().st_size, path.read_bytes) if path.is_file() else None
    if found.kind is Kind.LITE:
        return _lite_text(found.path)
    if found.kind not in (Kind.KERAS, Kind.RUN, Kind.CHECKPOINT):
        return None
    with open_archive(found.path) as archive:
        return read_member(archive, NOTES, _MOST_BYTES) if NOTES in archive.namelist() else None


def _short(size: int, read: Callable[[], bytes]) -> bytes:
    if size > _MOST_BYTES:
        raise ValueError(f"{NOTES} of {size} bytes")
    return read()


def _lite_text(path: Path) -> bytes | None:
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    for number in range(model.MetadataLength()):
        entry = model.Metadata(number)
        if entry.Name() == NOTES.encode():
            data = model.Buffers(entry.Buffer()).DataAsNumpy()
            return _short(len(data), data.tobytes)
    return None
