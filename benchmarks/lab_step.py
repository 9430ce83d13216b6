"""Times the lab's training step against itself without what makes it fast on a CPU.

python benchmarks/lab_step.py [--write]
"""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.benchmarks.step_time import measure_pairs
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.processor import processor_has_bfloat16

if TYPE_CHECKING:
    from facedancer.benchmarks.step_worker import Measurement
    from facedancer.training.settings.train_config import TrainConfig

SECTION = "lab_step"
_ENCODER = Path(__file__).resolve().parents[1] / "model_zoo/lab/arcface.keras"
# As flags/lab/base.cfg has it.
_PENALTY_EVERY = 4


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    rounds: int = shared_flag("rounds")


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    from facedancer.benchmarks.variants import Variant

    config = lab_config()
    # As docs/lab.md says: what the processor would emulate is left out.
    precision = "mixed_bfloat16" if processor_has_bfloat16() else "float32"
    ours = Variant("ours", precision=precision, penalty_every=_PENALTY_EVERY)
    others = (
        dataclasses.replace(ours, words="networks layer by layer", is_by_layers=True),
        dataclasses.replace(ours, words="memory returned at once", returns_memory=True),
    )
    pairs = {other.words: measure_pairs(other, ours, config, settings.rounds) for other in others}
    table = markdown(config, precision, pairs)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def lab_config() -> "TrainConfig":
    """The lab's training, but for precision and penalty, which the variants set."""
    from facedancer.training.settings.train_config import TrainConfig

    return TrainConfig(
        data="unused",
        run_dir="unused",
        image_size=64,
        base_width=16,
        encoder=str(_ENCODER),
        perceptual_features="mobilenet_v2",
        ema=0.998,
    )


def markdown(
    config: "TrainConfig",
    precision: str,
    pairs: "Mapping[str, Sequence[tuple[Measurement, Measurement]]]",
) -> str:
    """Writes what was measured, in words, and a table.

    Args:
        config: the training.
        precision: its number format.
        pairs: by the name of another way, rounds of its step and ours.
    """
    lines = [
        f"{config.image_size} px, base width {config.base_width}, batch {config.batch_size}, "
        f"`{precision}`, `--penalty_every={_PENALTY_EVERY}`: medians of "
        f"{min(map(len, pairs.values()))} rounds, taken in turn.",
        "",
        machine(),
        "",
        "| another way | its s a step | ours, s | ours / other (rounds) | its peak, GiB | ours |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for words, rounds in pairs.items():
        other, ours = ([one.seconds for one in way] for way in zip(*rounds, strict=True))
        peaks = [max(one.peak_bytes for one in way) / 2**30 for way in zip(*rounds, strict=True)]
        shares = sorted(one / two for one, two in zip(ours, other, strict=True))
        lines.append(
            f"| {words} | {statistics.median(other):.3f} | {statistics.median(ours):.3f} | "
            f"**{statistics.median(shares):.2f}** ({shares[0]:.2f} to {shares[-1]:.2f}) | "
            f"{peaks[0]:.2f} | {peaks[1]:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
