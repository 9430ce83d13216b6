"""Checksums of an evaluation's inputs, and its numbers as JSON holds them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facedancer.utils.bounded_json import MEGABYTE
from facedancer.utils.files import digest_of

# Bytes of JSON in a file of results; it grows with the metrics and encoders.
MOST_RESULTS = 16 * MEGABYTE


def sha256_of(path: str | Path) -> str:
    """The checksum of a file, or of a folder's files and their names; "" of what is neither."""
    path = Path(path)
    if path.is_file():
        return digest_of(path)
    total = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else []
    for file in files:
        total.update(f"{file.relative_to(path)} {sha256_of(file)}\n".encode())
    return total.hexdigest() if files else ""


def plain(value: object) -> object:
    """Turns NumPy's numbers and arrays into Python's, and what is not finite into None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
