"""Times the video swap against a plain loop, times marking, and measures memory over length.

python benchmarks/video_swap.py [--write]

The plain loop decodes, detects at full size, calls ``predict`` once per face, pastes back, writes
PNG files and encodes them, with the same weights, clip and codec.
"""

import dataclasses
import functools
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facedancer.arcface_model.origin import UNTRAINED_SMALL
from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.plain_swap import (
    RATE,
    moving_face,
    plain_loop,
    write_clip,
)
from facedancer.benchmarks.readme_section import README, verdict, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.benchmarks.video_memory import UP_TYPES, Memory, measure_memory, swap_clip
from facedancer.benchmarks.video_stages import Spent, measure_stages, stage_rows
from facedancer.inference.core.precision import choose_precision
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    pass

SECTION = "video_swap"
LEAST_RATIOS = {(1280, 720): 3.0, (1920, 1080): 5.0}
MOST_MARKING_MS = 15.0
# Peak memory may differ by this between the short and the long clip: threads' own buffers.
MOST_GROWTH = 0.10
_MARKINGS = 20


Size = tuple[int, int]
# Which way -> seconds of each round.
Seconds = dict[str, list[float]]


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    frames: int = shared_flag(
        "frames", default=48, text="Number of frames of the timed clip.", least=4
    )
    rounds: int = shared_flag("rounds", default=2)
    minutes: float = flag_field(
        10.0, "Length of the long clip for the measurement of memory.", least=0.5
    )


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        seconds, spent = measure_speed(folder, settings.frames, settings.rounds)
        memory = measure_memory(folder, settings.minutes)
    table = markdown(seconds, settings.frames, measure_marking(), memory, settings.minutes, spent)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def measure_speed(
    folder: Path, frames: int, rounds: int
) -> tuple[dict[Size, Seconds], dict[Size, Spent]]:
    """Measures the seconds of the plain loop and of ours for each size, round by round.

    Models are loaded before, the same weights for all sizes.

    Returns:
        These, and where ours go.
    """
    from facedancer.arcface_model.encoder import load_encoder
    from facedancer.inference.swapper import Swapper
    from facedancer.networks.generator import get_generator
    from facedancer.networks.loading.generator import load_generator
    from facedancer.networks.loading.keras_generator import load_keras_generator
    from facedancer.retinaface.detector import Detector, load_detector

    get_generator(UP_TYPES).save(folder / "generator.keras")
    model, detector = load_keras_generator(folder / "generator.keras"), load_detector()
    # Hidden in a function, the network is called as Keras has it, its slow first slice included.
    full_size = Detector(functools.partial(detector.model), max_side=None)
    generator = load_generator(folder / "generator.keras", choose_precision("auto"))
    swapper = Swapper(generator, load_encoder(UNTRAINED_SMALL), detector)
    in_int8 = Swapper(load_generator(folder / "generator.keras", "int8"), swapper.encoder, detector)
    found: dict[Size, Seconds] = {}
    spent: dict[Size, Spent] = {}
    for width, height in LEAST_RATIOS:
        clip, warm = folder / f"{height}.mp4", folder / f"warm_{height}.mp4"
        write_clip(clip, width, height, RATE, frames)
        write_clip(warm, width, height, RATE, 4)
        plain_loop(warm, folder / f"warm_plain_{height}", model, full_size)
        swap_clip(swapper, warm, folder / f"warm_ours_{height}.mp4")
        swap_clip(in_int8, warm, folder / f"warm_int8_{height}.mp4")
        seconds: Seconds = {"plain loop": [], "ours": [], "int8": []}
        for number in range(rounds):
            start = time.perf_counter()
            plain_loop(clip, folder / f"plain_{height}_{number}", model, full_size)
            middle = time.perf_counter()
            swap_clip(swapper, clip, folder / f"ours_{height}_{number}.mp4")
            seconds["plain loop"].append(middle - start)
            last = time.perf_counter()
            swap_clip(in_int8, clip, folder / f"int8_{height}_{number}.mp4")
            seconds["ours"].append(last - middle)
            seconds["int8"].append(time.perf_counter() - last)
        found[width, height] = seconds
        spent[width, height] = measure_stages(swapper, clip, swap_clip)
    return found, spent


def measure_marking() -> list[float]:
    """Seconds that the watermark takes a picture of the smaller size, on one core."""
    marker = Marker(Marking(c2pa=False))
    (image,) = moving_face(*next(iter(LEAST_RATIOS)), 1)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    seconds = []
    for _ in range(_MARKINGS):
        start = time.perf_counter()
        marker.mark_picture(image)
        seconds.append(time.perf_counter() - start)
    cv2.setNumThreads(threads)
    return seconds


def markdown(
    speeds: dict[Size, Seconds],
    frames: int,
    marking: list[float],
    memory: Memory,
    minutes: float,
    spent: dict[Size, Spent],
) -> str:
    """The tables: speed, marking and memory against their bars, stages, and the machine."""
    lines = [
        f"{frames} frames with one face, configuration C at 256 px, untrained; ours in "
        f"{choose_precision('auto')}, with tracking, marking and report.",
        "",
        machine(),
        "",
        "| frames of | plain loop, frames/s, median (rounds) | ours | ratio | in int8 | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for (width, height), seconds in speeds.items():
        least = LEAST_RATIOS[width, height]
        medians = {name: float(np.median(rounds)) for name, rounds in seconds.items()}
        ratio, in_int8 = (medians["plain loop"] / medians[name] for name in ("ours", "int8"))
        rates = []
        for name, rounds in seconds.items():
            each = sorted(frames / one for one in rounds)
            rates.append(f"{frames / medians[name]:.2f} ({each[0]:.2f} to {each[-1]:.2f})")
        lines.append(
            f"| {width} x {height} | {rates[0]} | {rates[1]} | **{ratio:.2f}**; "
            f"{least:.0f} wanted: {verdict(ratio >= least)} | {rates[2]} | **{in_int8:.2f}** |"
        )
    lines += ["", *stage_rows(spent, os.cpu_count() or 1)]
    milliseconds = 1000 * float(np.median(marking))
    lines += [
        "",
        "| marking a picture of 1280 x 720 on one core | |",
        "|---|---|",
        f"| ms, median (best) of {len(marking)} | **{milliseconds:.1f}** "
        f"({1000 * min(marking):.1f}); {MOST_MARKING_MS:.0f} wanted: "
        f"{verdict(milliseconds <= MOST_MARKING_MS)} |",
        "",
        "| clip of 320 x 240 at 12 frames/s | peak memory, MiB |",
        "|---|---|",
        f"| 10 s | {memory.short:.0f} |",
        f"| {minutes:g} min | {memory.long:.0f} |",
        f"| growth | **{memory.growth:+.1%}**; under {MOST_GROWTH:.0%} wanted: "
        f"{verdict(memory.growth < MOST_GROWTH)} |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
