"""Measures the error of the shipped pose encoder on rendered heads with known pose.

python benchmarks/known_pose.py [--write]
"""

import dataclasses

import numpy as np

from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.evaluation.encoders.registry import SHIPPED, load_measure
from facedancer.lab.pictures.render import render
from facedancer.utils.alignment import align_face
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field

SECTION = "known_pose"
_SIDE, _SEED = 128, 30_000
_FRONTAL = 45.0


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    heads: int = flag_field(
        800,
        "Number of heads to render; occluded ones and those turned by more than 45 degrees are "
        "left out.",
        least=1,
    )


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    crops, poses = draw(settings.heads)
    table = markdown(load_measure("pose", SHIPPED["pose"]).measure(crops), poses)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Aligned crops ``[N, 128, 128, 3]`` and their poses ``[N, 3]``, degrees.

    Of ``count`` people one picture each; left out is what is occluded or turned beyond 45 degrees.
    """
    crops, poses = [], []
    for person in range(count):
        picture, labels = render(_SEED, person, person % 7, _SIDE)
        if not labels["occluder"][0] and abs(labels["pose"][0]) <= _FRONTAL:
            points = np.reshape(labels["landmarks"], (5, 2))
            crops.append(align_face(picture, points, _SIDE)[0])
            poses.append(labels["pose"])
    return np.stack(crops), np.array(poses)


def markdown(measured: np.ndarray, poses: np.ndarray) -> str:
    """A row for yaw, and one for pitch; roll is what alignment left.

    Args:
        measured: ``[N, 3]`` degrees, NaN where no face was found.
        poses: ``[N, 3]``, the truth.
    """
    found = np.isfinite(measured[:, 0])
    lines = [
        f"{len(poses)} heads within {_FRONTAL:.0f} degrees, nothing before them; face found in "
        f"{found.mean():.1%}.",
        "",
        "| | correlation | mean error without offset | slope | offset |",
        "|---|---:|---:|---:|---:|",
    ]
    for column, name in enumerate(("yaw", "pitch")):
        read, true = measured[found, column], poses[found, column]
        offset = np.median(read - true)
        error = np.abs(read - true - offset).mean()
        slope = np.polyfit(true, read, 1)[0]
        correlation = np.corrcoef(read, true)[0, 1]
        lines.append(f"| {name} | {correlation:.3f} | {error:.1f}° | {slope:.2f} | {offset:.1f}° |")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
