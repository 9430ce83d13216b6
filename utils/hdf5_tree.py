"""HDF5 files as plain data, read in a process of their own: a damaged one can't end ours."""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

_CHILD = Path(__file__).with_name("hdf5_child.py")


class Hdf5Error(ValueError):
    """A file is no HDF5, or damaged. The message does not name it."""


@dataclass(frozen=True, eq=False)
class Hdf5Tree:
    """What a file holds. Paths are as in HDF5, without a leading slash; the root's is empty.

    Attributes:
        attributes: by the path of each group, and of each array that was read: text, numbers, lists
            of them.
        arrays: by path, in the file's order.
        links: paths of soft and external links, which are not followed.
    """

    attributes: dict[str, dict[str, object]] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)

    def is_group(self, path: str) -> bool:
        """Whether a group lies at a path."""
        return path in self.attributes and path not in self.arrays

    def write(self, path: Path) -> None:
        """Writes groups, attributes and arrays into a new file."""
        with h5py.File(path, "w") as file:
            for name, attributes in self.attributes.items():
                if name in self.arrays:
                    member = file.create_dataset(name, data=self.arrays[name])
                else:
                    member = file.require_group(name) if name else file
                for attribute, value in attributes.items():
                    member.attrs[attribute] = value


def read_hdf5(path: Path, with_arrays: bool = True) -> Hdf5Tree:
    """Reads a whole file, or all of it but its arrays.

    The arrays come through a pipe, one at a time: the memory holds them once.

    Args:
        path: of the file.
        with_arrays: False to leave them out, whatever they hold.

    Raises:
        Hdf5Error: it is no HDF5, cut short or scrambled, or holds what Keras never writes: arrays
            of something else than numbers, in another file, larger than the file, of two names.
    """
    # It finds the packages where we did, but nothing of ours; -P keeps utils/ out of its way.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", str(_CHILD), str(path), "arrays" if with_arrays else "names"]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as child,
    ):
        try:
            tree = _receive(child.stdout, path.stat().st_size)
        finally:
            # A child that is not through need not go on.
            child.stdout.close()
        status = child.wait()
        if status == 1:  # Python's own, for a fault that is not the file's
            complaints.seek(0)
            raise RuntimeError(f"{command} failed: {complaints.read().decode(errors='replace')}")
    if tree is None or status != 0:
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        raise Hdf5Error(f"the HDF5 library crashed on it ({name})")
    return tree


def _receive(stream: BinaryIO, file_size: int) -> Hdf5Tree | None:
    """Takes a child's messages; None where they break off.

    A child that read a damaged file may be out of its mind: nothing it says is taken on trust.

    Raises:
        Hdf5Error: it says that the file is damaged, or makes no sense.
    """
    tree, bytes_left = Hdf5Tree(), file_size
    for line in stream:
        try:
            message = json.loads(line)
            if "end" in message:
                return tree
            if "error" in message:
                raise Hdf5Error(message["error"])
            if "link" in message:
                tree.links.add(str(message["link"]))
                continue
            path = str(message["path"])
            tree.attributes[path] = dict(message["attributes"])
            if "shape" in message:
                values = _empty(message["shape"], message["dtype"], bytes_left)
                if stream.readinto(values.reshape(-1).view(np.uint8)) != values.nbytes:
                    return None
                bytes_left -= values.nbytes
                tree.arrays[path] = values
        except (ValueError, TypeError, KeyError) as error:
            if isinstance(error, Hdf5Error):
                raise
            raise Hdf5Error(f"the HDF5 library got lost in it ({error!r})") from error
    return None


def _empty(shape: list[int], dtype: str, bytes_left: int) -> np.ndarray:
    """An array to be filled.

    Raises:
        ValueError, TypeError: no such array of numbers, or more than ``bytes_left``.
    """
    if np.dtype(dtype).kind not in "fiu":
        raise ValueError(f"{dtype} are no numbers")
    if math.prod(shape) * np.dtype(dtype).itemsize > bytes_left:
        raise ValueError(f"{shape} is larger than the file")
    return np.empty(shape, dtype)
