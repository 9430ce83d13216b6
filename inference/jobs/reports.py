"""The report of a run: JSON lines, one a frame or picture, and a closing summary."""

import contextlib
import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from facedancer.utils.files import written_whole
from facedancer.utils.naming import readable

from ..core.frames import SwappedFrame

# The work folder of a run on pictures, which lies next to the unfinished report, lacks it.
_SUFFIX = ".jsonl"
UNCHANGED = "the generator gave its input back"


def frame_record(done: SwappedFrame) -> dict[str, Any]:
    """Tells what happened in one frame: a line of the report."""
    faces = []
    for one, swapped in zip(done.planned, done.swapped, strict=True):
        record: dict[str, Any] = {
            "box": [round(float(n), 1) for n in one.face.box],
            "score": round(one.face.score, 4),
        }
        if one.track is not None:
            record["track"] = one.track
        if one.person:
            record["person"] = one.person
        record["swapped"] = swapped is not None and swapped.is_changed
        if swapped is not None:
            record["change"] = round(swapped.change, 2)
            if swapped.likeness is not None:
                record["cosine_to_source"] = round(swapped.likeness.to_source, 3)
                record["cosine_to_target"] = round(swapped.likeness.to_target, 3)
        if not record["swapped"]:
            record["reason"] = one.reason or UNCHANGED
        faces.append(record)
    return {
        "found": len(done.observation.faces),
        "matched": sum(one.identity is not None for one in done.planned),
        "swapped": sum(face["swapped"] for face in faces),
        "faces": faces,
    }


def joined_record(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tells what happened in a picture's pages; if there are several, each face has its page."""
    if len(records) == 1:
        return dict(records[0])
    sums = {name: sum(one[name] for one in records) for name in ("found", "matched", "swapped")}
    faces = [{"page": page, **face} for page, one in enumerate(records, 1) for face in one["faces"]]
    return {"pages": len(records), **sums, "faces": faces}


@dataclasses.dataclass
class Summary:
    """A run's counts, added up record by record.

    Attributes:
        frames: frames, or pictures, in all.
        with_faces: in which a face was found.
        found: faces found.
        matched: faces that were to be swapped.
        swapped: faces that were, and differ from what they were.
        skipped: pictures that could not be read or written, or parts of a file.
        passed_over: files that lay among the targets and are not counted above.
        reasons: why faces were left alone, and pictures skipped: reason -> how often.
    """

    frames: int = 0
    with_faces: int = 0
    found: int = 0
    matched: int = 0
    swapped: int = 0
    skipped: int = 0
    passed_over: int = 0
    reasons: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(self, record: Mapping[str, Any]) -> None:
        """Counts one line of the report."""
        if "passed_over" in record:
            self.passed_over += 1
            return
        self.frames += 1
        if "skipped" in record:
            self.skipped += 1
            self.reasons[record["skipped"]] += 1
            return
        self.with_faces += record["found"] > 0
        for name in ("found", "matched", "swapped"):
            setattr(self, name, getattr(self, name) + record[name])
        self.reasons.update(face["reason"] for face in record["faces"] if not face["swapped"])

    @property
    def unchanged(self) -> int:
        """Faces that went through the generator and came out as they were."""
        return self.matched - self.swapped

    def lines(self) -> list[str]:
        """For people: the counts, and a warning where the swap did nothing."""
        lines = [
            f"faces found: {self.found}, matched: {self.matched}, swapped: {self.swapped}; "
            f"with a face: {self.with_faces} of {self.frames}"
        ]
        lines += [f"left alone, {count} x: {reason}" for reason, count in self.reasons.items()]
        if self.unchanged:
            lines.append(
                f"WARNING: {self.unchanged} of {self.matched} swapped faces equal their input: "
                "the generator does nothing; is it trained?"
            )
        return lines


@contextlib.contextmanager
def written_report(
    path: Path, records: Iterable[Mapping[str, Any]], summary: Mapping[str, Any]
) -> Iterator[None]:
    """Writes the lines and, last, ``{"summary": ...}``; whole or not at all.

    The report gets its name after the block, in which what it tells of gets its own: where there is
    no room for the report there is no result either.

    Raises:
        UserError: the disk is full, or the like.
    """
    with written_whole(path, _SUFFIX) as unfinished:
        with unfinished.open("w", encoding="utf-8") as file:
            for record in records:
                file.write(f"{_json(record)}\n")
            file.write(f"{_json({'summary': summary})}\n")
        yield


def write_report(
    path: Path, records: Iterable[Mapping[str, Any]], summary: Mapping[str, Any]
) -> None:
    """Writes a report of what has its name already; see `written_report`."""
    with written_report(path, records, summary):
        pass


def _json(content: Mapping[str, Any]) -> str:
    # A name may hold bytes that are no text: half a surrogate pair is JSON to few readers.
    return readable(json.dumps(content, ensure_ascii=False), "\\\\")
