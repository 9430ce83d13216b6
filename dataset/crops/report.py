"""The outcome of a run, read from its ``report.jsonl``: a table, and contact sheets."""

import hashlib
import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from facedancer.utils.alignment import align_face
from facedancer.utils.bounded_json import parse_json
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

from .cropping import CROPPED, OUTCOMES, UNREADABLE
from .listing import MOST_LINE, SHEETS_NAME
from .plan import REPORT_NAME

# Pictures on a sheet: what one can look through, whatever the size of the data set.
_MOST_CROPS = 64
_MOST_REJECTS = 32
_TILE = 128
# Around a rejected face more is shown than a crop would have.
_REJECT_SHRINK = 0.6
# Photographs that are read at once.
_READERS = 2


@dataclass
class Summary:
    """Counts over a whole report.

    Attributes:
        outcomes: photographs by outcome.
        faces: faces found, by outcome.
        found_by: photographs with a face, by the look that found it.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    faces: Counter[str] = field(default_factory=Counter)
    found_by: Counter[str] = field(default_factory=Counter)


def sheet_paths() -> list[str]:
    """Every file that `write_contact_sheets` may write, relative to the crops' folder."""
    return [_sheet_path(outcome) for outcome in OUTCOMES if outcome != UNREADABLE]


def _sheet_path(outcome: str) -> str:
    name = "crops" if outcome == CROPPED else outcome.replace(" ", "_")
    return f"{SHEETS_NAME}/{name}.png"


def summarise(target_dir: Path) -> Summary:
    """Counts what the report says; its length does not matter."""
    summary = Summary()
    for line in _read_report(target_dir):
        summary.outcomes[line["outcome"]] += 1
        summary.faces.update(face["outcome"] for face in line["faces"])
        if line["faces"]:
            summary.found_by[line["found_by"]] += 1
    return summary


def summary_table(summary: Summary) -> str:
    """Counts and shares by outcome, of photographs and of faces, and how the faces were found."""
    parts = [("photographs", summary.outcomes)]
    parts += [("faces", summary.faces), ("photographs with a face, by look", summary.found_by)]
    lines = []
    for title, counts in parts:
        total = counts.total()
        lines += [f"{total:>9}         {title}"] if total else []
        rows = sorted(counts.items(), key=lambda row: (row[0] != CROPPED, -row[1], row[0]))
        lines += [f"{count:>9} {count / total:>6.1%}    {name}" for name, count in rows]
    return "\n".join(lines)


def write_contact_sheets(data_dir: Path, target_dir: Path) -> None:
    """Writes a sheet of random crops, and one of rejected faces or photographs for each reason.

    Which ones are shown follows from their paths alone, and the rejected are cut out of their
    photographs again, so that nothing need be kept of them meanwhile.
    """
    with ThreadPoolExecutor(_READERS) as pool:
        for outcome, few in _choose(target_dir).items():
            shown = pool.map(lambda item: _show(item, data_dir, target_dir), few)
            if tiles := [tile for tile in shown if tile is not None]:
                sheet = contact_sheet(*zip(*tiles, strict=True), side=_TILE)
                write_image(target_dir / _sheet_path(outcome), sheet)


@dataclass(frozen=True, order=True)
class _Item:
    """A crop, a rejected face, or a photograph that has none."""

    order: int
    photograph: str = field(compare=False)
    why: str = field(compare=False)
    face: dict[str, Any] | None = field(compare=False)


def _choose(target_dir: Path) -> dict[str, list[_Item]]:
    """A random few of each outcome: those with the least hashes, by path."""
    kept: dict[str, list[_Item]] = defaultdict(list)
    for line in _read_report(target_dir):
        for number, face in enumerate(line["faces"] or [None]):
            told = face or line
            digest = hashlib.sha256(f"{line['photograph']}\0{number}".encode(errors="replace"))
            # Negative, so that what a heap gives up first is the greatest hash.
            order = -int.from_bytes(digest.digest()[:8])
            item = _Item(order, line["photograph"], told["why"], face)
            few = kept[told["outcome"]]
            heapq.heappush(few, item)
            if len(few) > (_MOST_CROPS if told["outcome"] == CROPPED else _MOST_REJECTS):
                heapq.heappop(few)
    return {
        outcome: sorted(few, key=lambda item: (item.photograph, item.order))
        for outcome, few in kept.items()
        if outcome != UNREADABLE
    }


def _show(item: _Item, data_dir: Path, target_dir: Path) -> tuple[np.ndarray, str] | None:
    """A tile and its caption; None where the file is gone."""
    try:
        if item.face is not None and item.face["outcome"] == CROPPED:
            image = read_image(target_dir / item.face["crop"])
        else:
            image = _reject(read_image(data_dir / item.photograph), item.face)
    except (UserError, OSError):
        return None
    # Reduced here, where many are made at once: a sheet of whole photographs would not fit memory.
    scale = min(1.0, _TILE / max(image.shape[:2]))
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), _caption(item)


def _reject(image: np.ndarray, face: dict[str, Any] | None) -> np.ndarray:
    """The rejected face, or the whole photograph where there is none to be cut out."""
    if face is None:
        return image
    try:
        return align_face(image, np.array(face["landmarks"]), _TILE, _REJECT_SHRINK)[0]
    except ValueError:  # The landmarks coincide.
        return image


def _caption(item: _Item) -> str:
    if item.face is not None and item.face["outcome"] == CROPPED:
        lines = item.face["crop"], f"{item.face['score']:.2f}, yaw {round(item.face['yaw'])}"
    else:
        # The number; the threshold is the same for all.
        lines = item.photograph, re.split(" [<>] ", item.why)[0]
    # File names may hold anything, a line break or what is no text at all.
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in lines)


def _read_report(target_dir: Path) -> Iterator[dict[str, Any]]:
    path = target_dir / REPORT_NAME
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                entry = parse_json(line, MOST_LINE, with_nan=True)
                for told in (entry, *entry["faces"]):
                    if not isinstance(told["outcome"], str):
                        raise TypeError("an outcome that is no word")
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(
                    f"{path}, line {number} is damaged ({error!r}); run dataset/crop_align.py "
                    "--overwrite"
                ) from error
            yield entry
