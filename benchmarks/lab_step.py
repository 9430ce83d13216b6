"""Times the lab's training step against the same step with the networks run layer by layer.

python benchmarks/lab_step.py [--write]
"""

import dataclasses
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.benchmarks.step_time import measure_pairs
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    from facedancer.benchmarks.step_worker import Measurement
    from facedancer.training.settings.train_config import TrainConfig

SECTION = "lab_step"
_ENCODER = Path(__file__).resolve().parents[1] / "model_zoo/lab/arcface.keras"
# As flags/lab/base.cfg has it.
_PRECISION, _PENALTY_EVERY = "mixed_bfloat16", 4


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    rounds: int = shared_flag("rounds")


def main(settings: Settings) -> None:
    """Measures both, prints the table and writes it if asked."""
    from facedancer.benchmarks.variants import Variant

    config = lab_config()
    ours = Variant("ours", precision=_PRECISION, penalty_every=_PENALTY_EVERY)
    by_layers = dataclasses.replace(ours, words="layer by layer", is_by_layers=True)
    pairs = measure_pairs(by_layers, ours, config, settings.rounds)
    table = markdown(config, pairs)
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


def markdown(config: "TrainConfig", pairs: "list[tuple[Measurement, Measurement]]") -> str:
    """Writes what was measured, in words, and a table."""
    layers, ours = ([taken.seconds for taken in way] for way in zip(*pairs, strict=True))
    shares = sorted(one / other for one, other in zip(ours, layers, strict=True))
    share = statistics.median(shares)
    return "\n".join(
        [
            f"{config.image_size} px, base width {config.base_width}, batch {config.batch_size}, "
            f"`{_PRECISION}`, `--penalty_every={_PENALTY_EVERY}`: medians of {len(pairs)} rounds, "
            "taken in turn.",
            "",
            machine(),
            "",
            "| layer by layer, s a step | ours, s a step | ours / layers (rounds) |",
            "|---:|---:|---|",
            f"| {statistics.median(layers):.3f} | {statistics.median(ours):.3f} | "
            f"**{share:.2f}** ({shares[0]:.2f} to {shares[-1]:.2f}) |",
        ]
    )


if __name__ == "__main__":
    run(main, Settings)
