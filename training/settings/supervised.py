"""The flags that the supervised trainings have in common."""

import dataclasses
from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import check_ranges, flag_field
from facedancer.utils.flags.paths import split_paths
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class SupervisedConfig(TrustSettings):
    """One training of a network that judges single faces. Each field is the flag of that name.

    Raises:
        UserError: a value is missing or out of its range.
    """

    data: str = flag_field(
        "",
        "folder of TFRecord shards, from dataset/dataset_sharding.py; or several: A,B",
        aliases=("train_data",),
        needed=True,
    )
    validation_data: str = flag_field(
        "", "folder, or several, of people who are not in --data", needed=True
    )
    run_dir: str = flag_field(
        "", "folder of this run: flags, checkpoints, logs, the network", needed=True
    )
    resume: bool = flag_field(
        False,
        "go on with the run in --run_dir although its data, rate or seed were others",
        stored=False,
        group="run",
    )
    image_size: int = flag_field(
        112,
        "side of the network's input; crops of another side are resized",
        32,
        512,
        group="networks",
    )
    batch_size: int = flag_field(128, "faces a step, over all replicas", 2, group="optimisation")
    total_steps: int = flag_field(
        20_000, "steps of the whole run, resumed parts included", 1, group="optimisation"
    )
    warmup_steps: int = flag_field(
        500, "steps over which the learning rate rises from 0", 0, group="optimisation"
    )
    learning_rate: float = flag_field(
        0.1,
        "SGD's (momentum 0.9) at its highest; from there it falls to 0 as a cosine",
        1e-12,
        group="optimisation",
    )
    weight_decay: float = flag_field(
        5e-4, "of all kernels, through the gradient", 0, group="optimisation"
    )
    jitter: float = flag_field(
        0.0,
        "strength of random shifts, scales, colours and patches, for few faces; 0: none",
        0,
        1,
        group="data",
    )
    precision: str = flag_field(
        "float32",
        "dtype policy while training; what is saved is float32",
        choices=("float32", "mixed_bfloat16"),
        group="networks",
    )
    seed: int = flag_field(
        0, "seed of the weights and of the data's order", 0, 2**31 - 1, group="optimisation"
    )
    log_every: int = flag_field(50, "steps between two logged sets of scalars", 1, group="watching")
    validate_every: int = flag_field(
        1_000, "steps between two validation passes", 1, group="watching"
    )
    checkpoint_every: int = flag_field(1_000, "steps between two checkpoints", 1, group="run")
    keep_checkpoints: int = flag_field(
        2, "how many of the newest stay, and the best too", 1, group="run"
    )

    def __post_init__(self) -> None:
        for name, example in (
            ("data", "the folder of shards that dataset/dataset_sharding.py wrote"),
            ("validation_data", "shards of other people: dataset/dataset_sharding.py makes both"),
            ("run_dir", "this run's folder, e.g. runs/encoder"),
        ):
            if not getattr(self, name):
                raise UserError(f"--{name} is missing: name {example}")
        check_ranges(self)
        if self.warmup_steps >= self.total_steps:
            raise UserError(
                f"--warmup_steps={self.warmup_steps} leaves nothing of "
                f"--total_steps={self.total_steps}: lower it"
            )

    @property
    def train_folders(self) -> tuple[str, ...]:
        """The folders of ``data``."""
        return tuple(split_paths(self.data))

    @property
    def validation_folders(self) -> tuple[str, ...]:
        """The folders of ``validation_data``."""
        return tuple(split_paths(self.validation_data))

    @property
    def checkpoint_dir(self) -> Path:
        """The folder of the full training states."""
        return Path(self.run_dir) / "checkpoints"
