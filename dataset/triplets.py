"""A folder of triplets: target, source and the answer that a swap of the two should be.

They may come from a renderer, from another system's best results, or from a studio.
"""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tensorflow as tf

from facedancer.utils.errors import UserError

from .crops.table import RECORD_SUFFIXES
from .records import decode_square

ROLES = ("target", "source", "answer")


def open_triplets(folder: str | Path, image_size: int) -> dict[str, list[str]]:
    """Lists the files ``target/NAME``, ``source/NAME`` and ``answer/NAME``, and looks at each.

    Args:
        folder: of aligned crops, PNG or JPEG files; the suffixes of a triplet may differ.
        image_size: the side that all must have, in pixels.

    Returns:
        The paths by role, in the order of the names: as many of each.

    Raises:
        UserError: a folder or a file is missing, cannot be decoded or is of another size.
    """
    folder = Path(folder)
    found = {role: _files_of(folder / role) for role in ROLES}
    for role, others in ((role, set().union(*found.values()) - set(found[role])) for role in ROLES):
        if others:
            name = min(others)
            raise UserError(
                f"{folder / role} has no {name}: each triplet needs a target, a source and an "
                "answer with the same name"
            )
    names = sorted(found[ROLES[0]])
    paths = {role: [str(found[role][name]) for name in names] for role in ROLES}
    _check_pictures([path for of_role in paths.values() for path in of_role], image_size)
    return paths


def _files_of(folder: Path) -> dict[str, Path]:
    """The pictures of one role by their names without suffix."""
    if not folder.is_dir():
        raise UserError(f"no such folder: {folder}; triplets are files {', '.join(ROLES)}/NAME.png")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in RECORD_SUFFIXES:
            continue
        if path.stem in files:
            raise UserError(f"{path} and {files[path.stem]} have the same name: keep one")
        files[path.stem] = path
    if not files:
        raise UserError(f"no triplets: {folder} holds no PNG or JPEG file")
    return files


def _check_pictures(paths: Iterable[str], side: int) -> None:
    def check(path: str) -> str | None:
        try:
            decode_square(tf.io.read_file(path), tf.constant(side))
        except tf.errors.OpError:
            return path
        return None

    # Decoding is outside of Python's lock.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        bad = next(filter(None, pool.map(check, paths)), None)
    if bad:
        raise UserError(
            f"{bad} is not a picture of {side} x {side} px, or is damaged: align it like the "
            "crops, with dataset/crop_align.py"
        )
