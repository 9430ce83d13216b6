"""Times crop_align.py on photographs of several sizes against a plain loop, and its memory.

python benchmarks/data_preparation.py [--write]
"""

import dataclasses
import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.preparation_runs import (
    Memory,
    Throughput,
    measure_crop_align,
    measure_memory,
    measure_plain_loop,
)
from facedancer.benchmarks.readme_section import README, verdict, write_section
from facedancer.benchmarks.sample_photographs import write_photographs
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field

SECTION = "data_preparation"
# Width and height of what cameras, telephones, web pages and videos give.
SIZES = ((4032, 3024), (1920, 1280), (640, 480))
# The detector's default; a loop at full size is another thing only for larger photographs.
DETECTION_SIDE = 640
LEAST_RATE = 12.0
LEAST_SPEED = 3.0
MOST_GROWTH = 0.05
# Photographs that stand for all others while memory is watched, of each size but the largest.
_DIFFERENT = 24
_WARM_UP_SHARE = 0.1

_T = TypeVar("_T")


@dataclass(frozen=True)
class Result:
    """Both ways to crop photographs of one size."""

    size: tuple[int, int]
    ours: Throughput
    loop: Throughput


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    photographs: int = flag_field(96, "Number of photographs of each size to time.", least=8)
    loop_photographs: int = flag_field(16, "Number of photographs for the plain loop.", least=1)
    memory_photographs: int = flag_field(
        5000, "Number of photographs for the measurement of memory.", least=2
    )


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    with tempfile.TemporaryDirectory() as folder:
        results = [
            measure(size, settings.photographs, settings.loop_photographs, Path(folder))
            for size in SIZES
        ]
        memory = watch_memory(SIZES, settings.memory_photographs, Path(folder))
    table = markdown(results, memory)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def measure(size: tuple[int, int], count: int, loop_count: int, folder: Path) -> Result:
    """Times crop_align and the plain loop on photographs of one size, one after the other."""
    folder = folder / f"{size[0]}"
    write_photographs(folder / "warm_up", 8, size, seed=1)
    write_photographs(folder / "photos", count, size)
    ours = alone(measure_crop_align, folder / "warm_up", folder / "photos", folder / "ours")
    loop = alone(measure_plain_loop, folder / "photos", folder / "loop", loop_count)
    print(f"{size}: {ours.rate:.1f} a second, plain loop {loop.rate:.1f}", flush=True)
    return Result(size, ours, loop)


def watch_memory(sizes: Sequence[tuple[int, int]], count: int, folder: Path) -> Memory:
    """Crops ``count`` photographs of mixed sizes: links to a few, in turn, one in 100 large."""
    folder = folder / "memory"
    for size in sizes[1:]:
        write_photographs(folder / "small", _DIFFERENT, size)
    write_photographs(folder / "large", 2, sizes[0])
    small, large = (sorted((folder / name).rglob("*.jpg")) for name in ("small", "large"))
    (folder / "photos").mkdir()
    for number in range(count):
        few = large if number % 100 == 50 else small
        (folder / "photos" / f"{number:06d}.jpg").symlink_to(few[number % len(few)])
    warm_up = max(1, round(_WARM_UP_SHARE * count))
    return alone(measure_memory, folder / "photos", folder / "crops", warm_up)


def alone(function: Callable[..., _T], *arguments: object) -> _T:
    """Calls a function in a process of its own, so that its memory and threads are its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def markdown(results: Sequence[Result], memory: Memory) -> str:
    """The table: rates against the bars, memory, the machine."""
    lines = [
        f"{results[0].ours.count} JPEG photographs of each size, one person in each; crops of 256 "
        f"px. The loop's rate is of {results[0].loop.count} of them.",
        "",
        machine(),
        "",
        "| photographs | crop_align.py, images/s | plain loop, images/s | speed |",
        "|---|---|---|---|",
    ]
    for result in results:
        width, height = result.size
        rate, speed = result.ours.rate, result.ours.rate / result.loop.rate
        lines.append(
            f"| {width} x {height} ({result.ours.cropped} of {result.ours.count} cropped) "
            f"| **{rate:.1f}**; {LEAST_RATE:g} wanted: {verdict(rate >= LEAST_RATE)} "
            f"| {result.loop.rate:.2f} "
            f"| **{speed:.1f}**; {_judge_speed(result.size, speed)} |"
        )
    lines += [
        "",
        f"Memory over {memory.count} photographs of mixed sizes: {memory.before / 2**20:.0f} MiB "
        f"at most in the first {memory.warm_up}, {memory.after / 2**20:.0f} MiB at most in all, "
        f"**{memory.growth:+.1%}**; {MOST_GROWTH:.0%} allowed: "
        f"{verdict(memory.growth <= MOST_GROWTH)}.",
    ]
    return "\n".join(lines)


def _judge_speed(size: tuple[int, int], speed: float) -> str:
    if max(size) <= DETECTION_SIDE:
        return f"no bar: the loop's full size is {DETECTION_SIDE} px as well"
    return f"{LEAST_SPEED:g} wanted: {verdict(speed >= LEAST_SPEED)}"


if __name__ == "__main__":
    run(main, Settings)
