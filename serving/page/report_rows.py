"""A swap's report as the page's two tables: what was done in all, and with each face."""

import dataclasses
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A report's counts, and the page's words for them.
_COUNTS = {
    "frames": "pictures",
    "with_faces": "pictures with a face",
    "found": "faces found",
    "swapped": "faces swapped",
}
# Headings of what `face_rows` gives.
FACE_HEADINGS = ("Face", "Swapped", "Like new", "Like old")
_NOT_MEASURED = "unknown"
# A film of a crowd has hundreds; the full report has them all.
_MOST_ROWS = 50


def count_rows(summary: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A report's summary as ``(what, how many)``."""
    counted: Iterable[tuple[str, str]] = (
        (words, str(summary[name])) for name, words in _COUNTS.items()
    )
    left = ((f"left alone: {reason}", str(n)) for reason, n in summary["reasons"].items())
    return (*counted, *left)


@dataclasses.dataclass
class _Face:
    """A face of a picture, or one that is followed through a film."""

    seen: int = 0
    swapped: int = 0
    to_source: list[float] = dataclasses.field(default_factory=list)
    to_target: list[float] = dataclasses.field(default_factory=list)
    reasons: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(self, record: Mapping[str, Any]) -> None:
        self.seen += 1
        self.swapped += record["swapped"]
        if "cosine_to_source" in record:
            self.to_source.append(record["cosine_to_source"])
            self.to_target.append(record["cosine_to_target"])
        if not record["swapped"]:
            self.reasons[record["reason"]] += 1

    def row(self, name: str) -> tuple[str, ...]:
        done = f"{self.swapped} of {self.seen}"
        if self.seen == 1:
            done = "yes" if self.swapped else "no"
        if self.reasons:
            done += f": {self.reasons.most_common(1)[0][0]}"
        return (name, done, _mean(self.to_source), _mean(self.to_target))


def face_rows(lines: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """A report's faces: of a picture from left to right, of a film by the tracks' numbers.

    Args:
        lines: the report's, a picture's or one for each frame; those without faces don't matter.

    Returns:
        ``(name, whether it was swapped, cosine to the source, cosine to what it was)`` each, see
        `FACE_HEADINGS`; of a film in the mean.
    """
    records = [face for line in lines for face in line.get("faces", ())]
    if not any("track" in one for one in records):
        records.sort(key=lambda one: (one.get("page", 1), one["box"][0] + one["box"][2]))
        faces = {number: _Face() for number in range(1, len(records) + 1)}
        for face, record in zip(faces.values(), records, strict=True):
            face.add(record)
        return tuple(face.row(f"Face {n}") for n, face in list(faces.items())[:_MOST_ROWS])
    tracks: dict[int, _Face] = {}
    for record in records:
        if "track" in record:
            tracks.setdefault(record["track"], _Face()).add(record)
    longest = sorted(tracks, key=lambda one: -tracks[one].seen)[:_MOST_ROWS]
    return tuple(tracks[number].row(f"Track {number}") for number in sorted(longest))


def _mean(cosines: Sequence[float]) -> str:
    return f"{statistics.fmean(cosines):.2f}" if cosines else _NOT_MEASURED
