"""Files that appear whole or not at all: written next to their place, then renamed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.utils.files import written_whole

if TYPE_CHECKING:  # which takes a second to import
    from matplotlib.figure import Figure


def write_text(path: Path, text: str) -> None:
    """Writes a text file."""
    with written_whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Writes JSON; a number that is not finite becomes null, which every reader knows."""
    write_text(path, json.dumps(plain(content), indent=1, allow_nan=False) + "\n")


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes an ``.npz``."""
    with written_whole(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, **arrays)


def write_figure(path: Path, figure: "Figure") -> None:
    """Writes a PNG."""
    with written_whole(path) as unfinished:
        figure.savefig(unfinished, format="png")


def sha256_of(path: str | Path) -> str:
    """The checksum of a file, or of a folder's files and their names; "" of what is neither."""
    path = Path(path)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
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
