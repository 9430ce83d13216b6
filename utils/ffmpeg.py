"""Names of files for FFmpeg, which takes some names for something else."""

import os
from pathlib import Path


def file_url(path: str | Path) -> str:
    """The name by which FFmpeg opens a file, to read or to write it, whatever it is called.

    FFmpeg takes what stands before a colon for a protocol (``clip-12:30.mp4``), and opens what the
    file's name says: ``pipe:0.mp4``, ``http:...``. After ``file:`` a name is a name.
    """
    return f"file:{os.fspath(path)}"
