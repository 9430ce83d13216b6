"""Network files that processes of their own read while this one still imports TensorFlow."""

import contextlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..archives import ArchiveError, extract_member, open_archive
from .hdf5_tree import MOST_FILE_BYTES, reading_ahead
from .kinds import find_in_folder

# The member of a ``.keras`` archive that holds its weights.
WEIGHTS = "model.weights.h5"
_HDF5 = b"\x89HDF"

# By an archive's path, where its weights lie unpacked.
_unpacked: dict[Path, Path] = {}


@contextlib.contextmanager
def loading_ahead(paths: Iterable[str | Path]) -> Iterator[None]:
    """Begins to read the weights of networks that the block loads.

    What cannot be read is passed over here: whoever loads it says what is wrong.

    Args:
        paths: as people name networks: files of any form, and folders.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        asked: list[tuple[Path, bool]] = []
        for number, path in enumerate(map(Path, paths)):
            with contextlib.suppress(ArchiveError, OSError):
                asked += _asked(path, Path(folder) / f"{number}.h5", stack)
        stack.enter_context(reading_ahead(asked))
        yield


def unpack_weights(path: Path, target: Path) -> Path:
    """The weights of a ``.keras`` archive as a file: ``target``, or one that was made ahead.

    Raises:
        ArchiveError: it holds none, or is damaged.
    """
    if (unpacked := _unpacked.pop(path, None)) is not None:
        return unpacked
    with open_archive(path) as archive:
        extract_member(archive, WEIGHTS, target, MOST_FILE_BYTES)
    return target


def _asked(path: Path, target: Path, stack: contextlib.ExitStack) -> list[tuple[Path, bool]]:
    """The HDF5 files that loading a network will read, and whether with arrays."""
    if path.is_dir():
        found = find_in_folder(path)
        path = path if found is None else found.path
    if not path.is_file():
        return []
    if zipfile.is_zipfile(path):
        _unpacked[path] = unpack_weights(path, target)
        stack.callback(_unpacked.pop, path, None)
        return [(target, True)]
    with path.open("rb") as file:
        is_hdf5 = file.read(len(_HDF5)) == _HDF5
    # Without arrays to see what file it is.
    return [(path, False), (path, True)] if is_hdf5 else []
