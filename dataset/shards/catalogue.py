"""``catalogue.npz``: where each record of a data set lies, and what has to be known to choose it.

Shards are files to be read from their beginning; with the catalogue any record can be read at once,
in any order, and samplers can balance identities and poses without reading a single record.
"""

import hashlib
import io
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from facedancer.utils.archives import open_archive
from facedancer.utils.errors import UserError

from .index import ShardIndex

CATALOGUE_NAME = "catalogue.npz"
# A TFRecord's frame: length (8 bytes), its checksum (4), the payload, its checksum (4).
FRAME_HEAD, FRAME_TAIL = 12, 4
# Beside its numbers an array has a head; a name has at most 255 characters of four bytes each.
_HEAD_BYTES, _NAME_BYTES = 4096, 1024
_MOST_BYTES = 2**30
_REMEDY = "make the shards again with dataset/dataset_sharding.py, or copy the folder again"


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The records of a data set in stored order, shard after shard: arrays of N.

    Attributes:
        shard: int32, which of the index's shards holds the record.
        offset: int64, where its payload (not its frame) begins in that file, in bytes.
        length: int32, the payload's length in bytes.
        crc: uint32, `zlib.crc32` of the payload.
        identity: int32, position in ``identities``; -1 if not known.
        yaw: float32, degrees, see `face_quality.head_yaw`; NaN if not known.
        identities: the names, sorted, each with at least one record.
    """

    shard: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    crc: np.ndarray
    identity: np.ndarray
    yaw: np.ndarray
    identities: tuple[str, ...]

    @property
    def count(self) -> int:
        """N, the number of records."""
        return len(self.shard)

    def rows(self, shard: int) -> range:
        """Finds the records of one shard in the arrays."""
        return range(*np.searchsorted(self.shard, [shard, shard + 1]).tolist())

    def ends(self, shard: int) -> np.ndarray:
        """Gives each record's end in its file, in bytes; the last one is the file's size."""
        rows = self.rows(shard)
        part = slice(rows.start, rows.stop)
        return self.offset[part] + self.length[part] + FRAME_TAIL


_DTYPES = {
    "shard": np.int32,
    "offset": np.int64,
    "length": np.int32,
    "crc": np.uint32,
    "identity": np.int32,
    "yaw": np.float32,
}


def write_catalogue(path: Path, catalogue: Catalogue) -> str:
    """Writes the file, which the caller renames with the shards it belongs to. Returns sha256."""
    arrays = {name: np.asarray(getattr(catalogue, name), d) for name, d in _DTYPES.items()}
    buffer = io.BytesIO()
    # Code points, not Python strings: those would need pickle to be read, which runs what it reads.
    np.savez_compressed(buffer, **arrays, identities=np.array(catalogue.identities, np.str_))
    content = buffer.getvalue()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_catalogue(folder: str | Path, index: ShardIndex) -> Catalogue:
    """Reads ``folder/catalogue.npz`` and checks that it belongs to ``index``.

    Raises:
        UserError: there is none, it is damaged, or it belongs to other shards.
    """
    path = Path(folder) / CATALOGUE_NAME
    if not path.is_file():
        raise UserError(f"no {CATALOGUE_NAME} in {folder}; {_REMEDY}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != index.catalogue_sha256:
        raise UserError(
            f"{path} is damaged or belongs to other shards: its sha256 differs from "
            f"the one in the index; {_REMEDY}"
        )
    try:
        _check_members(path, index)
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _DTYPES}
            identities = tuple(map(str, stored["identities"].tolist()))
            if not all(isinstance(array, np.ndarray) for array in arrays.values()):
                raise ValueError("a member is no array")
    # NumPy takes an array's head for Python and reserves whatever it claims: there is no list of
    # what that raises.
    except Exception as error:
        raise UserError(f"{path} is damaged ({error!r}); {_REMEDY}") from error
    catalogue = Catalogue(**arrays, identities=identities)
    _check(path, catalogue, index)
    return catalogue


def check_sizes(folder: str | Path, index: ShardIndex, catalogue: Catalogue) -> None:
    """Compares the shards' sizes with the catalogue's: finds at once what was cut short or swapped.

    Raises:
        UserError: a file is of another size; names it, and the first record that it cuts.
    """
    for number, shard in enumerate(index.shards):
        ends = catalogue.ends(number)
        path = Path(folder) / shard.file
        size = path.stat().st_size
        if size != ends[-1]:
            where = (
                f", record {np.sum(ends <= size)} is cut off" if size < ends[-1] else " is too long"
            )
            raise UserError(f"{path}{where}: it has {size} bytes, not {ends[-1]}; {_REMEDY}")


def _check_members(path: Path, index: ShardIndex) -> None:
    """Refuses members that would unpack to more than their arrays can have.

    Raises:
        ValueError: one does, or the archive is damaged.
    """
    most = {f"{name}.npy": np.dtype(d).itemsize * index.count for name, d in _DTYPES.items()}
    most["identities.npy"] = _NAME_BYTES * max(1, index.identities)
    with open_archive(path) as archive:
        for info in archive.infolist():
            if info.file_size > min(most.get(info.filename, 0), _MOST_BYTES) + _HEAD_BYTES:
                raise ValueError(f"{info.filename[:80]} in it has {info.file_size:,} bytes")


def _check(path: Path, catalogue: Catalogue, index: ShardIndex) -> None:
    arrays = [getattr(catalogue, f.name) for f in fields(catalogue) if f.name in _DTYPES]
    if any(array.shape != (index.count,) for array in arrays):
        raise UserError(f"{path} does not belong to the index next to it; {_REMEDY}")
    counts = np.array([shard.count for shard in index.shards])
    stored_order = np.repeat(np.arange(len(counts)), counts)
    if (
        any(array.dtype != dtype for array, dtype in zip(arrays, _DTYPES.values(), strict=True))
        or not np.array_equal(catalogue.shard, stored_order)
        or len(catalogue.identities) != index.identities
        or not np.all((catalogue.identity >= -1) & (catalogue.identity < index.identities))
        or not _is_gapless(catalogue, np.cumsum(counts) - counts)
    ):
        raise UserError(f"{path} does not belong to the index next to it; {_REMEDY}")


def _is_gapless(catalogue: Catalogue, firsts: np.ndarray) -> bool:
    """Tells whether records lie one behind the other in each shard, from its beginning on."""
    if np.any(catalogue.length < 0):
        return False
    begins = np.concatenate(
        [[0], np.cumsum(catalogue.length.astype(np.int64) + FRAME_HEAD + FRAME_TAIL)]
    )
    in_shard = begins[:-1] - begins[firsts][catalogue.shard]
    return np.array_equal(catalogue.offset, in_shard + FRAME_HEAD)
