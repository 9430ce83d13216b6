"""The flags that the supervised trainings have in common."""

import dataclasses

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import changed_flag, check_ranges, flag_field

from .run import RunSettings


@dataclasses.dataclass(frozen=True)
class SupervisedConfig(RunSettings):
    """One training of a network that judges single faces. Each field is the flag of that name.

    Raises:
        UserError: a value is missing or out of its range.
    """

    validation_data: str = changed_flag(RunSettings, "validation_data", needed=True)
    image_size: int = changed_flag(
        RunSettings,
        "image_size",
        default=112,
        text="side of the network's input in pixels; other crops are resized",
        least=32,
        most=512,
    )
    batch_size: int = changed_flag(
        RunSettings, "batch_size", default=128, text="faces per step, over all replicas", least=2
    )
    total_steps: int = changed_flag(RunSettings, "total_steps", default=20_000)
    warmup_steps: int = flag_field(
        500, "steps over which the learning rate rises from 0", 0, group="optimisation"
    )
    learning_rate: float = changed_flag(
        RunSettings,
        "learning_rate",
        default=0.1,
        text="peak learning rate of SGD (momentum 0.9); from there it falls to 0 along a cosine",
    )
    weight_decay: float = flag_field(
        5e-4, "weight decay of all kernels, added to the gradient", 0, group="optimisation"
    )
    jitter: float = flag_field(
        0.0,
        "strength of random shifts, scales, colour changes and covering patches, for small data "
        "sets; 0: none",
        0,
        1,
        group="data",
    )
    validate_every: int = changed_flag(RunSettings, "validate_every", default=1_000)
    checkpoint_every: int = changed_flag(RunSettings, "checkpoint_every", default=1_000)
    keep_checkpoints: int = changed_flag(RunSettings, "keep_checkpoints", default=2)

    def __post_init__(self) -> None:
        for name, example in (
            ("data", "the folder of shards that dataset/dataset_sharding.py wrote"),
            ("validation_data", "shards of other people: dataset/dataset_sharding.py makes both"),
            ("run_dir", "this run's folder, e.g. runs/encoder"),
        ):
            if not getattr(self, name):
                raise UserError(f"--{name} is missing: give {example}")
        check_ranges(self)
        if self.warmup_steps >= self.total_steps:
            raise UserError(
                f"--warmup_steps={self.warmup_steps} must be below "
                f"--total_steps={self.total_steps}: lower it"
            )
