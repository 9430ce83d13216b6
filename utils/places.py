"""Checks whether something can be written where it is to go: told before the work, not after it."""

import os
from pathlib import Path

from .errors import UserError
from .naming import shown


def check_place(path: str | Path) -> None:
    """Refuses the place of a file or folder that is still to be made.

    Raises:
        UserError: one of the folders above it is a file, or the nearest that is there may not be
            written.
    """
    path = Path(path)
    # By os: False, too, of a name that is too long.
    place = next(one for one in path.parents if os.path.exists(one))  # noqa: PTH110
    if not place.is_dir():
        raise UserError(f"cannot write {shown(path)}: {shown(place)} is a file; choose another")
    if not os.access(place, os.W_OK | os.X_OK):
        raise UserError(f"cannot write {shown(path)}: no permission to write in {shown(place)}")


def check_folder(path: str | Path) -> None:
    """Refuses a folder of results that cannot be made, or cannot be written.

    Raises:
        UserError: see `check_place`; or it is a file, or may not be written.
    """
    # As if for a file in it.
    check_place(Path(path) / "result")


def check_there(path: str | Path, what: str) -> None:
    """Refuses a file or folder to be read that is not there.

    Raises:
        UserError: no such file or folder.
    """
    if not os.path.exists(path):  # noqa: PTH110 - False, too, of a name that is too long
        raise UserError(f"no such {what}: {shown(path)}")
