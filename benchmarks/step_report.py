"""The table of `step_time.py`: what was measured, against the bars, on which machine."""

import dataclasses
import statistics
from collections.abc import Sequence

from facedancer.training.settings.train_config import TrainConfig

from .machine import machine
from .readme_section import verdict
from .step_worker import Measurement
from .variants import MOST_MEMORY, Variant

_GIBIBYTE = 2**30


@dataclasses.dataclass(frozen=True)
class Result:
    """A variant's measurements and the baseline's that were taken in turn with them."""

    variant: Variant
    baseline: tuple[Measurement, ...]
    measured: tuple[Measurement, ...]

    @property
    def seconds(self) -> tuple[float, float]:
        """Median of a step: the baseline's, the variant's."""
        return _median(self.baseline), _median(self.measured)

    @property
    def peak_bytes(self) -> tuple[int, int]:
        """Largest memory that the process held: the baseline's, the variant's."""
        return self.baseline[-1].peak_bytes, self.measured[-1].peak_bytes

    @property
    def speed(self) -> float:
        """Tells how many times as fast as the baseline it is."""
        theirs, ours = self.seconds
        return theirs / ours

    @property
    def speeds(self) -> list[float]:
        """The same in each round, in ascending order."""
        pairs = zip(self.baseline, self.measured, strict=True)
        return sorted(theirs.seconds / ours.seconds for theirs, ours in pairs)

    @property
    def memory(self) -> float:
        """Peak memory as a share of the baseline's."""
        theirs, ours = self.peak_bytes
        return ours / theirs

    def words(self) -> str:
        """The result in a line."""
        return f"{self.variant.words}: {self.speed:.2f} x, {self.memory:.2f} of the memory"


def markdown(config: TrainConfig, results: Sequence[Result]) -> str:
    """Writes what was measured, in words, and a table with a row for each result."""
    lines = [
        f"{config.image_size} px, config C, base width {config.base_width}, batch "
        f"{config.batch_size} with one same pair, losses of the released profile; medians of "
        f"{len(results[0].measured)} steps of each, taken in turn.",
        "",
        machine(),
        "",
        "| step | s | baseline, s | speed (rounds) | peak, GiB | of the baseline's |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [_row(result) for result in results])


def _row(result: Result) -> str:
    (theirs, ours), variant = result.seconds, result.variant
    speeds, memory = result.speeds, f"**{result.memory:.2f}**"
    speed = f"**{result.speed:.2f}** ({speeds[0]:.2f} to {speeds[-1]:.2f})"
    if variant.least_speed:
        is_fast, is_small = result.speed >= variant.least_speed, result.memory <= MOST_MEMORY
        speed += f"; {variant.least_speed:.2f} wanted: {verdict(is_fast)}"
        memory += f"; {MOST_MEMORY:.2f} allowed: {verdict(is_small)}"
    peaks = [f"{peak / _GIBIBYTE:.2f}" for peak in reversed(result.peak_bytes)]
    cells = [variant.words, f"{ours:.2f}", f"{theirs:.2f}", speed, " of ".join(peaks), memory]
    return f"| {' | '.join(cells)} |"


def _median(measurements: Sequence[Measurement]) -> float:
    return statistics.median(taken.seconds for taken in measurements)
