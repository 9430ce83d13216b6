"""Tests the shipped detector on faces that fill the picture, and on many small ones.

python benchmarks/detector_sizes.py [--write]

Close-ups: the sample photographs, and faces of the lab with exact landmarks, placed into pictures
of 640 px. Crowds: 24 of them in a picture of 2,960 px. Each is searched in a single pass, and in
the way that the commands use.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facedancer.benchmarks.readme_section import write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.lab.pictures.render import render
from facedancer.retinaface.views import whole
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.images import find_images, read_image

if TYPE_CHECKING:
    from facedancer.retinaface.detector import Detector, Face

ROOT = Path(__file__).resolve().parents[1]
SIDE = 640
SHARES = (0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.25, 1.5)
CROWD = (1970, 2960)
CROWD_FACES = (45, 65, 100, 160)
_ROWS, _COLUMNS = 4, 6
# Of the eyes' distance: a face's box, on its longer side, as the detector gives it.
_BOX = 3.0
_SEED, _FIRST = 7, 9100
# Of the eyes' distance. Beyond it a crop is visibly crooked.
MOST_MISS = 0.25


@dataclass(frozen=True, eq=False)
class Subject:
    """A picture of one face, and its landmarks ``[5, 2]`` in pixels."""

    image: np.ndarray
    landmarks: np.ndarray

    @property
    def side(self) -> float:
        """The side of its face's box, in pixels."""
        return _BOX * float(np.linalg.norm(self.landmarks[1] - self.landmarks[0]))


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    people: int = shared_flag(
        "people", default=12, text="Number of people from the lab, besides the photographs."
    )


def main(settings: Settings) -> None:
    """Tries all, prints the tables and writes them if asked."""
    from facedancer.retinaface.detector import load_detector

    detector = load_detector()
    rendered = [_rendered(_FIRST + number) for number in range(settings.people)]
    photographs = [
        Subject(image, once(detector, image)[0].landmarks)
        for image in map(read_image, find_images(ROOT / "assets" / "photos"))
    ]
    text = "\n\n".join(
        [
            closeup_table(detector, {"photographs": photographs, "lab": rendered}),
            crowd_table(detector, [*photographs, *rendered]),
        ]
    )
    print(text)
    if settings.write:
        write_section(ROOT / "docs" / "detector.md", "detector_sizes", text)


def once(detector: "Detector", image: np.ndarray) -> list["Face"]:
    """The faces that one look finds."""
    view = whole(image, detector.reduced_size(*image.shape[:2]))
    [faces] = detector.detect_in(view.draw()[None], [view.area])
    return [face.moved(view.to_picture) for face in faces]


def closeup(subject: Subject, share: float, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A face whose box spans a share of the picture; its edge pixels go on around it.

    Args:
        subject: whose.
        share: of the side.
        shift: right and up, in parts of the face's side, at most of the picture's.

    Returns:
        ``[SIDE, SIDE, 3]`` uint8 and the landmarks ``[5, 2]`` in it.
    """
    scale = share * SIDE / subject.side
    image = subject.image
    if scale < 1:
        size = [max(1, round(length * scale)) for length in image.shape[1::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    landmarks = subject.landmarks * np.divide(image.shape[1::-1], subject.image.shape[1::-1])
    rest = max(scale, 1.0)
    off = shift * SIDE * min(share, 1.0) * np.array([1, -1])
    place = SIDE / 2 + off - rest * landmarks.mean(0)
    matrix = np.array([[rest, 0, place[0]], [0, rest, place[1]]])
    picture = cv2.warpAffine(
        image, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return picture, rest * landmarks + place


def crowd(subjects: Sequence[Subject], side: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """24 faces whose boxes have a side of so many pixels, and the landmarks of each."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 200, (20, 30, 3), np.uint8)
    picture = cv2.resize(coarse, CROWD[::-1], interpolation=cv2.INTER_CUBIC)
    landmarks = []
    for number in range(_ROWS * _COLUMNS):
        subject = subjects[number % len(subjects)]
        reach = round(0.9 * subject.side)
        x, y = np.rint(subject.landmarks.mean(0)).astype(int)
        left, top = max(0, x - reach), max(0, y - reach)
        part = subject.image[top : y + reach, left : x + reach]
        scale = side / subject.side
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        row, column = divmod(number, _COLUMNS)
        at_x = int(column * CROWD[1] / _COLUMNS + rng.integers(0, 150))
        at_y = int(row * CROWD[0] / _ROWS + rng.integers(0, 150))
        picture[at_y : at_y + len(small), at_x : at_x + small.shape[1]] = small
        landmarks.append((subject.landmarks - (left, top)) * scale + (at_x, at_y))
    return picture, landmarks


def miss(faces: "Sequence[Face]", landmarks: np.ndarray) -> float:
    """The nearest face's mean distance from landmarks over that between the eyes."""
    eyes = np.linalg.norm(landmarks[1] - landmarks[0])
    away = [np.linalg.norm(face.landmarks - landmarks, axis=1).mean() / eyes for face in faces]
    return float(min(away, default=np.inf))


def closeup_table(detector: "Detector", kinds: dict[str, Sequence[Subject]]) -> str:
    """The median miss of the best face, and how many miss by more than `MOST_MISS`."""
    names = " | ".join(f"{kind}: once | crooked | now | crooked" for kind in kinds)
    lines = [f"| face / picture | {names} |", "|---:|" + "---:|" * 4 * len(kinds)]
    for share in SHARES:
        cells = [f"{share:g}"]
        for subjects in kinds.values():
            shown = [closeup(subject, share, shift) for subject in subjects for shift in (0, 0.1)]
            for find in (lambda image: once(detector, image), detector.detect):
                misses = [miss(find(image)[:1], landmarks) for image, landmarks in shown]
                bad = sum(one > MOST_MISS for one in misses)
                cells += [f"{np.median(misses):.2f}", f"{bad} of {len(misses)}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def crowd_table(detector: "Detector", subjects: Sequence[Subject]) -> str:
    """Faces found of 24, what else is found, the median miss, and the time."""
    from facedancer.retinaface.search import FaceSearch

    nothing, small = FaceSearch(detector), FaceSearch(detector, small=True)
    ways: dict[str, Callable[[np.ndarray], Sequence[Face]]] = {
        "once": lambda image: once(detector, image),
        "enlarged where nobody was found": lambda image: nothing.find([image])[0].faces,
        "enlarged for small faces": lambda image: small.find([image])[0].faces,
    }
    lines = [
        "| faces of | looked at | found | others | miss | ms per megapixel |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for side in CROWD_FACES:
        picture, landmarks = crowd(subjects, side)
        for name, find in ways.items():
            find(picture)
            start = time.perf_counter()
            faces = find(picture)
            spent = 1000 * (time.perf_counter() - start) / (picture.size / 3e6)
            misses = [one for one in (miss(faces, points) for points in landmarks) if one < 1]
            others = len(faces) - len(misses)
            middle = f"{np.median(misses):.2f}" if misses else ""
            cells = [f"{side} px", name, f"{len(misses)} of 24", others, middle, f"{spent:.0f}"]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _rendered(identity: int) -> Subject:
    image, labels = render(_SEED, identity, 0, 400)
    return Subject(image, np.array(labels["landmarks"]).reshape(5, 2))


if __name__ == "__main__":
    run(main, Settings)
