"""The beginning and end of a crop_align run, and what it keeps with its crops in between.

While it lasts, there is a folder ``.unfinished``: ``photographs.jsonl`` with a line for each input,
``plan.json``, which vouches for that, and a file for each chunk that is done. In the end
``crop_align.json`` takes the plan's place.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.files import read_json, remove_at_once, write_json
from facedancer.utils.suffixes import IMAGE_SUFFIXES
from facedancer.utils.weights.kinds import fingerprint

from .listing import CROP_LIST_NAME, SHEETS_NAME, UNFINISHED_NAME
from .photograph_list import Photograph
from .settings import CropSettings

RUN_NAME = "crop_align.json"
REPORT_NAME = "report.jsonl"
PLAN_NAME = "plan.json"
PHOTOGRAPHS_NAME = "photographs.jsonl"

# What `discard` has not yet removed.
_REMOVED_NAME = f"{UNFINISHED_NAME}.removed"
_REMEDY = "choose another --output, or give --overwrite to remove it"
_FURTHER_FACE = re.compile(r"_face\d+(?=\.\w+$)")


@dataclass(frozen=True)
class Plan:
    """The settings that a run was begun with, and how far it is.

    Attributes:
        settings: `CropSettings`, by name.
        detector: sha256 of the detector's weights.
        photographs: how many there are.
        fingerprint: sha256 of all their paths, crop paths and labels.
        chunk_size: photographs in a chunk.
        starts: where each chunk begins in ``photographs.jsonl``, in bytes.
        is_finished: whether all is done.
    """

    settings: dict[str, Any]
    detector: str
    photographs: int
    fingerprint: str
    chunk_size: int
    starts: tuple[int, ...] = ()
    is_finished: bool = False


def make_plan(
    target_dir: Path,
    photographs: list[Photograph],
    settings: CropSettings,
    detector: Path,
    overwrite: bool,
    chunk_size: int,
) -> Plan:
    """Begins a run in ``target_dir``, or finds the one that it goes on with.

    Args:
        target_dir: for the crops.
        photographs: from `photograph_list.list_photographs`.
        settings: how to crop.
        detector: its weights file, or its SavedModel's folder.
        overwrite: begin again, whatever run of ours the folder holds.
        chunk_size: photographs in a chunk.

    Raises:
        UserError: the folder holds another run, or images that are not ours.
    """
    digest = hashlib.sha256()
    starts, size = [], 0
    for number, line in enumerate(_lines(photographs)):
        if number % chunk_size == 0:
            starts.append(size)
        digest.update(line)
        size += len(line)
    plan = Plan(
        asdict(settings),
        fingerprint(detector),
        len(photographs),
        digest.hexdigest(),
        chunk_size,
        tuple(starts),
    )
    shutil.rmtree(target_dir / _REMOVED_NAME, ignore_errors=True)
    older = _read_plan(target_dir)
    if overwrite:
        _clear(target_dir)
    elif older is not None:
        _check_same(target_dir, older, plan)
        return older
    _check_empty(target_dir)
    folder = target_dir / UNFINISHED_NAME
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / PHOTOGRAPHS_NAME).open("wb") as file:
        file.writelines(_lines(photographs))
    write_json(folder / PLAN_NAME, asdict(plan))
    return plan


def read_photographs(target_dir: Path, start: int, count: int) -> list[Photograph]:
    """``count`` photographs (fewer in the end) from a chunk's start on."""
    path = target_dir / UNFINISHED_NAME / PHOTOGRAPHS_NAME
    with path.open("rb") as file:
        file.seek(start)
        lines = [line for _, line in zip(range(count), file, strict=False)]
    try:
        return [Photograph(**parse_json(line, with_nan=True)) for line in lines]
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is damaged ({error}); {_REMEDY}") from error


def finish_plan(target_dir: Path, outcomes: dict[str, int]) -> None:
    """Puts ``crop_align.json`` into place of the plan, which makes the run a finished one."""
    plan = _read_plan(target_dir)
    content = asdict(replace(plan, starts=(), is_finished=True)) | {"outcomes": outcomes}
    write_json(target_dir / RUN_NAME, content)
    discard_plan(target_dir)


