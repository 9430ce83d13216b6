"""A program: reads an HDF5 file and writes what it holds to stdout, for `hdf5_tree`.

libhdf5 believes what the tables in a file say. On a damaged one it may read outside its memory,
which ends the process that it runs in: so it runs in this one, which imports nothing of ours.

Messages are lines of JSON: ``{"path", "attributes"}`` of a group; with ``"shape"`` and ``"dtype"``
of an array, whose bytes follow the line; ``{"link"}``; and last either ``{"error"}`` or
``{"end": true}``.
"""

import contextlib
import json
import sys
from pathlib import Path

import h5py
import numpy as np

# What h5py raises for a file that is cut short, scrambled or lies about itself.
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError)


def main(path: Path, with_arrays: bool) -> None:
    """Writes the messages about a file."""
    try:
        with h5py.File(path, "r") as file:
            _Walk(with_arrays, path.stat().st_size).group(file, "")
    except _DAMAGE as error:
        _send({"error": str(error)})
    else:
        _send({"end": True})


class _Walk:
    """Visits each object of a file once."""

    def __init__(self, with_arrays: bool, file_size: int) -> None:
        self._with_arrays = with_arrays
        # Keras never compresses: arrays larger than their file would only fill the memory.
        self._bytes_left = file_size
        self._seen: set[int] = set()

    def group(self, group: h5py.Group, path: str) -> None:
        self._visit(group, path)
        _send({"path": path, "attributes": _attributes(group)})
        for name in group:
            inner = f"{path}/{name}" if path else name
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                _send({"link": inner})
                continue
            member = group[name]
            if isinstance(member, h5py.Group):
                self.group(member, inner)
            elif isinstance(member, h5py.Dataset):
                self._visit(member, inner)
                if self._with_arrays:
                    self._array(member, inner)

    def _visit(self, member: h5py.Group | h5py.Dataset, path: str) -> None:
        address = h5py.h5o.get_info(member.id).addr
        if address in self._seen:
            raise ValueError(f"{path} stands there under another name too")
        self._seen.add(address)

    def _array(self, dataset: h5py.Dataset, path: str) -> None:
        if dataset.external:
            raise ValueError(f"{path} lies in another file")
        if dataset.dtype.kind not in "fiu":
            raise ValueError(f"{path} holds {dataset.dtype}, not numbers")
        self._bytes_left -= dataset.nbytes
        if self._bytes_left < 0:
            raise ValueError(f"{path} is larger than the whole file")
        values = np.ascontiguousarray(dataset[()])
        head = {"path": path, "attributes": _attributes(dataset)}
        _send({**head, "shape": list(dataset.shape), "dtype": values.dtype.str})
        sys.stdout.buffer.write(values.reshape(-1).view(np.uint8))


def _attributes(member: h5py.Group | h5py.Dataset) -> dict[str, object]:
    return {name: _plain(value) for name, value in member.attrs.items()}


def _plain(value: object) -> object:
    """Text, numbers and lists of them; anything else JSON refuses."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def _send(message: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    with contextlib.suppress(ImportError):  # Windows writes none
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no core file of a crash we await
    main(Path(sys.argv[1]), sys.argv[2] == "arrays")
