"""The flags of a swap training and the frozen dataclass that they are read into."""

import dataclasses
from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import changed_flag, check_ranges, flag_field
from facedancer.utils.flags.shared import shared_flag

from .data import DataSettings
from .generator import GeneratorSettings
from .ifsr import IfsrSettings
from .losses import LossSettings
from .optimisation import OptimisationSettings
from .run import RunSettings
from .watching import WatchSettings


@dataclasses.dataclass(frozen=True)
class TrainConfig(
    DataSettings,
    GeneratorSettings,
    LossSettings,
    IfsrSettings,
    OptimisationSettings,
    WatchSettings,
    RunSettings,
):
    """One training run. Each field is the flag of the same name; the defaults are the paper's.

    Raises:
        UserError: a value is missing or out of its range.
    """

    init_generator: str = flag_field(
        "",
        "begin with this generator's weights: a .keras file, the folder of a run or a checkpoint, "
        "a published .h5, or a SavedModel folder of ours",
        group="run",
    )
    init_run: str = flag_field(
        "",
        "begin with the last checkpoint of this other run: both networks, their optimizers and the "
        "step; with other data or losses than it had",
        group="run",
    )
    any_encoder: bool = shared_flag(
        "any_encoder",
        text="begin with a generator that learnt by another encoder than --encoder, too",
        group="run",
    )
    validation_data: str = changed_flag(
        RunSettings,
        "validation_data",
        text="folder, or several, for the sample grid and the validation pass; empty: --data",
    )
    encoder: str = shared_flag(
        "encoder",
        default="auto",
        text=(
            "identity encoder: a file or a SavedModel folder; untrained_small, a stand-in that "
            "knows no identity; or auto, model_zoo's ArcFace-Res50 where it is, else the stand-in, "
            "for short trials only"
        ),
    )
    precision: str = changed_flag(
        RunSettings,
        "precision",
        text="dtype policy of the networks; bfloat16 computes the identity encoder's maps alone",
        choices=("float32", "mixed_float16", "mixed_bfloat16"),
    )

    def __post_init__(self) -> None:
        if not self.data:
            raise UserError(
                "--data is missing: name the folder of shards that "
                "dataset/dataset_sharding.py wrote"
            )
        if not self.run_dir:
            raise UserError("--run_dir is missing: name this run's folder, e.g. runs/config_c")
        check_ranges(self)
        self.check_ema()
        self.check_ifsr(self.ifsr_weight)
        if self.init_generator and self.init_run:
            raise UserError("--init_generator and --init_run exclude each other: give one")
        self.check_weights()
        if self.attributes_weight and not self.encodes_attributes:
            raise UserError("--attributes_weight: this generator does not encode attributes apart")

    @property
    def generator_path(self) -> Path:
        """The generator alone, as of the last checkpoint."""
        return Path(self.run_dir) / "generator.keras"
