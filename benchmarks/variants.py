"""The steps that are compared: the released schedule, and ours in a run's possible settings."""

import dataclasses

from facedancer.training.settings.train_config import TrainConfig

# Of the baseline's peak memory, what each of our variants may use.
MOST_MEMORY = 0.75


@dataclasses.dataclass(frozen=True)
class Variant:
    """One way to do a training step.

    Attributes:
        words: how the table names it.
        is_released: the released schedule, from `released_step`; else our step.
        is_plain: its networks convolve at full side and pool then, as the released ones do; ours do
            both in one (`networks.pooled_conv`), to the same result.
        is_by_layers: our step, every network computed as it is saved: layer by layer.
        returns_memory: our step, the memory of each tensor returned to the system at once, as
            TensorFlow makes the C library do it.
        precision: as the flag of `TrainConfig`.
        penalty_every: as the flag of `TrainConfig`.
        least_speed: how many times as fast as the baseline it must be; None: no bar, nor for its
            memory.
    """

    words: str
    is_released: bool = False
    is_plain: bool = False
    is_by_layers: bool = False
    returns_memory: bool = False
    precision: str = "float32"
    penalty_every: int = 1
    least_speed: float | None = None

    def config(self, base: TrainConfig) -> TrainConfig:
        """``base`` with this variant's settings."""
        return dataclasses.replace(base, precision=self.precision, penalty_every=self.penalty_every)


BASELINE = Variant("released schedule, float32", is_released=True, is_plain=True)
VARIANTS = (
    Variant("released schedule on our networks, float32", is_released=True),
    Variant("ours, float32", least_speed=1.6),
    Variant("ours, mixed_bfloat16", precision="mixed_bfloat16", least_speed=3.0),
    Variant(
        "ours, mixed_bfloat16, `--penalty_every=16`",
        precision="mixed_bfloat16",
        penalty_every=16,
        least_speed=3.0,
    ),
)
