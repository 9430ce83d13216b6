"""Faces out of folders of photographs and videos: found, aligned and kept as crops.

What was found is noted file by file, so that a search that was stopped goes on where it was; the
crops themselves can be given to another system, whose results then come back under pair numbers.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from absl import logging

from facedancer.retinaface.detector import SHIPPED_WEIGHTS, Face, load_detector
from facedancer.utils.alignment import align_face, similarity_transform, template
from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image
from facedancer.utils.progress import progress_bar
from facedancer.utils.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES, WRITTEN_AS

from ..files import MOST_RESULTS, sha256_of
from ..stamps import code_of, stamp
from .face_set import FaceSet, Place
from .video_frames import count_frames, even_frames, read_frames

_LIST = "faces.jsonl"
_VIDEOS = (*VIDEO_SUFFIXES, *WRITTEN_AS)
# What FaceForensics++ is evaluated on (paper, section 4.1).
FRAMES_OF_A_VIDEO = 10
_FRAMES_AT_ONCE = 8


@dataclasses.dataclass(frozen=True)
class Finding:
    """One picture or frame that was searched.

    Attributes:
        name: path in the folder; of a frame with ``#number``.
        identity: the sub-folder; of a frame the video; else the picture itself.
        crop: file of the aligned crop; empty where there is none.
        why: the reason, where there is none.
        landmarks: five points in the picture's pixels.
        size: the picture's height and width.
    """

    name: str
    identity: str
    crop: str
    why: str
    landmarks: list
    size: list


def faces_of_pictures(folder: str | Path, side: int, keep: Path) -> FaceSet:
    """The largest face of every photograph, and of ten frames of every video, below a folder.

    People: each sub-folder of photographs is a person, a photograph outside of them is a person of
    its own, and so is each video.

    Args:
        folder: photographs and videos, in sub-folders or not.
        side: the crops', in pixels.
        keep: where crops and findings are kept; a search that was stopped goes on there.

    Raises:
        UserError: no such folder, nothing in it, or no face in any of it.
    """
    folder = Path(folder)
    files = _files(folder)
    sums = {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
    made_by = stamp([code_of(faces_of_pictures), sha256_of(SHIPPED_WEIGHTS), side])
    wanted = {name: stamp([made_by, content]) for name, content in sums.items()}
    done, outdated = _read_findings(keep / _LIST, wanted)
    if outdated:
        logging.warning(
            "%s: %d files have changed, or were searched by other code or for another size: "
            "searched again",
            keep,
            outdated,
        )
    detect = None
    for path in progress_bar(files, unit="file", desc=f"faces of {folder.name}"):
        name = path.relative_to(folder).as_posix()
        if name in done:
            continue
        detect = detect or load_detector().detect_batch
        done[name] = list(_search(path, name, side, keep, detect))
        _append(keep / _LIST, name, wanted[name], done[name])
    findings = [f for path in files for f in done[path.relative_to(folder).as_posix()]]
    found = [finding for finding in findings if finding.crop]
    if not found:
        raise UserError(f"no face in any of {len(findings)} pictures below {folder}")
    people = {name: number for number, name in enumerate(sorted({f.identity for f in found}))}
    reasons = [finding.why for finding in findings if finding.why]

    def align(number: int, picture: np.ndarray) -> np.ndarray | None:
        """The same face's crop out of another version of the picture; None of another size."""
        if list(picture.shape[:2]) != found[number].size:
            return None
        return align_face(picture, np.array(found[number].landmarks), side)[0]

    def place(number: int) -> Place:
        landmarks = np.array(found[number].landmarks)
        matrix = similarity_transform(landmarks, template(side))
        return Place(_read_picture(folder, found[number].name), matrix, landmarks)

    def clip(video: str, length: int) -> list[np.ndarray]:
        numbers = [_frame_number(f.name) for f in done[video] if f.size]
        first = max(0, (numbers[0] + numbers[-1] - length + 1) // 2)
        return list(read_frames(folder / video, range(first, first + length)))

    return FaceSet(
        names=tuple(f.name for f in found),
        identity=np.array([people[f.identity] for f in found]),
        side=side,
        read=lambda numbers: np.stack([read_image(keep / found[n].crop) for n in numbers]),
        place=place,
        origin={
            "kind": "photographs and videos",
            "name": folder.name,
            "count": len(found),
            "identities": len(people),
            "frames_of_a_video": FRAMES_OF_A_VIDEO,
            "sha256": hashlib.sha256("".join(sums.values()).encode()).hexdigest(),
        },
        people=tuple(f.identity for f in found),
        contents=tuple(sums[_video_of(f.name) or f.name] for f in found),
        made_by=made_by,
        skipped={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        align=align,
        videos=tuple(_video_of(f.name) for f in found),
        clip=clip,
    )


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UserError(f"no such folder: {folder}")
    suffixes = (*IMAGE_SUFFIXES, *_VIDEOS)
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
    if not files:
        raise UserError(f"no photographs or videos below {folder}")
    return files


def _search(
    path: Path,
    name: str,
    side: int,
    keep: Path,
    detect: Callable[[list[np.ndarray]], list[list[Face]]],
) -> Iterator[Finding]:
    """Finds what a file holds, and writes the crops."""
    is_video = _is_video(name)
    inside = name.rpartition("/")[0]
    identity = name if is_video or not inside else inside
    try:
        if is_video:
            numbers = even_frames(count_frames(path), FRAMES_OF_A_VIDEO)
            pictures = list(read_frames(path, numbers))
            names = [f"{name}#{number}" for number in numbers]
        else:
            pictures, names = [read_image(path)], [name]
    except UserError:
        yield Finding(name, identity, "", "not readable", [], [])
        return
    faces = []
    for start in range(0, len(pictures), _FRAMES_AT_ONCE):
        faces += detect(pictures[start : start + _FRAMES_AT_ONCE])
    for picture_name, picture, of_picture in zip(names, pictures, faces, strict=True):
        size = list(picture.shape[:2])
        if not of_picture:
            yield Finding(picture_name, identity, "", "no face found", [], size)
            continue
        largest = max(of_picture, key=lambda face: np.prod(face.box[2:] - face.box[:2]))
        crop = f"crops/{picture_name}.png"
        write_image(keep / crop, align_face(picture, largest.landmarks, side)[0])
        yield Finding(picture_name, identity, crop, "", largest.landmarks.tolist(), size)


def _read_picture(folder: Path, name: str) -> np.ndarray:
    """The photograph or the frame that a finding names."""
    if video := _video_of(name):
        [frame] = read_frames(folder / video, [_frame_number(name)])
        return frame
    return read_image(folder / name)


def _is_video(name: str) -> bool:
    return Path(name).suffix.lower() in _VIDEOS


def _video_of(name: str) -> str:
    """The video that a finding is a frame of; "" of a photograph."""
    video = name.rpartition("#")[0]
    return video if _is_video(video) else ""


def _frame_number(name: str) -> int:
    return int(name.rpartition("#")[2])


def _read_findings(path: Path, wanted: Mapping[str, str]) -> tuple[dict[str, list[Finding]], int]:
    """File -> what was found in it, and how many findings are of other code or other files.

    A line that was cut off, or is damaged, does not count.
    """
    found, outdated = {}, set()
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            entry = parse_json(line, MOST_RESULTS, with_nan=True)
            name = str(entry["file"])
            if name in wanted and entry.get("stamp") == wanted[name]:
                found[name] = [Finding(**finding) for finding in entry["findings"]]
            else:
                outdated.add(name)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found, len(outdated - found.keys())


def _append(path: Path, name: str, made_by: str, findings: list[Finding]) -> None:
    listed = [dataclasses.asdict(finding) for finding in findings]
    entry = {"file": name, "stamp": made_by, "findings": listed}
    path.parent.mkdir(parents=True, exist_ok=True)
    # A line break first: what a kill cut off before must not run into this line.
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(entry) + "\n")
