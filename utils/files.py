"""Files that appear whole or not at all, their checksums, and the JSON in them."""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from .bounded_json import MEGABYTE, parse_json
from .errors import not_written
from .naming import beside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What ends so, or has this before its suffix, is being written; whoever finds it may remove it.
UNFINISHED = ".unfinished"


@contextlib.contextmanager
def written_whole(
    path: Path, suffix: str = "", within: Path | None = None, is_durable: bool = True
) -> Iterator[Path]:
    """Gives the place to write a file to: it gets its name when the block ends well.

    That place is the hidden neighbour ``.NAME.unfinished``. However else the block ends, nothing is
    left there. The folder is made if it is missing.

    Args:
        path: the file's name in the end; overwritten.
        suffix: put behind the neighbour's name, for libraries that look at it.
        within: a folder on the same disk for the unfinished file, in place of the neighbour's,
            under a name of its own: for a file that several processes may write at once. The last
            one stays.
        is_durable: wait for the disk, so that a power failure, too, leaves either the former file
            or this one. False is for pictures by the thousand, which can be made again.

    Raises:
        UnwrittenError: it cannot be written there: the disk is full, the name too long, or the
            like.
    """
    if within is None:
        unfinished = beside(path, ".", UNFINISHED + suffix)
    else:
        unfinished = within / f".{uuid.uuid4().hex}{UNFINISHED}{suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        if is_durable:
            put_in_place(unfinished, path)
        else:
            unfinished.replace(path)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        # A name too long, or a file for a folder: then there is nothing to remove.
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_text(path: Path, within: Path | None = None) -> Iterator[TextIO]:
    """Opens a text file (UTF-8) to be written piece by piece; see `written_whole`."""
    with (
        written_whole(path, within=within) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as file,
    ):
        yield file


def write_bytes(
    path: Path, content: bytes, within: Path | None = None, is_durable: bool = True
) -> None:
    """Writes a file; see `written_whole`."""
    with written_whole(path, within=within, is_durable=is_durable) as unfinished:
        unfinished.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Writes a text file (UTF-8); see `written_whole`."""
    write_bytes(path, text.encode())


def write_json(path: Path, content: object) -> None:
    """Writes JSON; see `written_whole`.

    Raises:
        ValueError: it holds NaN or infinity, which are no JSON.
    """
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], is_compressed: bool = False) -> None:
    """Writes an ``.npz``; see `written_whole`."""
    save = np.savez_compressed if is_compressed else np.savez
    with written_whole(path) as unfinished, unfinished.open("wb") as file:
        save(file, **arrays)


def write_figure(path: Path, figure: "Figure") -> None:
    """Writes a PNG; see `written_whole`."""
    with written_whole(path) as unfinished:
        figure.savefig(unfinished, format="png")


def read_json(path: Path, most_bytes: int = MEGABYTE) -> Any:
    """Reads a file of UTF-8, with or without a byte order mark.

    Raises:
        ValueError: see `parse_json`. The message does not name the file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    return parse_json(content, most_bytes)


def digest_of(path: Path, algorithm: str = "sha256") -> str:
    """The hexadecimal hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def identify(path: Path) -> list[Any]:
    """Tells a file or folder from another one, and from itself after a change.

    Returns:
        Its place, its size in bytes and when it was last changed, as JSON has them. Cheap: nothing
        of it is read.
    """
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    stats = [file.stat() for file in files]
    return [
        str(path.resolve()),
        sum(s.st_size for s in stats),
        max((s.st_mtime_ns for s in stats), default=0),
    ]


def put_in_place(unfinished: Path, place: Path) -> None:
    """Gives a finished file or folder its name, on the disk too.

    A former folder of that name first goes aside whole, and then away. A former file is replaced.

    Args:
        unfinished: a file, which is flushed; or a folder, whose files its writer flushes.
        place: its name in the end, on the same disk.
    """
    if unfinished.is_dir():
        if place.exists():
            replaced = beside(place, ".", ".replaced")
            shutil.rmtree(replaced, ignore_errors=True)
            place.rename(replaced)
            unfinished.rename(place)
            shutil.rmtree(replaced, ignore_errors=True)
        else:
            unfinished.rename(place)
    else:
        flush(unfinished)
        unfinished.replace(place)
    flush(place.parent)


def move_whole(source: Path, place: Path) -> None:
    """Moves a file to another folder, on the same disk or not; it replaces a former file there.

    Stopped midway, it lies at both places or at the first one, and nowhere in half.

    Raises:
        UnwrittenError: it cannot be written there.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        source.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise not_written(place, error) from error
        with written_whole(place) as unfinished:
            shutil.copy2(source, unfinished)
        source.unlink()


def set_aside(path: Path, folder: Path, name: str) -> Path:
    """Moves a file or folder out of the way, and replaces nothing that went before.

    Args:
        path: it.
        folder: where it goes, on the same disk.
        name: what it is called there, followed by the first free number.

    Returns:
        Its new place, such as ``NAME.1``.

    Raises:
        UnwrittenError: it cannot be moved there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = {one.name for one in folder.iterdir()}
        numbered = (f"{name}.{number}" for number in itertools.count(1))
        return path.rename(folder / next(one for one in numbered if one not in taken))
    except OSError as error:
        raise not_written(folder, error) from error


def remove_at_once(folder: Path, aside: Path) -> None:
    """Removes a folder of which half must never be taken for the whole.

    Args:
        folder: it.
        aside: the name under which it goes away, on the same disk; whoever finds that may remove
            it.
    """
    folder.replace(aside)
    shutil.rmtree(aside)


def flush(path: Path) -> None:
    """Waits until a file's bytes, or a folder's list of names, are on the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # Some network mounts cannot do it for folders, and need not; a folder may be written into
        # by those who may not list it.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):
            raise
