"""A program: reads an HDF5 file and writes what it holds to stdout, for `hdf5_tree`.

libhdf5 believes what the tables in a file say. On a damaged one it may read outside its memory,
reserve more than there is, or go round in a circle: so it runs in this process, which imports
nothing of ours and has limits of memory and processor time.

Messages are lines of JSON: ``{"path", "attributes"}`` of a group; with ``"shape"`` and ``"dtype"``
of an array; ``{"link"}``; then ``{"arrays": true}``, after which the bytes of each array follow in
that order; and last either ``{"error"}`` or ``{"end": true}``.
"""

import contextlib
import json
import math
import os
import sys
from pathlib import Path

import h5py
import numpy as np

# No network of faces comes near to any of these.
_MOST_MEMBERS = 20_000
_MOST_DEPTH = 60
_MOST_ATTRIBUTES = 1_000
_MOST_ATTRIBUTE_BYTES = 16 * 2**20
_MOST_NAME = 1_000
_PIECE = 16 * 2**20
_SHOWN = 200
# Beyond what Python, h5py and one piece need.
_MEMORY = 512 * 2**20
_SECONDS = 10


def main(path: Path, most_bytes: int) -> None:
    """Writes the messages about a file.

    Args:
        path: of the file.
        most_bytes: that its arrays may have, all together; 0 leaves all arrays out.
    """
    try:
        with h5py.File(path, "r") as file:
            walk = _Walk(min(most_bytes, path.stat().st_size))
            walk.group(file, "", 0)
            _send({"arrays": True})
            for dataset in walk.arrays:
                _send_values(dataset)
    except BrokenPipeError:
        os._exit(0)  # Nobody wants to know any more.
    # The file alone decides what h5py, NumPy and Python meet on the way.
    except Exception as error:
        _send({"error": _clipped(str(error) or type(error).__name__)})
    else:
        _send({"end": True})


class _Walk:
    """Visits each object of a file once."""

    def __init__(self, bytes_left: int) -> None:
        self._with_arrays = bytes_left > 0
        # Keras never compresses: arrays larger than their file would only fill the memory.
        self._bytes_left = bytes_left
        self._attribute_bytes_left = _MOST_ATTRIBUTE_BYTES
        self._seen: set[int] = set()
        self.arrays: list[h5py.Dataset] = []

    def group(self, group: h5py.Group, path: str, depth: int) -> None:
        self._visit(group, path)
        if depth > _MOST_DEPTH:
            raise ValueError(f"groups lie more than {_MOST_DEPTH} deep in each other")
        if len(group) > _MOST_MEMBERS:
            raise ValueError(f"{path or 'the root'} has {len(group)} members")
        _send({"path": path, "attributes": self._attributes(group)})
        for name in group:
            _check_name(name)
            inner = f"{path}/{name}" if path else name
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                self._count(inner)
                _send({"link": inner})
                continue
            member = group[name]
            if isinstance(member, h5py.Group):
                self.group(member, inner, depth + 1)
            elif isinstance(member, h5py.Dataset):
                self._visit(member, inner)
                if self._with_arrays:
                    self._array(member, inner)

    def _visit(self, member: h5py.Group | h5py.Dataset, path: str) -> None:
        address = h5py.h5o.get_info(member.id).addr
        if address in self._seen:
            raise ValueError(f"{path} stands there under another name too")
        self._count(address)

    def _count(self, member: int | str) -> None:
        self._seen.add(member)
        if len(self._seen) > _MOST_MEMBERS:
            raise ValueError(f"it has more than {_MOST_MEMBERS} members")

    def _array(self, dataset: h5py.Dataset, path: str) -> None:
        if dataset.external or dataset.is_virtual:
            raise ValueError(f"{path} lies in another file")
        if dataset.dtype.kind not in "fiu":
            raise ValueError(f"{path} holds {_clipped(str(dataset.dtype))}, not numbers")
        # Not `nbytes`, which is 0 for sides whose product is 2^64.
        self._bytes_left -= math.prod(dataset.shape) * dataset.dtype.itemsize
        if self._bytes_left < 0:
            raise ValueError(f"{path} is larger than the whole file, or than any network's")
        if dataset.chunks is not None:
            raise ValueError(f"{path} is stored in pieces or compressed, as Keras never does")
        head = {"path": path, "attributes": self._attributes(dataset)}
        _send({**head, "shape": list(dataset.shape), "dtype": dataset.dtype.str})
        self.arrays.append(dataset)

    def _attributes(self, member: h5py.Group | h5py.Dataset) -> dict[str, object]:
        if len(member.attrs) > _MOST_ATTRIBUTES:
            raise ValueError(f"{len(member.attrs)} attributes at one place")
        found = {}
        for name in member.attrs:
            _check_name(name)
            entry = member.attrs.get_id(name)
            self._spend(math.prod(entry.shape) * entry.dtype.itemsize, name)
            found[name] = value = _plain(member.attrs[name])
            # What stands there by reference, too.
            self._spend(len(json.dumps(value)), name)
        return found

    def _spend(self, count: int, name: str) -> None:
        self._attribute_bytes_left -= count
        if self._attribute_bytes_left < 0:
            raise ValueError(f"its attributes are too large, {name} is one of them")


def _send_values(dataset: h5py.Dataset) -> None:
    """The bytes of an array, some at a time."""
    if not dataset.shape:
        _write(dataset[()])
        return
    row = math.prod(dataset.shape[1:]) * dataset.dtype.itemsize
    rows = max(1, _PIECE // max(1, row))
    for start in range(0, dataset.shape[0], rows):
        _write(dataset[start : start + rows])


def _write(values: np.ndarray) -> None:
    values = np.ascontiguousarray(values)
    sys.stdout.buffer.write(values.reshape(-1).view(np.uint8))


def _check_name(name: str) -> None:
    if not name.isprintable() or len(name) > _MOST_NAME:
        raise ValueError(f"a name in it is no word: {_clipped(ascii(name))}")


def _plain(value: object) -> object:
    """Text, numbers and lists of them; anything else JSON refuses."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def _clipped(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _send(message: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")


def _limit() -> None:
    """Gives this process its limits, where the system knows such: a loop or a flood ends it."""
    with contextlib.suppress(ImportError):  # Windows has none
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no core file of a crash we await
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        with contextlib.suppress(ValueError, OSError):  # macOS takes none
            resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit()
    main(Path(sys.argv[1]), int(sys.argv[2]))
