"""Files of a job: taken in without a copy where the disk can, counted, and records."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from facedancer.inference.faces.choosing import NOBODY, is_nobody
from facedancer.inference.faces.identity_file import IDENTITY_SUFFIX, is_identity_file
from facedancer.utils.files import write_bytes


def size(path: Path) -> int:
    """Bytes of a file; 0 of one that has gone."""
    with contextlib.suppress(OSError):
        return path.lstat().st_size
    return 0


def numbered(paths: Sequence[Path], folder: Path, name: str) -> Iterator[str]:
    """Takes files as ``NAME_1``, ``NAME_2``; their names. Nobody stays what it is."""
    if is_nobody(paths):
        yield NOBODY
        return
    for number, path in enumerate(paths, 1):
        suffix = IDENTITY_SUFFIX if is_identity_file(path) else ""
        yield taken(path, folder / f"{name}_{number}{suffix}")


def taken(path: Path, place: Path) -> str:
    """Puts a file's content into a place, without a copy where the disk can; its name there."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copyfile(path, place)
    return place.name


def write_record(path: Path, content: object, is_durable: bool = True) -> None:
    """Writes JSON, whole or not at all; ``is_durable`` waits for the disk."""
    write_bytes(path, json.dumps(content, allow_nan=False).encode(), is_durable=is_durable)
