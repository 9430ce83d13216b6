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
        text="folder of TFRecord shards from dataset/dataset_sharding.py, or several (A,B)",
        aliases=("train_data",),
        needed=True,
    )
    validation_data: str = shared_flag("validation_data", group="data")
    run_dir: str = shared_flag(
        "run_dir", text="folder of this run, for flags, checkpoints, logs, samples and the network"
    )
    resume: bool = flag_field(
        False,
        "continue the run in --run_dir with other data, learning rate or seed than before",
        stored=False,
        group="run",
    )
    image_size: int = shared_flag("image_size", group="networks")
    precision: str = shared_flag(
        "precision",
        text="dtype policy during training; saved networks are float32",
        choices=("float32", "mixed_bfloat16"),
        group="networks",
    )
    batch_size: int = shared_flag(
        "batch_size", default=10, text="pairs per step, over all replicas", group="optimisation"
    )
    total_steps: int = flag_field(
        300_000,
        "number of steps of the whole run, including those before it was resumed",
        1,
        group="optimisation",
    )
    learning_rate: float = flag_field(
        1e-4,
        "learning rate of Adam (beta1 0, beta2 0.99) for both networks",
        1e-12,
        group="optimisation",
    )
    seed: int = shared_flag(
        "seed", text="random seed of the weights and of the data order", group="optimisation"
    )
    log_every: int = flag_field(50, "steps between logged scalars", 1, group="watching")
    validate_every: int = flag_field(5_000, "steps between validation passes", 1, group="watching")
    checkpoint_every: int = flag_field(5_000, "steps between checkpoints", 1, group="run")
    keep_checkpoints: int = flag_field(
        5, "number of newest checkpoints to keep, besides the best one", 1, group="run"
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
