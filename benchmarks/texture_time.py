"""Times swaps in memory with and without the skin of the source's photograph, taking turns.

python benchmarks/texture_time.py [--write]
"""

import dataclasses
import statistics
import time
from pathlib import Path

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.sample_photographs import PEOPLE, PHOTOS
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

SECTION = "texture_time"
_WAYS = {"off": "the generator's face alone", "on": "with the photograph's skin"}


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    rounds: int = shared_flag("rounds", default=20)


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    table = markdown(measure(settings.rounds))
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def measure(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each swap: target -> way -> one for each round, after one that does not count."""
    from facedancer.inference.swapper import Swapper
    from facedancer.utils.images import read_image

    swapper = Swapper.load()
    pictures = {Path(person).stem: read_image(PHOTOS / person) for person in PEOPLE}
    roles = {name: swapper.role_of_picture(image, texture=True) for name, image in pictures.items()}
    taken: dict[str, dict[str, list[float]]] = {}
    for (name, target), (_, role) in zip(
        pictures.items(), reversed(list(roles.items())), strict=True
    ):
        people = {"off": dataclasses.replace(role, texture=None), "on": role}
        taken[name] = {way: [] for way in _WAYS}
        for number in range(rounds + 1):
            for way, person in people.items():
                begun = time.perf_counter()
                swapper.swap(target, person)
                if number:
                    taken[name][way].append(time.perf_counter() - begun)
    return taken


def markdown(taken: dict[str, dict[str, list[float]]]) -> str:
    """The medians in milliseconds, and the ratio."""
    rounds = len(next(iter(taken.values()))["on"])
    lines = [
        f"Detection, swap and blending of one picture in memory; medians of {rounds} rounds.",
        "",
        machine(),
        "",
        f"| target | {_WAYS['off']}, ms | {_WAYS['on']}, ms | ratio |",
        "|---|---:|---:|---:|",
    ]
    for name, ways in taken.items():
        off, on = (1000 * statistics.median(ways[way]) for way in _WAYS)
        lines.append(f"| {name} | {off:.0f} | {on:.0f} | {on / off:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