def run_settings(target_dir: Path) -> dict[str, Any]:
    """Reads a folder of crops' settings, flat, for records; empty where no run of ours made it.

    Raises:
        UserError: the run's file is damaged.
    """
    plan = _read_plan(target_dir)
    return {} if plan is None else plan.settings | {"detector": plan.detector}


def discard_plan(target_dir: Path) -> None:
    """Removes ``.unfinished``: at one stroke, whatever happens meanwhile."""
    remove_at_once(target_dir / UNFINISHED_NAME, target_dir / _REMOVED_NAME)


def _lines(photographs: Iterable[Photograph]) -> Iterator[bytes]:
    for photograph in photographs:
        yield json.dumps(asdict(photograph)).encode() + b"\n"


def _read_plan(target_dir: Path) -> Plan | None:
    names = [field.name for field in fields(Plan)]
    for path in (target_dir / UNFINISHED_NAME / PLAN_NAME, target_dir / RUN_NAME):
        if path.is_file():
            try:
                content = read_json(path, 64 * MEGABYTE)
                known = {name: content[name] for name in names}
                return Plan(**known | {"starts": tuple(known["starts"])})
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(f"{path} is damaged or of another version; {_REMEDY}") from error
    return None


def _check_same(target_dir: Path, older: Plan, plan: Plan) -> None:
    state = "finished" if older.is_finished else "unfinished"
    begins = f"{target_dir} holds {'a' if older.is_finished else 'an'} {state} run"
    for name, value in plan.settings.items():
        if older.settings.get(name) != value:
            theirs = older.settings.get(name)
            raise UserError(f"{begins} with {name}={theirs}, not {value}; {_REMEDY}")
    if older.detector != plan.detector:
        raise UserError(f"{begins} with another detector; {_REMEDY}")
    if older.fingerprint != plan.fingerprint:
        raise UserError(
            f"{begins} over other photographs or labels ({older.photographs} then, "
            f"{plan.photographs} now); {_REMEDY}"
        )


def _check_empty(target_dir: Path) -> None:
    """A folder that is not ours may hold anything but what could be taken for crops."""
    if (target_dir / CROP_LIST_NAME).exists():
        raise UserError(f"{target_dir} holds the crops of another run; {_REMEDY}")
    for path in target_dir.rglob("*"):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
            raise UserError(
                f"{target_dir} holds images that crop_align.py did not make, such as "
                f"{path.relative_to(target_dir)}: choose another --output"
            )


def _clear(target_dir: Path) -> None:
    """Removes what a run of ours left, finished or not, and nothing else.

    It can be cut off at any point and done again: the names of the crops are the last to go.
    """
    unfinished = target_dir / UNFINISHED_NAME
    listed = _listed(target_dir / CROP_LIST_NAME, "path")
    begun = (unfinished / PLAN_NAME).is_file()
    planned = _listed(unfinished / PHOTOGRAPHS_NAME, "crop_path") if begun else set()
    if not listed and not unfinished.exists():
        return
    # From here on this is no finished run.
    unfinished.mkdir(exist_ok=True)
    for name in (RUN_NAME, REPORT_NAME):
        (target_dir / name).unlink(missing_ok=True)
    for path in target_dir.glob(f"{SHEETS_NAME}/*.png"):
        path.unlink()
    for path in list(target_dir.rglob("*")):
        name = path.relative_to(target_dir).as_posix()
        ours = name in listed or name in planned or _FURTHER_FACE.sub("", name) in planned
        if ours and path.is_file():
            path.unlink()
    (target_dir / CROP_LIST_NAME).unlink(missing_ok=True)
    discard_plan(target_dir)


def _listed(path: Path, field: str) -> set[str]:
    if not path.is_file():
        return set()
    try:
        with path.open(encoding="utf-8") as file:
            return {parse_json(line, with_nan=True)[field] for line in file}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is damaged, so it is unknown which crops belong to it: remove {path.parent}"
        ) from error
