"""A ``.keras`` file with its weights in float16: half as large, and read by Keras as ever.

Keras casts a stored array to its variable's dtype, so the network computes as before, in float32,
with weights that were rounded once.
"""

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import h5py
import keras
import numpy as np

from ..archives import open_archive, read_member
from ..bounded_json import parse_json
from ..errors import UserError
from ..files import written_whole
from .hdf5_tree import MOST_FILE_BYTES
from .origins import NOTES, Origin, to_json

_WEIGHTS, _METADATA, _CONFIG = "model.weights.h5", "metadata.json", "config.json"
# Keras notes when a file was written, which would make every file another.
_NO_DATE = "1980-01-01@00:00:00"
_LARGEST = float(np.finfo(np.float16).max)


def pack(source: Path, target: Path, notes: Mapping[str, Origin] = MappingProxyType({})) -> None:
    """Writes ``source``, a ``.keras`` file, again; whole or not at all.

    The same network gives the same bytes.

    Args:
        source: the file. What it says of its origin is kept.
        target: where to.
        notes: what to say of its origin more, see `origins`.

    Raises:
        UserError: a weight is too large for float16.
        ArchiveError: it is no ``.keras`` file, or a damaged one.
    """
    with open_archive(source) as archive:
        contents = {
            name: read_member(archive, name, MOST_FILE_BYTES) for name in archive.namelist()
        }
    contents[_WEIGHTS] = _halved(contents[_WEIGHTS])
    contents[_CONFIG] = _renumbered(contents[_CONFIG])
    metadata = parse_json(contents[_METADATA])
    contents[_METADATA] = json.dumps(metadata | {"date_saved": _NO_DATE}).encode()
    if notes:
        before = parse_json(contents.get(NOTES, b"{}"))
        contents[NOTES] = json.dumps(before | to_json(dict(notes)), indent=1).encode() + b"\n"
    with written_whole(target) as unfinished, zipfile.ZipFile(unfinished, "w") as packed:
        for name, content in contents.items():
            # An entry of this kind has a fixed date.
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)


def save_packed(model: keras.Model, target: Path) -> None:
    """Writes a network as `pack` does.

    Raises:
        UserError: a weight is too large for float16.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "model.keras"
        model.save(source)
        pack(source, target)


def _renumbered(config: bytes) -> bytes:
    """Shared objects numbered in their order, where Keras takes their places in memory."""
    numbers: dict[bytes, int] = {}

    def renumber(match: re.Match[bytes]) -> bytes:
        return b"%s%d" % (match[1], numbers.setdefault(match[2], len(numbers)))

    return re.sub(rb'("shared_object_id": )(\d+)', renumber, config)


def _halved(content: bytes) -> bytes:
    """An HDF5 file with its float32 arrays in float16."""
    result = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as before, h5py.File(result, "w") as after:
        after.attrs.update(before.attrs)

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                copied = after.create_group(name)
            else:
                copied = after.create_dataset(name, data=_rounded(name, item[()]))
            copied.attrs.update(item.attrs)

        before.visititems(copy)
    return result.getvalue()


def _rounded(name: str, values: np.ndarray) -> np.ndarray:
    if values.dtype != np.float32:
        return values
    # Not finite is no less wrong in float32.
    if np.any(np.abs(values) > _LARGEST):
        raise UserError(
            f"{name} holds values outside the range of float16: keep this network in float32"
        )
    return values.astype(np.float16)
