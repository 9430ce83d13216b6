"""Tells by its content what lies at a path that a user gives for a network."""

import enum
import functools
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..archives import ArchiveError, open_archive
from ..errors import UserError
from ..files import digest_of
from .hdf5_tree import Hdf5Error, read_hdf5
from .legacy_h5 import is_legacy, keras_version

# What a run's folder and each of its checkpoints hold.
GENERATOR_FILE = "generator.keras"
_CHECKPOINT_MANIFEST = "manifest.json"
_SAVED_MODEL = "saved_model.pb"
_MOST_REASON = 600
# How much of a file's beginning tells what it is, where no library does.
_HEAD = 200
# Bytes 4 to 8 of a LiteRT file.
_LITE_MARK = b"TFL3"
# The number of files whose kind is remembered.
_REMEMBERED = 32


class Kind(enum.Enum):
    """The forms in which a network is given."""

    PUBLISHED = "published file"
    KERAS = "Keras model"
    WEIGHTS = "Keras weights"
    SAVED_MODEL = "SavedModel"
    RUN = "training run"
    CHECKPOINT = "checkpoint"
    LITE = "LiteRT file"


@dataclass(frozen=True)
class ModelFile:
    """A network's file or folder, as it was found.

    Attributes:
        path: the file to read; of a run or a checkpoint, the generator in it. A SavedModel's is its
            folder.
        kind: in which form it is.
        keras_version: who wrote a published file, as far as it says.
    """

    path: Path
    kind: Kind
    keras_version: str = ""

    def __str__(self) -> str:
        version = f" (Keras {self.keras_version})" if self.keras_version else ""
        return f"{self.kind.value} {self.path}{version}"


def recognise(path: str | Path, network: str, accepted: str) -> ModelFile:
    """Tells what lies at ``path``, by its content; the file's name does not matter.

    Args:
        path: a file or a folder.
        network: what it is to be, for messages: ``"generator"``.
        accepted: what could be given instead, for messages.

    Raises:
        UserError: nothing lies there, or nothing that holds a network.
    """
    path = Path(path)
    if path.is_dir():
        found = find_in_folder(path)
        if found is None:
            raise UserError(f"no {network} in the folder {path}; {accepted}")
        return found
    if not path.is_file():
        raise UserError(f"no such {network}: {path}; {accepted}")
    state = path.stat()
    try:
        return _file_of(path, (state.st_ino, state.st_size, state.st_mtime_ns))
    except _UnknownError as error:
        raise UserError(f"{path} is {error}; {accepted}") from error


class _UnknownError(ValueError):
    """A file that holds no network; the message says what it is."""


# A command asks again and again about one file: for messages, for its notes, and to load it.
@functools.lru_cache(_REMEMBERED)
def _file_of(path: Path, state: tuple[int, ...]) -> ModelFile:
    """Tells what a file is.

    Args:
        path: the file.
        state: tells it from what lay there before.

    Raises:
        _UnknownError: it holds no network.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        is_archive = zipfile.is_zipfile(file)
    # First: metadata, which is a zip archive, may be behind it.
    if head[4:8] == _LITE_MARK:
        return ModelFile(path, Kind.LITE)
    return _archive_of(path) if is_archive else _hdf5_of(path, head)


def _archive_of(path: Path) -> ModelFile:
    try:
        with open_archive(path) as archive:
            is_keras = "model.weights.h5" in archive.namelist()
    except ArchiveError as error:
        raise _UnknownError(f"no archive of a network ({reason(error)})") from error
    if not is_keras:
        raise _UnknownError("a zip archive, but no Keras model")
    return ModelFile(path, Kind.KERAS)


def _hdf5_of(path: Path, head: bytes) -> ModelFile:
    try:
        tree = read_hdf5(path, with_arrays=False)
    except Hdf5Error as error:
        raise _UnknownError(f"{_look(head)} ({reason(error)})") from error
    if is_legacy(tree):
        version = keras_version(tree)
        if version and not version.startswith(("1.", "2.")):
            raise _UnknownError(
                f"Keras {version}'s copy of the old .h5 format; save the model as .keras"
            )
        return ModelFile(path, Kind.PUBLISHED, version)
    if any(tree.is_group(name) for name in ("vars", "layers", "_layer_checkpoint_dependencies")):
        return ModelFile(path, Kind.WEIGHTS)
    raise _UnknownError("an HDF5 file, but holds no Keras model")


def find_in_folder(folder: Path) -> ModelFile | None:
    """The network of a folder: a SavedModel's, a run's, a checkpoint's, or the newest of versions.

    None: it holds none.
    """
    if is_saved_model(folder):
        return ModelFile(folder, Kind.SAVED_MODEL)
    if (folder / GENERATOR_FILE).is_file():
        is_checkpoint = (folder / _CHECKPOINT_MANIFEST).is_file()
        kind = Kind.CHECKPOINT if is_checkpoint else Kind.RUN
        return ModelFile(folder / GENERATOR_FILE, kind)
    if versions := _versions(folder):
        return ModelFile(versions[-1], Kind.SAVED_MODEL)
    return None


def is_saved_model(path: Path) -> bool:
    """Tells whether a SavedModel's folder lies at a path."""
    return (path / _SAVED_MODEL).is_file()


def _versions(folder: Path) -> list[Path]:
    """The SavedModels of a folder as TF Serving has them, ``1``, ``2``, ...; the newest is last."""
    numbered = (path for path in folder.iterdir() if path.name.isdecimal() and is_saved_model(path))
    return sorted(numbered, key=lambda path: int(path.name))


def fingerprint(path: Path) -> str:
    """The hexadecimal SHA-256 of a network's file; of a SavedModel's folder, that of its files'."""
    if not is_saved_model(path):
        return digest_of(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return hashlib.sha256("".join(map(fingerprint, files)).encode()).hexdigest()


def reason(error: Exception) -> str:
    """An error's message, in one line and not longer than a few of them.

    What Keras and HDF5 say may quote a whole file.
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _MOST_REASON else f"{text[:_MOST_REASON]}..."


def _look(head: bytes) -> str:
    """Describes a file that is no model: by what usually comes in place of one."""
    head = head.lstrip()
    if not head:
        return "an empty file"
    if head.startswith(b"\x89HDF"):
        return "a damaged HDF5 file, cut short perhaps"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, not the file that it points to: download the file itself"
    if head[:1] == b"<":
        return "a web page, not a model: the download went wrong"
    return "neither a Keras nor an HDF5 file"
