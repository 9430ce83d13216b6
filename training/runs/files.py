"""Files that appear whole or not at all, also if the power fails, and their fingerprints."""

import errno
import hashlib
import os
from pathlib import Path

# What begins so is being written or removed; whoever finds it may delete it.
UNFINISHED = ".unfinished_"


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes ``content`` beside ``path``, then puts it there in one move."""
    unfinished = path.with_name(UNFINISHED + path.name)
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    flush(unfinished)
    unfinished.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Waits until a file's bytes, or a folder's list of names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network mounts cannot do it for folders, and need not.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
