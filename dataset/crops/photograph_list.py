"""The photographs of a folder, what their crops are called, and what is known of them."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.naming import cut
from facedancer.utils.suffixes import IMAGE_SUFFIXES
from facedancer.utils.text_files import encoding_of

LABELS_NAME = "labels.jsonl"

_FACE_NUMBER = re.compile(r"_face\d+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)  # there may be millions
class Photograph:
    """One input.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        crop_path: where its first crop goes, relative to the folder of crops.
        labels: see `listing.Crop`.
    """

    path: str
    crop_path: str
    labels: dict[str, list[float]] = field(default_factory=dict)


def list_photographs(folder: Path, suffix: str, taken: Sequence[str] = ()) -> list[Photograph]:
    """Everything below ``folder`` that is named like an image, in the order of the paths.

    Hidden files and folders are left out. Links to folders are followed; each folder is visited
    once, so that a link to a folder above ends there. What a file is worth shows on reading it; a
    sub-folder that cannot be listed stands for what it holds, and will not be readable either.

    Args:
        folder: its ``labels.jsonl``, if any, has a line ``{"path": ..., "labels": {name:
            [numbers]}}`` for each picture of known labels.
        suffix: of the crops' files.
        taken: crop paths that are not to be used.

    Raises:
        UserError: no such folder, no images in it, or bad labels.
    """
    if not folder.is_dir():
        raise UserError(f"no such folder: {folder}")
    paths = sorted(_walk(folder), key=lambda path: path.split("/"))
    if not paths:
        raise UserError(f"no images ({', '.join(IMAGE_SUFFIXES)}) below {folder}")
    labels = _read_labels(folder / LABELS_NAME)
    if labels and labels.keys().isdisjoint(paths):
        raise UserError(
            f"{folder / LABELS_NAME} names none of the images below {folder}, such as {paths[0]}: "
            "its paths must be relative to that folder"
        )
    names, none = crop_paths(paths, suffix, taken), {}
    return [Photograph(p, name, labels.get(p, none)) for p, name in zip(paths, names, strict=True)]


def crop_paths(paths: Sequence[str], suffix: str, taken: Sequence[str] = ()) -> list[str]:
    """Each photograph's crop, in order, no two alike, nor like another one's further faces.

    The name is the photograph's with the crop's suffix; where ``a/x.png`` follows ``a/x.jpg`` it
    becomes ``a/x_2``, and where ``a/x_face2.jpg`` follows them it becomes ``a/x_face2_2``. Names
    that differ only in case count as alike: on some systems they are. Very long ones are cut.
    """
    used, others = {name.casefold() for name in taken}, set()
    # A crop cannot have the name of a folder either, which some data sets give an image's name.
    used |= {str(folder).casefold() for path in paths for folder in PurePosixPath(path).parents}
    names = []
    for path in paths:
        source = PurePosixPath(path)
        stem, number = cut(source.stem), 2
        name = source.with_name(stem + suffix)
        while _clashes(name, used, others):
            name, number = source.with_name(f"{stem}_{number}{suffix}"), number + 1
        used.add(str(name).casefold())
        if (first := _first_face(name)) != name:
            others.add(str(first).casefold())
        names.append(str(name))
    return names


def _clashes(name: PurePosixPath, used: set[str], others: set[str]) -> bool:
    folded = str(name).casefold()
    return folded in used or folded in others or str(_first_face(name)).casefold() in used


def _first_face(name: PurePosixPath) -> PurePosixPath:
    """``x_face2.jpg`` -> ``x.jpg``, whose second face that could be; any other name is kept."""
    stem = _FACE_NUMBER.sub("", name.stem)
    return name.with_name(stem + name.suffix) if stem else name


def _walk(top: Path) -> list[str]:
    """Every image below ``top``, and every folder that cannot be listed; in no order."""
    paths, visited = [], set()
    # Real folders first: a picture then belongs to the folder it lies in, not to a link to that.
    folders, links = [""], []
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        try:
            status = (top / folder).stat()
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(top / folder) as entries:
                content = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise UserError(f"cannot list {top} ({error.strerror})") from error
            paths.append(folder)
            continue
        for entry in content:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                (links if entry.is_symlink() else folders).append(path)
            elif PurePosixPath(entry.name).suffix.lower() in IMAGE_SUFFIXES:
                paths.append(path)
    return paths


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # A link that leads to itself.
        return False


def _read_labels(path: Path) -> dict[str, dict[str, list[float]]]:
    if not path.is_file():
        return {}
    labels = {}
    with path.open(encoding=encoding_of(path)) as file:
        for number, line in enumerate(file, 1):
            try:
                content = parse_json(line, with_nan=True)
                labels[str(content["path"])] = {
                    str(name): [float(value) for value in values]
                    for name, values in content["labels"].items()
                }
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UserError(
                    f"{path}, line {number} is damaged ({error!r}); a line must be "
                    '{"path": "a/x.png", "labels": {"yaw": [12.5]}}'
                ) from error
    return labels
