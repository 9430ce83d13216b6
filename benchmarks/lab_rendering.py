"""Times the lab's rendering, compares rasterisers, and runs the detector on the pictures.

python benchmarks/lab_rendering.py [--write]
"""

import dataclasses
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.rasterisers import compiled, rasterisers
from facedancer.benchmarks.readme_section import README, verdict, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.lab.drawing.camera import Camera
from facedancer.lab.people.heads import heads
from facedancer.lab.pictures.render import SAMPLES, render
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

SECTION = "lab_rendering"
LEAST_RATE = 40.0
LEAST_FOUND = 0.98
# As many of a person as the lab draws: a person costs time too.
_SIDE, _WORKERS, _IMAGES = 160, 2, 25
_SCORE, _FRONTAL = 0.9, 45.0
_ROUNDS = 9
_SEED = 20_000


@dataclass(frozen=True)
class Detection:
    """The detector's results on pictures whose faces are known."""

    yaw: np.ndarray  # [N] degrees
    occluded: np.ndarray  # [N] bool
    score: np.ndarray  # [N] of the best face, 0 for none
    # [N, 5] from the label's landmarks, in parts of the way from the eyes to the mouth
    distance: np.ndarray

    def found(self, which: np.ndarray) -> float:
        """The part of these pictures with a sure face."""
        return float((self.score[which] > _SCORE).mean())


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    people: int = shared_flag(
        "people", default=200, text="Number of people to render, with 25 pictures each."
    )
    looked_at: int = flag_field(300, "Number of pictures for the detector.", least=1)


def main(settings: Settings) -> None:
    """Measures, prints the tables and writes them if asked."""
    cv2.setNumThreads(1)
    table = "\n\n".join(
        [
            machine(),
            rate_text(measure_rate(settings.people)),
            rasteriser_table(measure_rasterisers()),
            detection_table(detect(settings.looked_at)),
        ]
    )
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def measure_rate(identities: int) -> float:
    """Pictures a second of a whole run of render_faces, start and writing included."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(__file__).parents[1] / "lab" / "render_faces.py"
        command = [sys.executable, script, f"--output={folder}/faces"]
        command += [f"--people={identities}", f"--images={_IMAGES}", f"--image_size={_SIDE}"]
        started = time.perf_counter()
        subprocess.run([*command, f"--workers={_WORKERS}"], check=True)
        return identities * _IMAGES / (time.perf_counter() - started)


def measure_rasterisers() -> dict[str, tuple[float, float]]:
    """By name: milliseconds for a head, and the part of the samples that see what ours see."""
    side, head = _SIDE * SAMPLES, heads()
    camera = Camera(30, 10, 5, distance=12, scale=0.37, shift=(0, 0))
    placed = camera.place(head.template, head.template[:, 1])
    points, near = camera.project(placed, side)
    ours = compiled(points, near, head.faces, side)
    results = {}
    for name, way in rasterisers().items():
        seen, times = way(points, near, head.faces, side), []
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            way(points, near, head.faces, side)
            times.append(1000 * (time.perf_counter() - started))
        results[name] = statistics.median(times), float((seen == ours).mean())
    return results


def detect(count: int) -> Detection:
    """Has the shipped detector look at pictures of as many people."""
    from facedancer.retinaface.detector import load_detector

    detector = load_detector()
    rows = []
    for start in range(0, count, 25):
        drawn = [render(_SEED, n, n % 7, _SIDE) for n in range(start, min(start + 25, count))]
        found = detector.detect_batch([picture for picture, _ in drawn])
        for (_, labels), faces in zip(drawn, found, strict=True):
            true = np.array(labels["landmarks"]).reshape(5, 2)
            unit = np.linalg.norm(true[3:].mean(axis=0) - true[:2].mean(axis=0))
            face = max(faces, key=lambda face: face.score, default=None)
            away = np.full(5, np.nan)
            if face:
                away = np.linalg.norm(face.landmarks - true, axis=1) / unit
            score = face.score if face else 0.0
            rows.append([labels["pose"][0], labels["occluder"][0] > 0, score, *away])
    table = np.array(rows, float)
    return Detection(table[:, 0], table[:, 1] > 0, table[:, 2], table[:, 3:])


def rate_text(rate: float) -> str:
    """The rate, against its bar."""
    return (
        f"`render_faces.py`, pictures of {_SIDE} px, {_IMAGES} of a person, {_WORKERS} workers: "
        f"**{rate:.0f}/s**; {LEAST_RATE:.0f} wanted: {verdict(rate >= LEAST_RATE)}."
    )


def rasteriser_table(results: dict[str, tuple[float, float]]) -> str:
    """A row for each way."""
    lines = [
        f"| {len(heads().faces)} triangles on {_SIDE * SAMPLES} x {_SIDE * SAMPLES} samples | ms | "
        "samples as ours |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {ms:.1f} | {same:.1%} |" for name, (ms, same) in results.items()]
    return "\n".join(lines)


def detection_table(seen: Detection) -> str:
    """Tabulates how many faces are found, and how far the landmarks lie from the labels."""
    frontal = np.abs(seen.yaw) <= _FRONTAL
    groups = {
        f"yaw within {_FRONTAL:.0f} degrees": frontal,
        "of these, without occluder": frontal & ~seen.occluded,
        "of these, with occluder": frontal & seen.occluded,
        f"yaw beyond {_FRONTAL:.0f} degrees": ~frontal,
    }
    lines = [
        f"| pictures | number | found, score over {_SCORE} | eyes | nose | mouth's corners |",
        "|---|---|---|---|---|---|",
    ]
    for name, which in groups.items():
        if not which.any():
            continue
        away = seen.distance[which & (seen.score > _SCORE)]
        eyes, nose, mouth = away[:, :2].mean(), away[:, 2].mean(), away[:, 3:].mean()
        found = f"{seen.found(which):.1%}"
        if which is frontal:
            met = verdict(seen.found(which) >= LEAST_FOUND)
            found = f"**{found}**; {LEAST_FOUND:.0%} wanted: {met}"
        lines.append(
            f"| {name} | {which.sum()} | {found} | {eyes:.3f} | {nose:.3f} | {mouth:.3f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
