"""The flags of every training: what it learns from, how long, and what it leaves behind."""

import dataclasses
from pathlib import Path

from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.paths import split_paths
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class RunSettings(TrustSettings):
    """One run of any training; each training gives its own defaults by `changed_flag`."""

    data: str = shared_flag(
        "data",
        text="folder of TFRecord shards, from dataset/dataset_sharding.py; or several: A,B",
        aliases=("train_data",),
        needed=True,
    )
    validation_data: str = shared_flag("validation_data", group="data")
    run_dir: str = shared_flag(
        "run_dir", text="folder of this run: flags, checkpoints, logs, samples, network"
    )
    resume: bool = flag_field(
        False,
        "go on with the run in --run_dir although its data, rates or seed were others",
        stored=False,
        group="run",
    )
    image_size: int = shared_flag("image_size", group="networks")
    precision: str = shared_flag(
        "precision",
        text="dtype policy while training; what is saved is float32",
        choices=("float32", "mixed_bfloat16"),
        group="networks",
    )
    batch_size: int = shared_flag(
        "batch_size",
        default=10,
        text="pairs a step, over all replicas",
        group="optimisation",
    )
    total_steps: int = flag_field(
        300_000, "steps of the whole run, resumed parts included", 1, group="optimisation"
    )
    learning_rate: float = flag_field(
        1e-4, "Adam's, for both networks (beta1 0, beta2 0.99)", 1e-12, group="optimisation"
    )
    seed: int = shared_flag(
        "seed", text="seed of the weights and of the data's order", group="optimisation"
    )
    log_every: int = flag_field(50, "steps between two logged sets of scalars", 1, group="watching")
    validate_every: int = flag_field(
        5_000, "steps between two validation passes", 1, group="watching"
    )
    checkpoint_every: int = flag_field(5_000, "steps between two checkpoints", 1, group="run")
    keep_checkpoints: int = flag_field(
        5, "how many of the newest stay, and the best too", 1, group="run"
    )

    @property
    def train_folders(self) -> tuple[str, ...]:
        """The folders of ``data``."""
        return tuple(split_paths(self.data))

    @property
    def validation_folders(self) -> tuple[str, ...]:
        """The folders of ``validation_data``, or where it is empty of ``data``."""
        return tuple(split_paths(self.validation_data or self.data))

    @property
    def checkpoint_dir(self) -> Path:
        """The folder of the full training states."""
        return Path(self.run_dir) / "checkpoints"
