"""Measures whether a video swap's memory grows with the film: the peaks of two processes."""

import dataclasses
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.arcface_model.origin import UNTRAINED_SMALL
from facedancer.benchmarks.plain_swap import IDENTITY, PHOTOGRAPH, write_clip
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.settings import SwapSettings

if TYPE_CHECKING:
    from facedancer.inference.swapper import Swapper

UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
_RATE = 12


@dataclasses.dataclass(frozen=True)
class Memory:
    """Peaks of two processes, in MiB."""

    short: float
    long: float

    @property
    def growth(self) -> float:
        """By what part the long clip took more."""
        return self.long / self.short - 1


def swap_clip(swapper: "Swapper", clip: Path, output: Path) -> None:
    """Ours, with all that it does by default: tracking, marking, a report.

    Raises:
        RuntimeError: it swapped nothing, so that there is nothing to compare.
    """
    choice = Choice([Role(IDENTITY)])
    (outcome,) = swapper.swap_file(clip, PHOTOGRAPH, output, SwapSettings(), choice)
    if not outcome.summary.swapped:
        raise RuntimeError("\n".join(outcome.lines))


def measure_memory(folder: Path, minutes: float) -> Memory:
    """Peaks of two processes that swap 10 seconds, and ``minutes``."""
    from facedancer.networks.generator import get_generator

    get_generator(UP_TYPES, image_size=64, base_width=4).save(folder / "small.keras")
    peaks = []
    for seconds in (10, 60 * minutes):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            peaks.append(pool.submit(swap_and_look, folder, round(seconds)).result())
    return Memory(*peaks)


def swap_and_look(folder: Path, seconds: int) -> float:
    """Swaps a clip of so many seconds; this process's peak memory in MiB."""
    from facedancer.arcface_model.encoder import load_encoder
    from facedancer.inference.swapper import Swapper
    from facedancer.networks.loading.generator import load_generator
    from facedancer.retinaface.detector import load_detector

    clip = folder / f"{seconds}.mp4"
    write_clip(clip, 320, 240, _RATE, seconds * _RATE)
    generator = load_generator(folder / "small.keras")
    swapper = Swapper(generator, load_encoder(UNTRAINED_SMALL), load_detector())
    swap_clip(swapper, clip, folder / f"{seconds}_swapped.mp4")
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
