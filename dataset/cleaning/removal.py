"""Takes crops out of a folder, without deleting one: each is moved, listed no more, and reported.

The report, ``removed.jsonl`` next to the moved crops, holds for each the line that it had in
``crops.jsonl``: to take a crop back, move it back and put that line back.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError
from facedancer.utils.files import move_whole, whole_text
from facedancer.utils.images import read_image, write_image

from ..crops.listing import CROP_LIST_NAME, iterate_crops, write_crop_list
from ..crops.table import CropTable, read_crop_table

REPORT_NAME = "removed.jsonl"

# Pairs on a contact sheet, and pairs in a row.
_MOST_SHOWN = 32
_PAIRS_IN_A_ROW = 4


@dataclass(frozen=True)
class Removal:
    """The reason why a crop goes.

    Attributes:
        path: the crop, as in ``crops.jsonl``.
        reason: in words, the same for all that go for it.
        value: the number that decided, in ``unit``.
        unit: what the number is.
        other: the crop or the identity that it was compared with; empty where there is none.
    """

    path: str
    reason: str
    value: float
    unit: str
    other: str


def read_crops(data_dir: str | Path) -> CropTable:
    """The folder's crops.

    Raises:
        UserError: as `read_crop_table`, or the folder has no list to take them out of.
    """
    if not (Path(data_dir) / CROP_LIST_NAME).is_file():
        raise UserError(
            f"no {CROP_LIST_NAME} in {data_dir}: make the crops with dataset/crop_align.py"
        )
    return read_crop_table(data_dir)


def choose_removed_dir(data_dir: str | Path, removed_dir: str | Path | None) -> Path:
    """Chooses where removed crops go: ``removed_dir``, or a folder next to the crops'.

    Raises:
        UserError: it lies among the crops, which would make its pictures crops again.
    """
    data_dir = Path(data_dir).resolve()
    chosen = Path(removed_dir or data_dir.with_name(f"{data_dir.name}_removed")).resolve()
    if chosen.is_relative_to(data_dir):
        raise UserError(
            f"--removed_dir={removed_dir} lies in --data={data_dir}: choose a folder outside"
        )
    return chosen


def remove_crops(data_dir: str | Path, removed_dir: Path, removals: Sequence[Removal]) -> None:
    """Moves crops to ``removed_dir``, reports them there, and lists them no more.

    A run that is killed can be started again: what it has not moved yet is then looked at again.
    """
    data_dir = Path(data_dir)
    report = removed_dir / REPORT_NAME
    earlier = _reported(report) if report.is_file() else {}
    if not removals and not earlier:
        return
    why = {removal.path: removal for removal in removals}
    told = {path: line for path, line in earlier.items() if path not in why}
    # Reported before it is moved: no crop lies there without its reason.
    with whole_text(report) as file:
        file.writelines(f"{line}\n" for line in told.values())
        for crop in iterate_crops(data_dir):
            if crop.path in why:
                file.write(json.dumps(asdict(why[crop.path]) | {"crop": asdict(crop)}) + "\n")
    for path in why:
        move_whole(data_dir / path, removed_dir / path)
    gone = {path for path in {*told, *why} if not (data_dir / path).is_file()}
    write_crop_list(data_dir, (crop for crop in iterate_crops(data_dir) if crop.path not in gone))


def _reported(report: Path) -> dict[str, str]:
    """The report's lines by the path of the crop that each is about."""
    found = {}
    for number, line in enumerate(report.read_text("utf-8").splitlines(), 1):
        try:
            found[str(parse_json(line, with_nan=True)["path"])] = line
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{report}, line {number} is damaged ({error!r}): correct it, or give another "
                "--removed_dir"
            ) from error
    return found


def write_pairs(
    path: Path, data_dir: str | Path, pairs: Sequence[tuple[str, str, str, str]]
) -> None:
    """A contact sheet of crops that go, each next to one that stays.

    Args:
        path: the PNG.
        data_dir: the crops' folder; all of them must still be there.
        pairs: the crop that goes, why, the one that stays, and what follows "stays" below it. Of
            more than fit, evenly spaced ones are shown; of none there is no sheet.
    """
    if not pairs:
        return
    step = max(1, -(-len(pairs) // _MOST_SHOWN))
    images, captions = [], []
    for gone, why, kept, name in pairs[::step]:
        images += [read_image(Path(data_dir) / gone), read_image(Path(data_dir) / kept)]
        captions += [f"{gone}\ngoes: {why}", f"{kept}\nstays{name}"]
    write_image(path, contact_sheet(images, captions, 2 * _PAIRS_IN_A_ROW))
