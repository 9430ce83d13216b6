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
        "start from this generator's weights: a .keras file, the folder of a run or a checkpoint, "
        "a published .h5, or a SavedModel folder that this project exported",
        group="run",
    )
    init_run: str = flag_field(
        "",
        "start from the last checkpoint of another run, with both networks, their optimizers and "
        "the step; data and losses may differ",
        group="run",
    )
    any_encoder: bool = shared_flag(
        "any_encoder",
        text="accept an --init_generator or --init_run that was trained with another encoder",
        group="run",
    )
    validation_data: str = changed_flag(
        RunSettings,
        "validation_data",
        text=(
            "folder of shards, or several (A,B), for validation and the sample grid; empty: --data"
        ),
    )
    encoder: str = shared_flag(
        "encoder",
        default="auto",
        text=(
            "identity encoder: a file or a SavedModel folder; untrained_small, a stand-in that "
            "knows no identity; or auto, ArcFace-Res50 if it is in model_zoo/, else the stand-in, "
            "for short trials only"
        ),
    )
    precision: str = changed_flag(
        RunSettings,
        "precision",
        text=(
            "dtype policy of the networks; bfloat16 also applies to the identity encoder's "
            "feature maps, float16 does not"
        ),
        choices=("float32", "mixed_float16", "mixed_bfloat16"),
    )

    def __post_init__(self) -> None:
        if not self.data:
            raise UserError(
                "--data is missing: give the folder of shards that "
                "dataset/dataset_sharding.py wrote"
            )
        if not self.run_dir:
            raise UserError("--run_dir is missing: give this run's folder, e.g. runs/config_c")
        check_ranges(self)
        self.check_ema()
        self.check_ifsr(self.ifsr_weight)
        if self.init_generator and self.init_run:
            raise UserError("--init_generator and --init_run cannot be combined: give one")
        self.check_weights()
        if self.identity_of == "answer" and not self.truth_share:
            raise UserError("--identity_of=answer needs pairs with an answer: give --truth_share")
        if self.attributes_weight and not self.encodes_attributes:
            raise UserError(
                "--attributes_weight needs a generator with a separate attribute encoder, which "
                "this one lacks: leave it out"
            )

    @property
    def generator_path(self) -> Path:
        """The generator alone, as of the last checkpoint."""
        return Path(self.run_dir) / "generator.keras"
