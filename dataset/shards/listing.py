"""The contents of a data set of shards, for people: as text and as a contact sheet."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.contact_sheet import contact_sheet

from ..records import decode_record
from .catalogue import Catalogue
from .index import ShardIndex

_NAMED_IDENTITIES = 5
_YAW_BINS = np.arange(-90, 91, 15)
_BAR = 40
_COLUMNS, _SHEET_CROPS, _CROP_SIDE = 8, 64, 160
_POINT_COLOUR = (0, 255, 0)


def shard_row(folder: Path, index: ShardIndex, number: int, sound: bool) -> str:
    """One line of the table of shards, under `shard_head`."""
    shard = index.shards[number]
    size = (folder / shard.file).stat().st_size
    state = "ok" if sound else "DAMAGED"
    return f"{shard.file:<{_width(index)}}  {shard.count:>8,}  {size:>15,}  {state}"


def shard_head(index: ShardIndex) -> str:
    """The title lines of the table of shards."""
    columns = f"{'shard':<{_width(index)}}  {'records':>8}  {'bytes':>15}  sha256"
    return (
        f"{index.name}: {index.count:,} crops of {index.side} px, for {index.split}; schema "
        f"version {index.schema_version}\n\n{columns}"
    )


def describe(index: ShardIndex, catalogue: Catalogue) -> Iterator[str]:
    """Lines on the identities, the poses, the labels and the alignment."""
    counts = np.bincount(
        catalogue.identity[catalogue.identity >= 0], minlength=len(catalogue.identities)
    )
    unknown = int(np.sum(catalogue.identity < 0))
    yield f"identities: {len(counts):,}; crops of unknown identity: {unknown:,}"
    if len(counts):
        largest = sorted(range(len(counts)), key=lambda n: (-counts[n], n))
        named = {"largest": largest, "smallest": largest[::-1]}
        for title, order in named.items():
            some = order[:_NAMED_IDENTITIES]
            yield f"  {title}: " + ", ".join(
                f"{_printable(catalogue.identities[n])} {counts[n]:,}" for n in some
            )
    yield from _yaw_histogram(catalogue.yaw)
    yield "labels: " + (", ".join(index.label_names) or "none")
    yield "alignment:"
    for name, value in index.alignment.items():
        yield f"  {name}: {value}"


def _yaw_histogram(yaw: np.ndarray) -> Iterator[str]:
    known = yaw[np.isfinite(yaw)]
    yield f"yaw, degrees (positive: the nose points right); not known: {len(yaw) - len(known):,}"
    if not len(known):
        return
    counts, _ = np.histogram(np.clip(known, -90, 90), _YAW_BINS)
    for low, count in zip(_YAW_BINS, counts, strict=False):
        bar = "#" * int(np.ceil(_BAR * count / counts.max()))
        yield f"  {low:>4} to {low + 15:>3}  {count:>8,}  {bar}".rstrip()


def draw_contact_sheet(folder: Path, index: ShardIndex, catalogue: Catalogue) -> np.ndarray:
    """Crops evenly drawn from all records, with their landmarks, and what is known of each.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    rows = np.linspace(0, catalogue.count - 1, min(_SHEET_CROPS, catalogue.count)).round()
    images, captions = [], []
    for row in rows.astype(int):
        with (folder / index.shards[catalogue.shard[row]].file).open("rb") as file:
            file.seek(catalogue.offset[row])
            record = decode_record(file.read(catalogue.length[row]))
        images.append(_draw_landmarks(record["image"].numpy(), record["landmarks"].numpy()))
        identity = _printable(os.fsdecode(record["identity"].numpy())) or "(unknown)"
        known = {"yaw": f"{record['yaw']:+.0f}", "score": f"{record['score']:.2f}"}
        told = [f"{name} {value}" for name, value in known.items() if "nan" not in value]
        captions.append("\n".join([identity, " ".join(told)]))
    return contact_sheet(images, captions, columns=_COLUMNS, side=_CROP_SIDE)


def _draw_landmarks(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    scale = _CROP_SIDE / image.shape[0]
    image = cv2.resize(image, (_CROP_SIDE, _CROP_SIDE), interpolation=cv2.INTER_AREA)
    for point in landmarks:
        # A pixel's centre lies at a whole number before and after.
        x, y = ((point + 0.5) * scale - 0.5).round().astype(int).tolist()
        cv2.circle(image, (x, y), 2, _POINT_COLOUR, -1, cv2.LINE_AA)
    return image


def _printable(name: str) -> str:
    """A folder's name that is no text can be printed as well."""
    return os.fsencode(name).decode(errors="replace")


def _width(index: ShardIndex) -> int:
    return max(len(shard.file) for shard in index.shards)
