"""TF Serving's folders: ``MODEL/1``, ``MODEL/2``, ..., of which the highest number is served."""

from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.places import check_folder


def version_folder(export_dir: str | Path, version: int | None) -> Path:
    """Where a version goes.

    Args:
        export_dir: the model's folder; need not be there.
        version: its number; None: the next free one.

    Raises:
        UserError: that version is there, the folder holds something else than versions, or it
            cannot be written.
    """
    folder = Path(export_dir).resolve()
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--export_dir={export_dir} is a file; name a folder")
    check_folder(folder)
    entries = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    others = sorted(name for name in entries if not name.isdigit() and not name.startswith("."))
    if others:
        raise UserError(
            f"{export_dir} holds {others[0]}, which is no version of a model; name another folder"
        )
    taken = {int(name) for name in entries if name.isdigit()}
    if version is None:
        return folder / str(max(taken, default=0) + 1)
    if version in taken:
        raise UserError(
            f"{export_dir} has a version {version}, which a server may have loaded: take another "
            "--version, or leave it out for the next free one"
        )
    return folder / str(version)
