"""Times `inference/swap.py` on one picture from start to end, and each part of it.

python benchmarks/one_picture.py [--write]
"""

import concurrent.futures
import dataclasses
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, verdict, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

SECTION = "one_picture"
MOST_SECONDS = 4.0
_ROOT = Path(__file__).resolve().parents[1]
_SOURCE = _ROOT / "assets/photos/grace_hopper/grace_hopper.jpg"
_TARGET = _ROOT / "assets/photos/eileen_collins/astronaut.png"


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    rounds: int = shared_flag("rounds", default=5)


@dataclasses.dataclass(frozen=True)
class Round:
    """One swap, in seconds: that passed, and of the processor, helpers' included."""

    passed: float
    spent: float


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    rounds = [swap_once() for _ in range(settings.rounds)]
    table = markdown(rounds, [stages_apart() for _ in range(settings.rounds)])
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def swap_once() -> Round:
    """Runs the command in a process of its own, with the networks that ship."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "inference/swap.py", str(_TARGET), f"--source={_SOURCE}"]
        begun, before = time.perf_counter(), _children()
        subprocess.run(
            [*command, f"--output={folder}/swapped.png"], cwd=_ROOT, check=True, capture_output=True
        )
        return Round(time.perf_counter() - begun, _children() - before)


def _children() -> float:
    """The processor's seconds that ended child processes took."""
    times = os.times()
    return times.children_user + times.children_system


def stages_apart() -> dict[str, float]:
    """`stages` in a process of its own, which has imported nothing."""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, spawn) as pool:
        return pool.submit(stages).result()


def stages() -> dict[str, float]:
    """The processor's seconds in this process of each stage of the swap, as the command does it."""
    from facedancer.utils.start_up import quick_start, tracing_for_one_call

    clock = _Clock()
    with quick_start():
        with clock.stage("importing TensorFlow and Keras"):
            import keras  # noqa: F401
        with clock.stage("importing the rest"):
            from facedancer.inference.swapper import Swapper
        with clock.stage("loading three networks"):
            swapper = Swapper.load()
    from facedancer.utils.images import read_image

    source, target = read_image(_SOURCE), read_image(_TARGET)
    with tracing_for_one_call():
        with clock.stage("the detector's first look"):
            swapper.detector.detect(source)
        with clock.stage("the source's identity and skin"):
            person = swapper.role_of_picture(source)
        with clock.stage("the generator's first swap, and blending"):
            swapper.swap(target, person)
    return clock.spent


class _Clock:
    """Notes the processor's seconds, of all threads, that stages take."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.spent[name] = time.process_time() - begun


def markdown(rounds: list[Round], taken: list[dict[str, float]]) -> str:
    """The time of a whole swap against its bar, and each stage's part of the processor's."""
    passed = statistics.median(one.passed for one in rounds)
    spent = statistics.median(one.spent for one in rounds)
    each = {name: statistics.median(one[name] for one in taken) for name in taken[0]}
    least, most = (choose(one.passed for one in rounds) for choose in (min, max))
    lines = [
        f"One picture of 512 px by the networks that ship; medians of {len(rounds)} rounds.",
        "",
        machine(),
        "",
        f"`swap.py` takes **{passed:.2f} s** ({least:.2f} to {most:.2f}); {MOST_SECONDS:.0f} "
        f"wanted: {verdict(passed <= MOST_SECONDS)}. Of the processor {spent:.2f} s:",
        "",
        "| | s |",
        "|---|---:|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in each.items()),
        f"| all else: settings, files, marks, report, the end | {spent - sum(each.values()):.2f} |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
