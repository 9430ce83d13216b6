"""Times a training step against the released code's schedule, on this machine's CPU.

python benchmarks/step_time.py [--write]
"""

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    from facedancer.benchmarks.step_report import Result
    from facedancer.benchmarks.step_worker import Measurement, StepWorker
    from facedancer.benchmarks.variants import Variant
    from facedancer.training.settings.train_config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    image_size: int = shared_flag("image_size")
    base_width: int = shared_flag("base_width", least=4)
    batch_size: int = shared_flag(
        "batch_size", default=4, text="Pairs per step; one of them is a same pair."
    )
    rounds: int = shared_flag(
        "rounds", default=3, text="Measured steps of each variant, alternating with the baseline."
    )


def main(settings: Settings) -> None:
    """Measures all variants in turn, prints the table and writes it if asked."""
    from facedancer.benchmarks.step_report import markdown
    from facedancer.benchmarks.step_worker import write_frozen_weights
    from facedancer.benchmarks.variants import VARIANTS
    from facedancer.training.settings.train_config import TrainConfig

    config = TrainConfig(
        data="unused",
        run_dir="unused",
        loss_profile="released",
        image_size=settings.image_size,
        base_width=settings.base_width,
        batch_size=settings.batch_size,
    )
    with tempfile.TemporaryDirectory() as folder:
        frozen = write_frozen_weights(Path(folder))
        results = measure(VARIANTS, dataclasses.replace(config, **frozen), settings.rounds)
    table = markdown(config, results)
    print(table)
    if settings.write:
        write_section(README, "step_time", table)


def measure(variants: "Sequence[Variant]", config: "TrainConfig", rounds: int) -> "list[Result]":
    """Each variant in turn with the baseline.

    The baseline's process is a new one for each variant: a process's peak grows with its steps.
    """
    from facedancer.benchmarks.step_report import Result
    from facedancer.benchmarks.variants import BASELINE

    results = []
    for variant in variants:
        pairs = measure_pairs(BASELINE, variant, config, rounds)
        results.append(Result(variant, *zip(*pairs, strict=True)))
        print(results[-1].words(), flush=True)
    return results


def measure_pairs(
    one: "Variant", other: "Variant", config: "TrainConfig", rounds: int
) -> "list[tuple[Measurement, Measurement]]":
    """Two variants in turn: a step of one, a step of the other.

    Two processes exist at a time, so that the machine need not hold more, and one of them works.
    """
    from facedancer.benchmarks.step_worker import StepWorker

    with StepWorker(one, config) as first, StepWorker(other, config) as second:
        warm_up(first)
        warm_up(second)
        return [(measure_step(first), measure_step(second)) for _ in range(rounds)]


def warm_up(worker: "StepWorker") -> None:
    """The first step is traced and compiled, and touches new memory: it does not count."""
    measure_step(worker)


def measure_step(worker: "StepWorker") -> "Measurement":
    """A step's mean cost over a cycle of `Variant.penalty_every` steps; one of them is dearer."""
    from facedancer.benchmarks.step_worker import Measurement

    with_penalty, every = worker.step(0), worker.variant.penalty_every
    if every == 1:
        return with_penalty
    without = worker.step(1)
    cycle = with_penalty.seconds + (every - 1) * without.seconds
    return Measurement(cycle / every, without.peak_bytes)


if __name__ == "__main__":
    run(main, Settings)
