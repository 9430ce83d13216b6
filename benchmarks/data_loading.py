"""Times the data pipeline alone, and how long training steps wait for data.

python benchmarks/data_loading.py [--write]
"""

import dataclasses
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, verdict, write_section
from facedancer.benchmarks.sample_crops import write_crops
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    from facedancer.dataset.shards.index import ShardIndex
    from facedancer.training.settings.train_config import TrainConfig

SECTION = "data_loading"
LEAST_RATE = 150.0
MOST_WAITING = 0.03
_ROUNDS = 3
_IDENTITIES = 20
# What is timed of the pipeline alone, in words and in `make_dataset`'s arguments.
DRAWS = {
    "by image": {},
    "by identity, 20 % pairs of one identity": {
        "sampling": "identity",
        "same_identity_ratio": 0.2,
    },
    "by image, not augmented": {"augment": False},
}
# The networks that wait: the one that the bar is about, and one that is far too fast for it.
NETWORKS = {
    "configuration C": {},
    "configuration C, an eighth of its width": {"base_width": 8, "perceptual_weight": 0.0},
}


@dataclasses.dataclass(frozen=True)
class Waiting:
    """The seconds of steps that each took a batch from the pipeline first: of both."""

    waited: tuple[float, ...]
    stepped: tuple[float, ...]

    @property
    def share(self) -> float:
        """The part of all the time in which nothing but the next batch was missing."""
        return sum(self.waited) / (sum(self.waited) + sum(self.stepped))


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    image_size: int = shared_flag("image_size")
    records: int = flag_field(1000, "Number of crops in the data set.", least=40)
    batch_size: int = shared_flag(
        "batch_size", default=10, text="Pairs per batch, for the pipeline alone.", least=2
    )
    step_batch_size: int = flag_field(4, "Pairs per training step.", least=2)
    batches: int = flag_field(60, "Batches per round, for the pipeline alone.", least=1)
    steps: int = flag_field(5, "Number of training steps to time.", least=1)


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    from facedancer.benchmarks.step_worker import write_frozen_weights
    from facedancer.dataset.shards.sharding import shard_folder
    from facedancer.training.settings.train_config import TrainConfig

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_crops(folder / "crops", settings.records, settings.image_size, _IDENTITIES)
        index = shard_folder(folder / "crops", folder / "shards", "benchmark")
        rates = {
            words: measure_rates(
                folder / "shards", settings.batch_size, settings.batches, **drawing
            )
            for words, drawing in DRAWS.items()
        }
        config = TrainConfig(
            data=str(folder / "shards"),
            run_dir="unused",
            image_size=settings.image_size,
            batch_size=settings.step_batch_size,
            **write_frozen_weights(folder),
        )
        waits = {
            words: measure_waiting(dataclasses.replace(config, **changes), settings.steps)
            for words, changes in NETWORKS.items()
        }
        size = sum(path.stat().st_size for path in (folder / "shards").glob("*.tfrecord"))
    table = markdown(index, size, settings.batch_size, rates, settings.step_batch_size, waits)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def measure_rates(data: Path, batch_size: int, batches: int, **settings: object) -> list[float]:
    """Images a second of the pipeline alone, in each of a few rounds; a pair is two images."""
    from facedancer.dataset.pipeline import make_dataset
    from facedancer.dataset.shards.index import read_index

    batches_made = iter(make_dataset(data, read_index(data).side, batch_size, **settings))
    take(batches_made, batches)  # Its threads and their number have to settle.
    rates = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        take(batches_made, batches)
        rates.append(2 * batch_size * batches / (time.perf_counter() - start))
    return rates


def take(batches: Iterator, count: int) -> None:
    """Takes ``count`` batches, and does nothing with them."""
    for _ in range(count):
        next(batches)


def measure_waiting(config: "TrainConfig", steps: int) -> Waiting:
    """Measures how long each training step would have waited for its batch.

    The batch is taken by itself, which shows how long that blocks, and the step is then done on one
    from memory: what it computes does not depend on which. Meanwhile the pipeline works ahead with
    what the step leaves it of the machine, as in training.
    """
    import tensorflow as tf

    from facedancer.benchmarks.step_worker import make_batch
    from facedancer.training.devices.batches import distribute
    from facedancer.training.devices.strategy import make_strategy
    from facedancer.training.networks.trained import build_networks
    from facedancer.training.step import StepFunction

    strategy = make_strategy("mirrored")
    step_function = StepFunction(build_networks(config, strategy), strategy)
    ready = tf.data.Dataset.from_tensors(make_batch(config.batch_size, config.image_size)).repeat()
    ready = iter(strategy.experimental_distribute_dataset(ready))
    batches = distribute(strategy, config, 0)
    waited, stepped = [], []
    for number in range(steps + 1):
        start = time.perf_counter()
        next(batches)
        taken = time.perf_counter()
        step_function(ready, number).values()
        waited.append(taken - start)
        stepped.append(time.perf_counter() - taken)
    # The first step is traced and compiled, and the pipeline has just begun.
    return Waiting(tuple(waited[1:]), tuple(stepped[1:]))


def markdown(
    index: "ShardIndex",
    size: int,
    batch_size: int,
    rates: dict[str, Sequence[float]],
    step_batch_size: int,
    waits: dict[str, Waiting],
) -> str:
    """The tables: rates and waiting against the bars, the machine."""
    lines = [
        f"{index.count} JPEG crops of {index.side} px, {size / index.count / 1024:.0f} KiB each, "
        "read from memory that holds the files (the operating system's page cache).",
        "",
        machine(),
        "",
        f"| pipeline alone, batch {batch_size} | images/s, median (rounds) |",
        "|---|---|",
    ]
    for words, found in rates.items():
        median = float(np.median(found))
        lines.append(
            f"| {words} | **{median:.0f}** ({min(found):.0f} to {max(found):.0f}); "
            f"{LEAST_RATE:.0f} wanted: {verdict(median >= LEAST_RATE)} |"
        )
    lines += [
        "",
        f"| training, batch {step_batch_size} | step, s | waited for data, ms a step (most) "
        "| share |",
        "|---|---|---|---|",
    ]
    for number, (words, waiting) in enumerate(waits.items()):
        share = f"**{waiting.share:.2%}**"
        if not number:  # The bar is about this one.
            is_met = waiting.share < MOST_WAITING
            share += f"; under {MOST_WAITING:.0%} wanted: {verdict(is_met)}"
        milliseconds = 1000 * np.array(waiting.waited)
        lines.append(
            f"| {words} | {np.median(waiting.stepped):.2f} "
            f"| {milliseconds.mean():.1f} ({milliseconds.max():.1f}) | {share} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
