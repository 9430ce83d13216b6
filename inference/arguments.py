"""Checks of the Python API's arguments, where they come in: one line says what is wrong.

Further in, a path taken for a picture or a picture for an identity ends in a network's own error.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.arcface_model.interface import EMBEDDING_SIZE
from facedancer.utils.errors import UserError

_READ = "facedancer.utils.images.read_image(path) gives it"


def check_picture(picture: Any, name: str = "the picture") -> np.ndarray:
    """The picture as it was given, ``[H, W, 3]`` uint8 RGB.

    Raises:
        UserError: it is something else.
    """
    if isinstance(picture, str | bytes | os.PathLike):
        raise UserError(f"{name} is a path, {picture!r}, not the picture itself: {_READ}")
    array = _array(picture, name, f"[H, W, 3] uint8 RGB; {_READ}")
    found = f"{list(array.shape)} {array.dtype}"
    if array.ndim != 3 or array.shape[-1] != 3:
        more = {2: "; a grey one has its values three times", 4: "; one picture at a time"}
        more = more.get(array.ndim, "")
        if array.ndim == 3 and array.shape[-1] == 4:
            more = "; leave the fourth channel out"
        raise UserError(f"{name} must be [H, W, 3] uint8 RGB, not {found}{more}")
    if array.dtype != np.uint8:
        raise UserError(f"{name} must be uint8, 0 to 255, not {found}")
    if not array.size:
        raise UserError(f"{name} has no pixels: {found}")
    return array


def check_identity(identity: Any) -> np.ndarray:
    """The identity, ``[512]`` float32.

    Raises:
        UserError: it is something else.
    """
    how = "identity_of(picture) gives it"
    if isinstance(identity, str | bytes | os.PathLike):
        raise UserError(
            f"the identity is a path, {identity!r}, not {EMBEDDING_SIZE} numbers: {how}"
        )
    array = _array(identity, "the identity", f"[{EMBEDDING_SIZE}] numbers; {how}")
    if array.shape != (EMBEDDING_SIZE,) or array.dtype.kind not in "fiu":
        found = f"{list(array.shape)} {array.dtype}"
        kind = "looks like a picture" if array.ndim == 3 else f"is {found}"
        raise UserError(f"the identity must be [{EMBEDDING_SIZE}] numbers; this {kind}: {how}")
    if not np.isfinite(array).all():
        raise UserError("the identity holds numbers that are not finite")
    return array.astype(np.float32)


def check_path(path: Any, name: str) -> Path:
    """The path of a file or folder, which need not exist.

    Raises:
        UserError: it is no path, or an empty one.
    """
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise UserError(f"{name} must be a path, not {_short(path)}")
    return Path(path)


def check_paths(paths: Any, name: str) -> list[Path]:
    """The paths; a single one need not be in a list.

    Raises:
        UserError: one is no path, or there is none.
    """
    if isinstance(paths, str | os.PathLike):
        return [check_path(paths, name)]
    if not isinstance(paths, Iterable) or isinstance(paths, bytes | np.ndarray):
        raise UserError(f"{name} must be a path or a list of paths, not {_short(paths)}")
    found = [check_path(path, f"each of {name}") for path in paths]
    if not found:
        raise UserError(f"{name}: give at least one path")
    return found


def check_kind(given: Any, kind: type, name: str) -> None:
    """Refuses what is not of a class.

    Raises:
        UserError: it is of another.
    """
    if not isinstance(given, kind):
        raise UserError(f"{name} must be a {kind.__name__}, not {_short(given)}")


def _array(given: Any, name: str, wanted: str) -> np.ndarray:
    try:
        array = np.asarray(given)
    # What NumPy raises for ragged lists, and TensorFlow for a tensor without a value.
    except (ValueError, TypeError, NotImplementedError) as error:
        raise UserError(f"{name} must be {wanted}, not {_short(given)}") from error
    if array.dtype.kind in "OSU":
        raise UserError(f"{name} must be {wanted}, not {_short(given)}")
    return array


def _short(given: Any) -> str:
    """A value, in few enough words for one line."""
    if isinstance(given, np.ndarray):
        return f"an array {list(given.shape)} {given.dtype}"
    text = " ".join(repr(given).split())
    return text if len(text) <= 60 else f"a {type(given).__name__}"
