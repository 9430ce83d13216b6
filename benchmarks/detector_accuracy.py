"""Tests how well the shipped detector finds the sample photographs' faces, scaled and rotated.

python benchmarks/detector_accuracy.py [--write]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facedancer.benchmarks.readme_section import write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.images import find_images, read_image

if TYPE_CHECKING:
    from facedancer.retinaface.detector import Detector, Face
    from facedancer.retinaface.search import Found

ROOT = Path(__file__).resolve().parents[1]
SCALES = (2.0, 1.0, 0.5, 0.25, 0.125)
TURNS = tuple(range(0, 360, 45))
# Of the distance between the eyes. Beyond it a crop is visibly crooked.
MOST_MISS = 0.25
FAULTS = {
    "too small": "the eyes are less than {:.0f} px apart where the network sees them",
    "not seen": "nothing scores above the detector's least score",
    "misread": "a face is reported, with landmarks off by more than {} eye distances",
}
_SMALLEST_EYES = 6.0


@dataclass(frozen=True)
class Trial:
    """The result of one way of looking at one picture.

    Attributes:
        scale: of the picture, against the photograph.
        turn: degrees clockwise by which it was turned.
        eyes: pixels between the eyes, where the network first sees them.
        score: of the best face; 0 where none was found.
        miss: its landmarks' mean distance from where the upright full-size photograph has them,
            in distances between the eyes; infinite where none was found.
    """

    scale: float
    turn: int
    eyes: float
    score: float
    miss: float

    @property
    def fault(self) -> str:
        """The reason why the face was not found well, a key of `FAULTS`; empty where it was."""
        if self.miss <= MOST_MISS:
            return ""
        if self.score:
            return "misread"
        return "too small" if self.eyes < _SMALLEST_EYES else "not seen"


def main(settings: BenchmarkSettings) -> None:
    """Tries all, prints the tables and writes them if asked."""
    from facedancer.retinaface.detector import load_detector
    from facedancer.retinaface.search import FaceSearch, Found

    detector = load_detector()
    photographs = [read_image(path) for path in find_images(ROOT / "assets" / "photos")]
    search = FaceSearch(detector)
    ways = {
        "detector": lambda image: Found(tuple(detector.detect(image)), ""),
        "FaceSearch": lambda image: search.find([image])[0],
    }
    text = markdown({name: try_all(detector, photographs, way) for name, way in ways.items()})
    print(text)
    if settings.write:
        write_section(ROOT / "docs" / "detector.md", "detector_accuracy", text)


def try_all(
    detector: "Detector",
    photographs: Sequence[np.ndarray],
    find: "Callable[[np.ndarray], Found]",
    scales: Sequence[float] = SCALES,
    turns: Sequence[int] = TURNS,
) -> list[Trial]:
    """Every photograph at every scale and turn, looked at by ``find``."""
    trials = []
    for photograph in photographs:
        upright = detector.detect(photograph)[0].landmarks
        for scale in scales:
            for turn in turns:
                picture, matrix = turned(photograph, scale, turn)
                expected = upright @ matrix[:, :2].T + matrix[:, 2]
                eyes = float(np.linalg.norm(expected[1] - expected[0]))
                score, miss = judge(find(picture).faces, expected, eyes)
                seen = detector.reduced_size(*picture.shape[:2])[0] / picture.shape[0]
                trials.append(Trial(scale, turn, eyes * seen, score, miss))
    return trials


def judge(faces: "Sequence[Face]", expected: np.ndarray, eyes: float) -> tuple[float, float]:
    """Score and miss of the best face: what `Trial` says."""
    if not faces:
        return 0.0, np.inf
    best = max(faces, key=lambda face: face.score)
    return best.score, float(np.linalg.norm(best.landmarks - expected, axis=1).mean() / eyes)


def turned(image: np.ndarray, scale: float, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture scaled and turned clockwise, grey around it.

    Returns:
        The picture and the ``[2, 3]`` matrix, original pixels -> its own.
    """
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(image, size, interpolation=method)
    ratio = np.divide(size, image.shape[1::-1])
    to_scaled = np.vstack([np.column_stack([np.diag(ratio), 0.5 * ratio - 0.5]), [0, 0, 1]])
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    width, height = np.ceil(np.abs(rotation) @ size - 1e-6).astype(int).tolist()
    middle, target = (np.array(size) - 1) / 2, (np.array([width, height]) - 1) / 2
    to_turned = np.column_stack([rotation, target - rotation @ middle])
    picture = cv2.warpAffine(
        scaled, to_turned, (width, height), flags=cv2.INTER_LINEAR, borderValue=(127, 127, 127)
    )
    return picture, to_turned @ to_scaled


def markdown(trials: dict[str, list[Trial]]) -> str:
    """The tables: found at each scale and at each turn, and why not where not."""
    parts = [
        _table("scale", SCALES, trials, lambda trial: trial.scale),
        _table("turn, degrees", TURNS, trials, lambda trial: trial.turn),
    ]
    counts = ["| why not | detector | FaceSearch |", "|---|---|---|"]
    for fault, words in FAULTS.items():
        words = words.format(_SMALLEST_EYES if fault == "too small" else MOST_MISS)
        numbers = (sum(trial.fault == fault for trial in trials[way]) for way in trials)
        counts.append(f"| {fault}: {words} | {' | '.join(map(str, numbers))} |")
    return "\n\n".join([*parts, "\n".join(counts)])


def _table(
    title: str,
    values: Sequence[float],
    trials: dict[str, list[Trial]],
    key: Callable[[Trial], float],
) -> str:
    lines = [
        f"| {title} | detector: reported | well | miss | FaceSearch: reported | well | miss |",
        "|---|---|---|---|---|---|---|",
    ]
    for value in values:
        cells = [f"{value:g}"]
        for tried in trials.values():
            here = [trial for trial in tried if key(trial) == value]
            misses = [trial.miss for trial in here if trial.score]
            cells += [
                f"{len(misses)} of {len(here)}",
                f"{sum(not trial.fault for trial in here)}",
                f"{np.median(misses):.2f}" if misses else "",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, BenchmarkSettings)
