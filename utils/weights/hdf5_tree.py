"""HDF5 files as plain data, read in a process of their own: a damaged one can't end ours."""

import contextlib
import math
import operator
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import h5py
import numpy as np

from ..bounded_json import MEGABYTE, parse_json

_CHILD = Path(__file__).with_name("hdf5_child.py")
# Four times the widest generator of the paper at 512 pixels.
MOST_BYTES = 640 * MEGABYTE
# The same with the tables that an HDF5 file has with its arrays.
MOST_FILE_BYTES = MOST_BYTES + 64 * MEGABYTE
# What a child may say, apart from arrays.
_MOST_TALK = 64 * MEGABYTE


class Hdf5Error(ValueError):
    """A file is no HDF5, or damaged. The message does not name it."""


@dataclass(frozen=True)
class ArrayHead:
    """The facts about an array before it is read."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def count(self) -> int:
        """The number of its numbers."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """In bytes."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class Hdf5Tree:
    """The content of a file. Paths are as in HDF5, without a leading slash; the root's is empty.

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
        """Tells whether a group lies at a path."""
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


Accept = Callable[[Mapping[str, ArrayHead], Hdf5Tree], None]


class Hdf5Reading:
    """A child that reads a file; it waits with the arrays until somebody takes them.

    A context manager, which ends the child.

    Args:
        path: of the file.
        with_arrays: as for `read_hdf5`.
    """

    def __init__(self, path: Path, with_arrays: bool = True) -> None:
        # It finds the packages where we did, but nothing of ours; -P keeps utils/ out of its way.
        # Each thread that it does not need would take from its memory.
        search_path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": search_path, "OPENBLAS_NUM_THREADS": "1"}
        self._most_bytes = MOST_BYTES if with_arrays else 0
        self._path = path
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD), str(path), str(self._most_bytes)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    def tree(self, accept: Accept) -> Hdf5Tree:
        """The content; see `read_hdf5`. To be asked for once."""
        child = self._child
        try:
            most_bytes = min(self._most_bytes, self._path.stat().st_size)
            tree = _receive(child.stdout, most_bytes, accept)
        finally:
            # A child that is not through need not go on.
            child.stdout.close()
        status = child.wait()
        if status == 1:  # Python's own, for a fault that is not the file's
            self._complaints.seek(0)
            complaints = self._complaints.read().decode(errors="replace")
            raise RuntimeError(f"{child.args} failed: {complaints}")
        if tree is None or status != 0:
            name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
            raise Hdf5Error(f"the HDF5 library crashed on it ({name})")
        return tree

    def close(self) -> None:
        """Ends the child, whether or not anybody took what it read."""
        self._child.stdout.close()
        self._child.wait()
        self._complaints.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


# By path, and whether with arrays: files that are being read before anybody asks (`reading_ahead`).
_ahead: dict[tuple[Path, bool], Hdf5Reading] = {}


@contextlib.contextmanager
def reading_ahead(asked: Iterable[tuple[Path, bool]]) -> Iterator[None]:
    """Starts children now; within the block `read_hdf5` finds them at work, once each.

    Args:
        asked: path, and whether with arrays, of each.
    """
    with contextlib.ExitStack() as stack:
        for one in asked:
            _ahead[one] = stack.enter_context(Hdf5Reading(*one))
            stack.callback(_ahead.pop, one, None)
        yield


def read_hdf5(
    path: Path,
    with_arrays: bool = True,
    accept: Accept = lambda heads, tree: None,
) -> Hdf5Tree:
    """Reads a whole file, or all of it but its arrays.

    The arrays come through a pipe, one at a time: the memory holds them once.

    Args:
        path: of the file.
        with_arrays: False to leave them out, whatever they hold.
        accept: is called with what is known of each array, and with all else that is in the file,
            before memory is reserved for any array; what it raises is raised.

    Raises:
        Hdf5Error: it is no HDF5, cut short or scrambled, or holds what Keras never writes: arrays
            of something else than numbers, in another file, compressed, larger than the file or
            than `MOST_BYTES`, of two names; or names and attributes by the megabyte.
    """
    with _ahead.pop((path, with_arrays), None) or Hdf5Reading(path, with_arrays) as reading:
        return reading.tree(accept)


def _receive(stream: BinaryIO, bytes_left: int, accept: Accept) -> Hdf5Tree | None:
    """Takes a child's messages; None where they break off.

    A child that read a damaged file may be out of its mind: nothing it says is taken on trust.

    Raises:
        Hdf5Error: it says that the file is damaged, or makes no sense.
    """
    tree, heads, talk_left = Hdf5Tree(), {}, _MOST_TALK
    while line := stream.readline(talk_left):
        talk_left -= len(line)
        try:
            message = parse_json(line, _MOST_TALK)
            if "end" in message:
                return tree
            if "error" in message:
                raise Hdf5Error(str(message["error"]))
            if "link" in message:
                tree.links.add(str(message["link"]))
            elif "arrays" not in message:
                path = str(message["path"])
                tree.attributes[path] = dict(message["attributes"])
                if "shape" in message:
                    heads[path] = head = _head(message["shape"], message["dtype"])
                    bytes_left -= head.size
                    if bytes_left < 0:
                        raise ValueError(f"{path} is larger than the file")
        except (ValueError, TypeError, KeyError) as error:
            if isinstance(error, Hdf5Error):
                raise
            raise Hdf5Error(f"the HDF5 library got lost in it ({error!r})") from error
        if "arrays" in message:
            accept(heads, tree)
            for path, head in heads.items():
                values = np.empty(head.shape, head.dtype)
                if stream.readinto(values.reshape(-1).view(np.uint8)) != values.nbytes:
                    return None
                tree.arrays[path] = values
    return None


def _head(shape: list[int], dtype: str) -> ArrayHead:
    """Reads what an array says it is.

    Raises:
        ValueError, TypeError: no array of numbers is so.
    """
    head = ArrayHead(tuple(map(operator.index, shape)), np.dtype(dtype))
    if head.dtype.kind not in "fiu":
        raise ValueError(f"{dtype} are no numbers")
    # NumPy counts sides of 0 as 1 here.
    if min(shape, default=0) < 0 or math.prod(side or 1 for side in shape) > MOST_BYTES:
        raise ValueError(f"an array of {shape} is larger than the file, or any network's")
    return head
