"""Zip archives that others may have written, read within bounds.

`zipfile` believes what an archive says of itself: a list of a million members, or a few bytes that
become gigabytes, would fill the memory.
"""

import contextlib
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

# What the standard library raises for an archive whose tables or contents are damaged.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, IndexError),
)
_MOST_MEMBERS = 64
_MOST_LIST_BYTES = 2**16
# The record at an archive's end: mark, six fields, the list's size and place, a comment's length.
_END, _END_MARK, _MOST_COMMENT = struct.Struct("<4s4H2LH"), b"PK\5\6", 2**16
_LARGE_END_MARK, _LARGE_END_SIZE = b"PK\6\7", 20


class ArchiveError(ValueError):
    """An archive is damaged, or larger than any of ours. The message does not name it."""


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive of few members, each with a name of its own; nothing is unpacked yet.

    What goes wrong with it within the block is an `ArchiveError` as well.

    Raises:
        ArchiveError: it is damaged, or an archive of many members.
    """
    try:
        _check_list(path)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(set(names)) < len(names):
                raise ArchiveError("two members of the archive have one name")
            yield archive
    except ArchiveError:
        raise
    except _DAMAGE as error:
        raise ArchiveError(f"the file is damaged: {error}") from error


def read_member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """A member's content.

    Raises:
        ArchiveError: there is no such member, it is damaged or larger than ``most_bytes``.
    """
    with _open_member(archive, name, most_bytes) as (member, size):
        content = member.read(size + 1)
    if len(content) != size:
        raise ArchiveError(f"the file is damaged: {name} in it is of another size than it says")
    return content


def extract_member(archive: zipfile.ZipFile, name: str, target: Path, most_bytes: int) -> None:
    """Writes a member's content into a new file.

    Raises:
        ArchiveError: as `read_member`.
    """
    with _open_member(archive, name, most_bytes) as (member, _), target.open("xb") as file:
        # zipfile gives no more than the size that was checked.
        shutil.copyfileobj(member, file, 2**20)


@contextlib.contextmanager
def _open_member(
    archive: zipfile.ZipFile, name: str, most_bytes: int
) -> Iterator[tuple[zipfile.ZipExtFile, int]]:
    if name not in archive.namelist():
        raise ArchiveError(f"there is no {name} in the archive")
    info = archive.getinfo(name)
    if info.file_size > most_bytes:
        raise ArchiveError(f"{name} in it has {info.file_size:,} bytes: that is no network")
    # The others may need gigabytes for a few bytes, and Keras uses none of them.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{name} in it is compressed in an unusual way")
    try:
        with archive.open(info) as member:
            yield member, info.file_size
    except _DAMAGE as error:
        if isinstance(error, zipfile.BadZipFile) and "CRC" in str(error):
            raise ArchiveError(f"the file is damaged: {name} in it fails its checksum") from error
        raise ArchiveError(f"the file is damaged: {name} in it cannot be read ({error})") from error


def _check_list(path: Path) -> None:
    """Refuses a list of members that is long, before `zipfile` makes an object of each."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _MOST_COMMENT - _END.size - _LARGE_END_SIZE))
        tail = file.read()
    place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        raise ArchiveError("the file is damaged: the archive's end is missing")
    _, _, _, _, count, list_size, _, _ = _END.unpack_from(tail, place)
    large = tail[max(0, place - _LARGE_END_SIZE) : place].startswith(_LARGE_END_MARK)
    if large or count > _MOST_MEMBERS or list_size > _MOST_LIST_BYTES:
        raise ArchiveError(f"the archive has more than {_MOST_MEMBERS} members: that is no network")
